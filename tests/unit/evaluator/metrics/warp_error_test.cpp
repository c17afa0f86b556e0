#include <cmath>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "evaluator/metrics/flow_warp.h"
#include "tests/unit/evaluator/metrics/motion_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 32;
constexpr int kHeight = 24;

Frame picture() {
  return textured_frame(kWidth, kHeight);
}

Frame flat(std::uint8_t value) {
  return constant_frame(kWidth, kHeight, value);
}

/// A fake that changes from 100 to 151, a fifth of the range, and a target from 100 to 126.
MotionStep flashing_step() {
  return still_step(flat(100), flat(151), flat(100), flat(126));
}

TEST(WarpError, WholePixelsAreCopiedAndTheBorderGoesOn) {
  const at::Tensor black = at::zeros({kHeight, kWidth, 3}, at::kByte);
  const at::Tensor next = to_tensor(picture());
  const at::Tensor error = warp_error(black, next, even_flow(kHeight, kWidth, 3, -2));
  const auto expected = [&](int row, int column) {
    return next[row][column].to(at::kDouble).pow(2).sum().item<double>() / (255.0 * 255.0);
  };
  EXPECT_EQ(error[10][5].item<double>(), expected(8, 8));
  EXPECT_EQ(error[0][31].item<double>(), expected(0, 31));
  EXPECT_EQ(error[1][30].item<double>(), expected(0, 31));
}

TEST(WarpError, MatchesNaiveBilinearLoop) {
  const at::Tensor before = at::randint(0, 256, {9, 11, 3}, at::kByte);
  const at::Tensor after = at::randint(0, 256, {9, 11, 3}, at::kByte);
  const at::Tensor flow = at::rand({9, 11, 2}) * 8 - 4;
  const at::Tensor error = warp_error(before, after, flow);
  for (int y = 0; y < 9; ++y) {
    for (int x = 0; x < 11; ++x) {
      const double u = std::clamp(x + flow[y][x][0].item<double>(), 0.0, 10.0);
      const double v = std::clamp(y + flow[y][x][1].item<double>(), 0.0, 8.0);
      at::Tensor colour = at::zeros({3}, at::kDouble);
      for (int row = 0; row < 9; ++row) {
        for (int column = 0; column < 11; ++column) {
          colour += std::max(0.0, 1 - std::abs(u - column)) * std::max(0.0, 1 - std::abs(v - row)) *
                    after[row][column].to(at::kDouble);
        }
      }
      const double expected = ((before[y][x] - colour) / 255).pow(2).sum().item<double>();
      EXPECT_NEAR(error[y][x].item<double>(), expected, 1e-9) << x << " " << y;
    }
  }
}

TEST(TrustedMotion, FlowsThatAgreeAreTrusted) {
  const at::Tensor forward = even_flow(kHeight, kWidth, 2, 1);
  EXPECT_EQ(trusted_motion(forward, -forward).sum().item<int>(), kWidth * kHeight);
  EXPECT_EQ(trusted_motion(0 * forward, 0 * forward).sum().item<int>(), kWidth * kHeight);
}

TEST(TrustedMotion, FlowsThatDisagreeAreNot) {
  // 9 > .01 * 9 + .5
  EXPECT_EQ(trusted_motion(even_flow(8, 8, 3, 0), even_flow(8, 8, 0, 0)).sum().item<int>(), 0);
  // .49 < .01 * .49 + .5
  EXPECT_EQ(trusted_motion(even_flow(8, 8, 0.7, 0), even_flow(8, 8, 0, 0)).sum().item<int>(), 64);
}

TEST(TrustedMotion, BorderOfMovingThingsIsNot) {
  at::Tensor forward = even_flow(8, 8, 0, 0);
  forward.slice(1, 4).fill_(0.4);
  const at::Tensor trusted = trusted_motion(forward, -forward);
  EXPECT_EQ(trusted.sum().item<int>(), 56);
  EXPECT_EQ(trusted.select(1, 3).sum().item<int>(), 0);  // the difference to the right is 0.4
}

TEST(Ewarp, UnchangedPictureIsExactlyZero) {
  EXPECT_EQ(score_step(*make_ewarp(), still_step(picture(), picture(), picture(), picture())).value,
            0);
}

TEST(Ewarp, MatchesHandComputedValue) {
  EXPECT_NEAR(score_step(*make_ewarp(), flashing_step()).value, 3 * 0.2 * 0.2, 1e-12);
}

TEST(Ewarp, MotionThatFollowsTheTargetIsNoError) {
  // Columns of the fake move by one to the right, as the flow says; the last one leaves the
  // picture.
  MotionStep step = still_step(picture(), picture(), picture(), picture());
  step.target_forward = even_flow(kHeight, kWidth, 1, 0);
  step.target_backward = even_flow(kHeight, kWidth, -1, 0);
  step.fake_after =
      at::cat({step.fake_before.slice(1, 0, 1), step.fake_before.slice(1, 0, kWidth - 1)}, 1);
  step.fake_before.select(1, kWidth - 1).copy_(step.fake_before.select(1, kWidth - 2));
  EXPECT_EQ(score_step(*make_ewarp(), step).value, 0);
}

TEST(Ewarp, GrowsWithFlicker) {
  double last = 0;
  for (const double amplitude : {2.0, 8.0, 30.0}) {
    const double value =
        score_step(*make_ewarp(),
                   still_step(picture(), add_noise(picture(), amplitude), picture(), picture()))
            .value;
    EXPECT_GT(value, last) << amplitude;
    last = value;
  }
}

TEST(Ewarp, StepWithoutTrustedPixelIsSkipped) {
  MotionStep step = flashing_step();
  step.target_forward = even_flow(kHeight, kWidth, 5, 0);
  EXPECT_EQ(score_step(*make_ewarp(), step).status, SampleStatus::kSkipped);
  EXPECT_EQ(score_step(*make_ewarp_ratio(), step).status, SampleStatus::kSkipped);
}

TEST(Ewarp, VersionThreeIsLocked) {
  MotionStep step = still_step(picture(), add_noise(picture(), 20), picture(), picture());
  step.target_forward = even_flow(kHeight, kWidth, 0.4, -0.3);
  EXPECT_NEAR(score_step(*make_ewarp(), step).value, 0.0031322, 1e-7);
  EXPECT_EQ(make_ewarp()->info().version, 3);
}

class EwarpRatio : public ::testing::TestWithParam<std::unique_ptr<Metric> (*)()> {
 protected:
  std::unique_ptr<Metric> metric() const { return GetParam()(); }
};

INSTANTIATE_TEST_SUITE_P(Metrics, EwarpRatio,
                         ::testing::Values(make_ewarp_ratio, make_ewarp_ratio_mask),
                         [](const auto& param_info) { return param_info.param()->info().name; });

TEST_P(EwarpRatio, FakeEqualToItsTargetIsExactlyOne) {
  const Frame after = add_noise(picture(), 10);
  EXPECT_EQ(score_step(*metric(), still_step(picture(), after, picture(), after)).value, 1);
}

TEST_P(EwarpRatio, MatchesHandComputedValue) {
  const Sample sample = score_step(*metric(), flashing_step());  // 51 and 26 of 255
  EXPECT_EQ(sample.frame, -1);
  EXPECT_NEAR(sample.value, 51.0 * 51 / (26 * 26), 1e-12);
}

TEST_P(EwarpRatio, IsARatioOfMeansOverTheSteps) {
  const MotionStep first = flashing_step();
  const MotionStep second = still_step(flat(10), flat(20), flat(10), flat(12));
  EXPECT_NEAR(score_steps(*metric(), {&first, &second}).front().value,
              (51.0 * 51 + 100) / (26 * 26 + 4), 1e-12);
}

TEST_P(EwarpRatio, GrowsWithFlicker) {
  double last = 0;
  for (const double amplitude : {2.0, 8.0, 30.0}) {
    const double value =
        score_step(*metric(), still_step(picture(), add_noise(picture(), amplitude), picture(),
                                         add_noise(picture(), 4)))
            .value;
    EXPECT_GT(value, last) << amplitude;
    last = value;
  }
}

TEST_P(EwarpRatio, IsInvertedWhenFakeAndTargetChangePlaces) {
  const MotionStep step = still_step(flat(100), flat(126), flat(100), flat(151));
  EXPECT_NEAR(score_step(*metric(), step).value, 26.0 * 26 / (51 * 51), 1e-12);
}

TEST_P(EwarpRatio, InvalidInputGivesAStatus) {
  EXPECT_EQ(score_steps(*metric(), {}).front().status, SampleStatus::kSkipped);
  const MotionStep step = flashing_step();
  EXPECT_EQ(score_steps(*metric(), {&step, nullptr}).front().status, SampleStatus::kOk);
  EXPECT_EQ(score_steps(*metric(), {&step, nullptr, nullptr}).front().status,
            SampleStatus::kDecodeError);
  EXPECT_EQ(score_step(*metric(), still_step(flat(1), flat(9), flat(5), flat(5))).status,
            SampleStatus::kSkipped);  // the target stands still
}

TEST_P(EwarpRatio, SameInputGivesTheSameBits) {
  const MotionStep step =
      still_step(picture(), add_noise(picture(), 20), picture(), box_blur(picture(), 1));
  const double first = score_step(*metric(), step).value;
  at::set_num_threads(1);
  const double second = score_step(*metric(), step).value;
  at::set_num_threads(2);
  EXPECT_EQ(first, second);
}

TEST_P(EwarpRatio, VersionThreeIsLocked) {
  const MotionStep step =
      still_step(picture(), add_noise(picture(), 20), picture(), box_blur(picture(), 1));
  EXPECT_NEAR(score_step(*metric(), step).value, 21.977923, 1e-5);
  EXPECT_EQ(metric()->info().version, 3);
}

TEST(EwarpRatioMask, CountsSwappedPixelsOnly) {
  MotionStep step = flashing_step();
  step.fake_after = step.target_after.clone();
  step.fake_after.slice(0, 0, 12).fill_(151);  // the fake flashes in the upper half
  step.alpha_before.slice(0, 12).fill_(0);
  EXPECT_NEAR(score_step(*make_ewarp_ratio_mask(), step).value, 51.0 * 51 / (26 * 26), 1e-12);
  EXPECT_NEAR(score_step(*make_ewarp_ratio(), step).value, (51.0 * 51 + 26 * 26) / (2 * 26 * 26),
              1e-12);
  step.alpha_before.fill_(0);
  EXPECT_EQ(score_step(*make_ewarp_ratio_mask(), step).status, SampleStatus::kSkipped);
}

TEST(FrameMemo, SharedWarpErrorsChangeNoValue) {
  const MotionStep step =
      still_step(picture(), add_noise(picture(), 20), picture(), box_blur(picture(), 1));
  FrameMemo memo;
  FrameSample frame;
  frame.step = &step;
  for (const auto& make : {make_ewarp, make_ewarp_ratio, make_ewarp_ratio_mask}) {
    frame.memo = nullptr;
    const double alone = score_one(*make(), frame).value;
    frame.memo = &memo;
    EXPECT_EQ(score_one(*make(), frame).value, alone);
  }
  EXPECT_TRUE(memo.trusted.defined());
}

}  // namespace
}  // namespace changeling
