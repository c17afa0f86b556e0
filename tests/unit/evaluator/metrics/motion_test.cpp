#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/motion_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 32;
constexpr int kHeight = 24;

Frame picture() {
  return textured_frame(kWidth, kHeight);
}

MotionStep quiet_step() {
  return still_step(picture(), picture(), picture(), picture());
}

/// Fake and target that move by the given vectors.
MotionStep moving_step(double fake_x, double fake_y, double target_x, double target_y) {
  MotionStep step = quiet_step();
  step.fake_forward = even_flow(kHeight, kWidth, fake_x, fake_y);
  step.target_forward = even_flow(kHeight, kWidth, target_x, target_y);
  return step;
}

TEST(TOf, SameMotionIsExactlyZero) {
  EXPECT_EQ(score_step(*make_t_of(), moving_step(1.3, -2, 1.3, -2)).value, 0);
}

TEST(TOf, MatchesHandComputedValue) {
  EXPECT_NEAR(score_step(*make_t_of(), moving_step(1, 1, -2, 5)).value, 5, 1e-12);  // (3, 4)
  MotionStep half = quiet_step();
  half.fake_forward = half.fake_forward.clone();
  half.fake_forward.slice(0, 0, kHeight / 2).select(2, 0).fill_(7);
  EXPECT_NEAR(score_step(*make_t_of(), half).value, 3.5, 1e-12);
}

TEST(TOf, GrowsWithTheDifference) {
  double last = -1;
  for (double x = 0; x < 5; ++x) {
    const double value = score_step(*make_t_of(), moving_step(x, 1, 0, 1)).value;
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST(TOf, IsSymmetric) {
  EXPECT_EQ(score_step(*make_t_of(), moving_step(1, 2, 4, 0)).value,
            score_step(*make_t_of(), moving_step(4, 0, 1, 2)).value);
}

TEST(TOf, InvalidInputGivesAStatus) {
  EXPECT_EQ(score_steps(*make_t_of(), {nullptr}).front().status, SampleStatus::kDecodeError);
  MotionStep broken = quiet_step();
  broken.fake_forward = broken.fake_forward + std::nan("");
  EXPECT_EQ(score_step(*make_t_of(), broken).status, SampleStatus::kNan);
}

TEST(TOf, VersionThreeIsLocked) {
  MotionStep step = moving_step(0.5, 0.25, 0, 0);
  step.fake_forward = step.fake_forward.cumsum(0);
  EXPECT_NEAR(score_step(*make_t_of(), step).value, 0.559017 * 12.5, 1e-5);  // rows 1 to 24 times
  EXPECT_EQ(make_t_of()->info().version, 3);
}

TEST(FlickerStatic, UnchangedPictureIsExactlyOne) {
  EXPECT_EQ(score_step(*make_flicker_static(), quiet_step()).value, 1);
}

TEST(FlickerStatic, MatchesHandComputedValue) {
  const MotionStep step =
      still_step(constant_frame(8, 8, 100), constant_frame(8, 8, 151), picture(), picture());
  MotionStep fitting = step;
  fitting.target_forward = at::zeros({8, 8, 2});
  EXPECT_NEAR(score_step(*make_flicker_static(), fitting).value, 0.8, 1e-12);
  const MotionStep quiet = quiet_step();
  EXPECT_NEAR(score_steps(*make_flicker_static(), {&fitting, &quiet}).front().value, 0.9, 1e-12);
}

TEST(FlickerStatic, FallsWithFlicker) {
  double last = 1;
  for (const double amplitude : {2.0, 8.0, 30.0}) {
    const double value =
        score_step(*make_flicker_static(),
                   still_step(picture(), add_noise(picture(), amplitude), picture(), picture()))
            .value;
    EXPECT_LT(value, last) << amplitude;
    last = value;
  }
}

TEST(FlickerStatic, LooksAtTheFakeAndNotAtTheTargetsBrightness) {
  EXPECT_EQ(score_step(*make_flicker_static(),
                       still_step(picture(), picture(), picture(), add_noise(picture(), 50)))
                .value,
            1);
}

TEST(FlickerStatic, MovingTargetIsSkipped) {
  // Static means up to 0.5 px among the fastest.
  EXPECT_EQ(score_step(*make_flicker_static(), moving_step(0, 0, 0.49, 0)).status,
            SampleStatus::kOk);
  EXPECT_EQ(score_step(*make_flicker_static(), moving_step(0, 0, 0.51, 0)).status,
            SampleStatus::kSkipped);
  MotionStep corner = quiet_step();  // few pixels move, but they move fast
  corner.target_forward = corner.target_forward.clone();
  corner.target_forward.slice(0, 0, 4).slice(1, 0, 4).fill_(3);
  EXPECT_EQ(score_step(*make_flicker_static(), corner).status, SampleStatus::kSkipped);
}

TEST(FlickerStatic, InvalidInputGivesAStatus) {
  const MotionStep step = quiet_step();
  EXPECT_EQ(score_steps(*make_flicker_static(), {}).front().status, SampleStatus::kSkipped);
  EXPECT_EQ(score_steps(*make_flicker_static(), {&step, nullptr, nullptr}).front().status,
            SampleStatus::kDecodeError);
}

TEST(FlickerStatic, VersionThreeIsLocked) {
  EXPECT_NEAR(score_step(*make_flicker_static(),
                         still_step(picture(), add_noise(picture(), 20), picture(), picture()))
                  .value,
              0.960829, 1e-6);
  EXPECT_EQ(make_flicker_static()->info().version, 3);
}

}  // namespace
}  // namespace changeling
