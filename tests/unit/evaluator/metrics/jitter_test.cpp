#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

const Frame& picture() {
  static const Frame frame = constant_frame(2, 2, 0);
  return frame;
}

Landmarks shifted(float dx, float dy) {
  Landmarks points = grid_landmarks();
  for (PointF& point : points) {
    point.x += dx;
    point.y += dy;
  }
  return points;
}

FrameSample frame_at(std::int64_t index) {
  FrameSample frame;
  frame.frame_index = index;
  frame.fake = &picture();
  frame.target = &picture();
  frame.fake_face.found = true;
  frame.target_face.found = true;
  frame.fake_face.landmarks = grid_landmarks();
  frame.target_face.landmarks = grid_landmarks();
  return frame;
}

Sample score(const Metric& metric, const std::vector<FrameSample>& frames) {
  const std::unique_ptr<MetricAccumulator> accumulator = metric.begin({});
  for (const FrameSample& frame : frames) {
    accumulator->observe(frame);
  }
  const std::vector<Sample> samples = accumulator->finish();
  CHANGELING_REQUIRE(samples.size() == 1 && samples.front().frame == -1, "one value per clip");
  return samples.front();
}

/// Ten frames in which the faces jump to and fro by so many px.
std::vector<FrameSample> shaking(float fake_px, float target_px) {
  std::vector<FrameSample> frames;
  for (int i = 0; i < 10; ++i) {
    const float side = i % 2 == 0 ? 0.5F : -0.5F;
    frames.push_back(frame_at(i));
    frames.back().fake_face.landmarks = shifted(side * fake_px, 0);
    frames.back().target_face.landmarks = shifted(side * target_px, 0);
  }
  return frames;
}

class LandmarkJitter : public ::testing::TestWithParam<std::unique_ptr<Metric> (*)()> {
 protected:
  std::unique_ptr<Metric> metric() const { return GetParam()(); }
};

INSTANTIATE_TEST_SUITE_P(Metrics, LandmarkJitter,
                         ::testing::Values(make_lmk_jitter, make_lmk_jitter_excess),
                         [](const auto& param_info) { return param_info.param()->info().name; });

TEST_P(LandmarkJitter, EvenMotionIsExactlyZero) {
  std::vector<FrameSample> frames;
  for (int i = 0; i < 10; ++i) {
    const auto step = static_cast<float>(i);
    frames.push_back(frame_at(i));
    frames.back().fake_face.landmarks = shifted(3 * step, -2 * step);
    frames.back().target_face.landmarks = shifted(3 * step, -2 * step);
  }
  EXPECT_EQ(score(*metric(), frames).value, 0);
}

TEST_P(LandmarkJitter, MatchesHandComputedValue) {
  // Jumps of 3 px: second differences of 6 px; eye corners 60 px apart.
  EXPECT_NEAR(score(*metric(), shaking(3, 0)).value, 10, 1e-5);
}

TEST_P(LandmarkJitter, GrowsWithTheShaking) {
  double last = -1;
  for (const float px : {0.0F, 0.5F, 2.0F, 6.0F}) {
    const double value = score(*metric(), shaking(px, 0)).value;
    EXPECT_GT(value, last) << px;
    last = value;
  }
}

TEST_P(LandmarkJitter, OneFrameThatJumpsCounts) {
  std::vector<FrameSample> frames = shaking(0, 0);
  frames[5].fake_face.landmarks = shifted(4, 0);
  // Second differences of 4, -8 and 4 px in eight triples.
  EXPECT_NEAR(score(*metric(), frames).value, 100 * std::sqrt((16 + 64 + 16) / 8.0) / 60, 1e-5);
}

TEST_P(LandmarkJitter, InvalidInputGivesAStatus) {
  EXPECT_EQ(score(*metric(), {frame_at(0), frame_at(1)}).status, SampleStatus::kSkipped);
  EXPECT_EQ(score(*metric(), {frame_at(0), frame_at(2), frame_at(4)}).status,
            SampleStatus::kSkipped);
  std::vector<FrameSample> frames = shaking(1, 0);
  frames[0].fake_face.found = false;  // one of eight triples
  EXPECT_EQ(score(*metric(), frames).status, SampleStatus::kOk);
  frames[4].fake_face.found = false;
  frames[8].fake_face.landmarks.clear();
  EXPECT_EQ(score(*metric(), frames).status, SampleStatus::kNoFace);
  Landmarks closed = grid_landmarks();
  closed[45] = closed[36];
  std::vector<FrameSample> no_scale = shaking(1, 0);
  for (FrameSample& frame : no_scale) {
    frame.target_face.landmarks = closed;
  }
  EXPECT_EQ(score(*metric(), no_scale).status, SampleStatus::kNan);
}

TEST_P(LandmarkJitter, FramesThatDoNotShowTheFaceCountAsSuch) {
  std::vector<FrameSample> frames = shaking(1, 0);
  for (std::size_t i = 7; i < frames.size(); ++i) {  // three of eight triples
    frames[i].shows_face = false;
    frames[i].fake_face.landmarks = shifted(40, 0);
  }
  EXPECT_EQ(score(*metric(), frames).status, SampleStatus::kOk);
  EXPECT_NEAR(score(*metric(), frames).value, 10 / 3.0, 1e-5);
  frames[5].shows_face = frames[6].shows_face = false;
  EXPECT_EQ(score(*metric(), frames).status, SampleStatus::kNoFace);
}

TEST_P(LandmarkJitter, VersionTwoIsLocked) {
  std::vector<FrameSample> frames = shaking(1.7F, 0);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i].fake_face.landmarks[30].y += 0.3F * static_cast<float>(i * i);
  }
  EXPECT_NEAR(score(*metric(), frames).value, 5.66798, 1e-4);
  EXPECT_EQ(metric()->info().version, 2);
}

TEST(LmkJitterExcess, IsTheDifferenceToTheTarget) {
  const std::vector<FrameSample> frames = shaking(3, 1.2F);
  EXPECT_NEAR(score(*make_lmk_jitter_excess(), frames).value, 10 - 4, 1e-4);
  EXPECT_NEAR(score(*make_lmk_jitter(), frames).value, 10, 1e-5);
  EXPECT_NEAR(score(*make_lmk_jitter_excess(), shaking(1.2F, 3)).value, 4 - 10, 1e-4);
}

/// Frames whose embeddings lie at these angles in a plane.
/// Every second frame of a clip.
std::vector<FrameSample> turning(const std::vector<double>& angles) {
  std::vector<FrameSample> frames;
  for (const double angle : angles) {
    frames.push_back(frame_at(2 * static_cast<std::int64_t>(frames.size())));
    frames.back().fake_face.identity_a = {static_cast<float>(std::cos(angle)),
                                          static_cast<float>(std::sin(angle))};
  }
  return frames;
}

constexpr double kThird = 1.0471975511965976;  // cosine 1/2

TEST(IdJitter, SamePersonThroughoutIsExactlyZero) {
  EXPECT_EQ(score(*make_id_jitter(), turning({0.3, 0.3, 0.3, 0.3})).value, 0);
}

TEST(IdJitter, MatchesHandComputedValue) {
  // Cosines 1, 1/2: deviation (divisor 1) of 1/(2 sqrt 2).
  EXPECT_NEAR(score(*make_id_jitter(), turning({0, 0, kThird})).value, 0.35355339, 1e-6);
}

TEST(IdJitter, SteadyDriftIsNoJitter) {
  EXPECT_NEAR(score(*make_id_jitter(), turning({0, 0.2, 0.4, 0.6, 0.8})).value, 0, 1e-6);
}

TEST(IdJitter, GrowsWithTheJump) {
  double last = -1;
  for (const double jump : {0.0, 0.2, 0.5, 1.0}) {
    const double value = score(*make_id_jitter(), turning({0, 0, 0, jump, jump, jump})).value;
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST(IdJitter, FramesNotTwoApartAreNotCompared) {
  std::vector<FrameSample> frames = turning({0, 0, 0.5, 0.5 + kThird});
  frames[2].frame_index = 8;
  frames[3].frame_index = 10;
  EXPECT_NEAR(score(*make_id_jitter(), frames).value, 0.35355339, 1e-6);  // cosines 1, 1/2
}

TEST(IdJitter, InvalidInputGivesAStatus) {
  EXPECT_EQ(score(*make_id_jitter(), {}).status, SampleStatus::kSkipped);
  EXPECT_EQ(score(*make_id_jitter(), turning({0, 0})).status,
            SampleStatus::kSkipped);  // one cosine
  std::vector<FrameSample> frames = turning({0, 0, 0, 0, 0, 0});
  frames[2].fake_face.found = false;  // two of five steps
  EXPECT_EQ(score(*make_id_jitter(), frames).status, SampleStatus::kOk);
  frames[4].fake_face.identity_a.clear();
  EXPECT_EQ(score(*make_id_jitter(), frames).status, SampleStatus::kNoFace);
  std::vector<FrameSample> gone = turning({0, 0, 0, 0, 0, 0});
  for (std::size_t i = 3; i < gone.size(); ++i) {
    gone[i].shows_face = false;
  }
  EXPECT_EQ(score(*make_id_jitter(), gone).status, SampleStatus::kNoFace);
  std::vector<FrameSample> zero = turning({0, 0, 0});
  zero[1].fake_face.identity_a = {0, 0};
  EXPECT_EQ(score(*make_id_jitter(), zero).status, SampleStatus::kNan);
}

TEST(IdJitter, VersionThreeIsLocked) {
  EXPECT_NEAR(score(*make_id_jitter(), turning({0, 0.1, 0.5, 0.2, 1.1})).value, 0.170461, 1e-5);
  EXPECT_EQ(make_id_jitter()->info().version, 3);
}

}  // namespace
}  // namespace changeling
