#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

SquareMeasurement square(std::optional<double> brisque) {
  SquareMeasurement result;
  result.found = true;
  result.brisque = brisque;
  return result;
}

/// A frame with these values in the fake and its control.
Sample score_squares(const Metric& metric, const SquareMeasurement& fake,
                     const SquareMeasurement& control) {
  const Frame picture = textured_frame(40, 30);
  FrameSample frame;
  frame.fake = &picture;
  frame.control = &picture;
  frame.fake_square = fake;
  frame.control_square = control;
  return score_one(metric, frame);
}

TEST(BrisqueExcess, OfEqualSquaresIsExactlyZero) {
  EXPECT_EQ(score_squares(*make_brisque_excess(), square(31.7), square(31.7)).value, 0);
}

TEST(Brisque, MatchesHandComputedValue) {
  EXPECT_EQ(score_squares(*make_brisque(), square(45.5), square(20.25)).value, 45.5);
  EXPECT_EQ(score_squares(*make_brisque_excess(), square(45.5), square(20.25)).value, 25.25);
}

TEST(BrisqueExcess, IsAntisymmetric) {
  const double value = score_squares(*make_brisque_excess(), square(60), square(12.5)).value;
  EXPECT_EQ(score_squares(*make_brisque_excess(), square(12.5), square(60)).value, -value);
}

TEST(Brisque, InvalidInputGivesAStatus) {
  const std::unique_ptr<Metric> excess = make_brisque_excess();
  EXPECT_EQ(score_squares(*make_brisque(), {}, square(1)).status, SampleStatus::kNoFace);
  EXPECT_EQ(score_squares(*make_brisque(), square({}), square(1)).status, SampleStatus::kSkipped);
  EXPECT_EQ(score_squares(*excess, square(1), square({})).status, SampleStatus::kSkipped);
  EXPECT_EQ(score_squares(*excess, square(1), {}).status, SampleStatus::kNoFace);
  FrameSample frame;
  frame.fake_square = square(1);
  frame.control_square = square(1);
  EXPECT_EQ(score_one(*make_brisque(), frame).status, SampleStatus::kDecodeError);
  const Frame picture = textured_frame(40, 30);
  frame.fake = &picture;
  EXPECT_EQ(score_one(*make_brisque(), frame).status, SampleStatus::kOk);  // needs no other picture
  EXPECT_EQ(score_one(*excess, frame).status, SampleStatus::kDecodeError);
}

TEST(Brisque, AsksForNothingButTheFake) {
  EXPECT_EQ(make_brisque()->info().inputs, static_cast<unsigned>(kNoInput));
  EXPECT_EQ(make_brisque_excess()->info().inputs, static_cast<unsigned>(kControlInput));
}

}  // namespace
}  // namespace changeling
