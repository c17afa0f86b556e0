#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

using Embedding = std::vector<float>;

const Frame& picture() {
  static const Frame frame = constant_frame(2, 2, 0);
  return frame;
}

FrameSample with_identity(IdentityNet net, const Embedding& identity) {
  FrameSample frame;
  frame.fake = &picture();
  frame.target = &picture();
  frame.fake_face.found = true;
  frame.target_face.found = true;
  (net == IdentityNet::kId512 ? frame.fake_face.identity_a : frame.fake_face.identity_b) = identity;
  return frame;
}

ClipContext people(IdentityNet net, const Embedding& source, const Embedding& target) {
  ClipContext clip;
  (net == IdentityNet::kId512 ? clip.source_identity_a : clip.source_identity_b) = source;
  (net == IdentityNet::kId512 ? clip.target_identity_a : clip.target_identity_b) = target;
  return clip;
}

/// A unit vector `angle` radians from the first axis toward the second.
Embedding at_angle(double angle) {
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)), 0};
}

class IdentityMetrics : public ::testing::TestWithParam<IdentityNet> {
 protected:
  double src(const Embedding& fake, const Embedding& source) {
    return score_one(*make_id_cos_src(GetParam()), with_identity(GetParam(), fake),
                     people(GetParam(), source, {}))
        .value;
  }

  double tgt(const Embedding& fake, const Embedding& target) {
    return score_one(*make_id_cos_tgt(GetParam()), with_identity(GetParam(), fake),
                     people(GetParam(), {}, target))
        .value;
  }

  Sample margin(const Embedding& fake, const Embedding& source, const Embedding& target) {
    return score_one(*make_id_margin(GetParam()), with_identity(GetParam(), fake),
                     people(GetParam(), source, target));
  }
};

INSTANTIATE_TEST_SUITE_P(Nets, IdentityMetrics,
                         ::testing::Values(IdentityNet::kId512, IdentityNet::kId128Dlib),
                         [](const auto& param_info) {
                           return param_info.param == IdentityNet::kId512 ? "id512" : "id128_dlib";
                         });

TEST_P(IdentityMetrics, SameEmbeddingIsExactlyOne) {
  const Embedding identity = {0.3F, -0.77F, 0.1F, 1.3F};
  EXPECT_EQ(src(identity, identity), 1);
  EXPECT_EQ(tgt(identity, identity), 1);
}

TEST_P(IdentityMetrics, MarginOfOnePersonOnBothSidesIsExactlyZero) {
  const Embedding identity = {0.3F, -0.77F, 0.1F};
  EXPECT_EQ(margin(at_angle(0.4), identity, identity).value, 0);
}

TEST_P(IdentityMetrics, PerfectSwapOfOrthogonalPeopleHasMarginOne) {
  EXPECT_EQ(margin({1, 0, 0}, {1, 0, 0}, {0, 1, 0}).value, 1);
}

TEST_P(IdentityMetrics, MatchesHandComputedValues) {
  // (3,4,0) against (1,0,0): 0.6; against (0,0,2): 0.
  EXPECT_DOUBLE_EQ(src({3, 4, 0}, {1, 0, 0}), 0.6);
  EXPECT_DOUBLE_EQ(tgt({3, 4, 0}, {0, 0, 2}), 0);
  EXPECT_DOUBLE_EQ(margin({3, 4, 0}, {1, 0, 0}, {0, 1, 0}).value, 0.6 - 0.8);
}

TEST_P(IdentityMetrics, TurningFromSourceToTargetLowersSourceAndMarginAndRaisesTarget) {
  double last_src = 2;
  double last_tgt = -2;
  double last_margin = 3;
  for (int step = 0; step <= 8; ++step) {
    const Embedding fake = at_angle(step * 3.14159265 / 16);
    const double to_src = src(fake, {1, 0, 0});
    const double to_tgt = tgt(fake, {0, 1, 0});
    const double difference = margin(fake, {1, 0, 0}, {0, 1, 0}).value;
    EXPECT_LT(to_src, last_src);
    EXPECT_GT(to_tgt, last_tgt);
    EXPECT_LT(difference, last_margin);
    last_src = to_src;
    last_tgt = to_tgt;
    last_margin = difference;
  }
}

TEST_P(IdentityMetrics, CosineIsSymmetricAndMarginChangesSign) {
  const Embedding a = at_angle(0.3);
  const Embedding b = {0.2F, 0.5F, -0.9F};
  const Embedding c = {0.7F, -0.5F, 0.1F};
  EXPECT_EQ(src(a, b), src(b, a));
  EXPECT_EQ(margin(a, b, c).value, -margin(a, c, b).value);
}

TEST_P(IdentityMetrics, InvalidInputGivesAStatus) {
  EXPECT_EQ(margin({}, {1, 0, 0}, {0, 1, 0}).status, SampleStatus::kNoFace);
  EXPECT_EQ(margin({1, 0, 0}, {}, {0, 1, 0}).status, SampleStatus::kNoFace);
  EXPECT_EQ(margin({1, 0, 0}, {1, 0, 0}, {}).status, SampleStatus::kNoFace);
  EXPECT_EQ(margin({0, 0, 0}, {1, 0, 0}, {0, 1, 0}).status, SampleStatus::kNan);
  EXPECT_EQ(margin({std::nanf(""), 0, 0}, {1, 0, 0}, {0, 1, 0}).status, SampleStatus::kNan);
  FrameSample lost = with_identity(GetParam(), {1, 0, 0});
  lost.fake_face.found = false;
  const Sample sample =
      score_one(*make_id_cos_src(GetParam()), lost, people(GetParam(), {1, 0, 0}, {}));
  EXPECT_EQ(sample.status, SampleStatus::kNoFace);
}

TEST_P(IdentityMetrics, VersionOneIsLocked) {
  const Embedding fake = {0.5F, -1.25F, 2.0F, 0.75F};
  const Embedding source = {0.25F, -1.0F, 1.5F, 1.0F};
  const Embedding target = {1.0F, 1.0F, 0.5F, -0.25F};
  EXPECT_NEAR(src(fake, source), 0.977438, 1e-6);
  EXPECT_NEAR(tgt(fake, target), 0.0162779, 1e-6);
  EXPECT_NEAR(margin(fake, source, target).value, 0.961160, 1e-6);
  EXPECT_EQ(make_id_cos_src(GetParam())->info().version, 1);
  EXPECT_EQ(make_id_cos_tgt(GetParam())->info().version, 1);
  EXPECT_EQ(make_id_margin(GetParam())->info().version, 1);
}

class IdDistDlib : public ::testing::Test {
 protected:
  Sample score(const Embedding& fake, float target_yaw_deg, const std::vector<SourceView>& views) {
    FrameSample frame = with_identity(IdentityNet::kId128Dlib, fake);
    frame.target_face.pose_deg.yaw_deg = target_yaw_deg;
    ClipContext clip;
    clip.source_views = views;
    return score_one(*metric_, frame, clip);
  }

  std::unique_ptr<Metric> metric_ = make_id_dist_dlib();
};

TEST_F(IdDistDlib, SameDescriptorIsExactlyZero) {
  EXPECT_EQ(score({0.1F, 0.2F}, 0, {{{0, 0, 0}, {0.1F, 0.2F}}}).value, 0);
}

TEST_F(IdDistDlib, UsesTheViewNearestToTheTargetsPose) {
  const std::vector<SourceView> views = {
      {{-30, 0, 0}, {10, 0}}, {{25, 0, 0}, {3, 4}}, {{80, 0, 0}, {0, 9}}};
  EXPECT_DOUBLE_EQ(score({0, 0}, 20, views).value, 5);
  EXPECT_DOUBLE_EQ(score({0, 0}, -20, views).value, 10);
}

TEST_F(IdDistDlib, GrowsWithTheDifference) {
  double last = -1;
  for (float step = 0; step < 5; ++step) {
    const double value = score({0, 0}, 0, {{{0, 0, 0}, {step, 0.5F * step}}}).value;
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST_F(IdDistDlib, IsSymmetricInTheTwoDescriptors) {
  const Embedding a = {0.4F, -1};
  const Embedding b = {2, 0.3F};
  EXPECT_EQ(score(a, 0, {{{0, 0, 0}, b}}).value, score(b, 0, {{{0, 0, 0}, a}}).value);
}

TEST_F(IdDistDlib, InvalidInputGivesAStatus) {
  EXPECT_EQ(score({}, 0, {{{0, 0, 0}, {1, 0}}}).status, SampleStatus::kNoFace);
  EXPECT_EQ(score({1, 0}, 0, {}).status, SampleStatus::kNoFace);
  FrameSample frame = with_identity(IdentityNet::kId128Dlib, {1, 0});
  frame.target_face.found = false;
  ClipContext clip;
  clip.source_views = {{{0, 0, 0}, {1, 0}}};
  EXPECT_EQ(score_one(*metric_, frame, clip).status, SampleStatus::kNoFace);
}

TEST_F(IdDistDlib, VersionOneIsLocked) {
  EXPECT_NEAR(score({0.5F, -1.25F, 2.0F}, 3, {{{1, 0, 0}, {0.25F, -1.0F, 1.5F}}}).value, 0.612372,
              1e-6);
  EXPECT_EQ(metric_->info().version, 1);
}

}  // namespace
}  // namespace changeling
