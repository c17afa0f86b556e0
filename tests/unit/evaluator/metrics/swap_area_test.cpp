// seam_ratio, sharp_gap and color_gap: the fake against its real control, around and inside the
// mask.
#include <cmath>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 56;

Frame control() {
  return textured_frame(kWidth, kHeight);
}

Frame face_alpha() {
  return box_alpha(kWidth, kHeight, 20, 18, 44, 40);
}

/// `frame` with every channel moved by `step` where the mask is.
Frame add_inside(const Frame& frame, int step) {
  const Frame alpha = face_alpha();
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (alpha.data()[i / 3] > 0) {
      pixels[i] = to_byte(pixels[i] + step);
    }
  }
  return Frame(frame.width_px(), frame.height_px(), frame.format(), std::move(pixels));
}

double score(const Metric& metric, const Frame& fake) {
  return score_against_control(metric, fake, control(), control(), face_alpha()).value;
}

/// A metric of fake and control with its value for equal pictures.
struct AreaMetric {
  const char* name;
  std::unique_ptr<Metric> (*make)();
  double perfect;
};

class SwapArea : public ::testing::TestWithParam<AreaMetric> {
 protected:
  std::unique_ptr<Metric> metric() const { return GetParam().make(); }
};

INSTANTIATE_TEST_SUITE_P(Metrics, SwapArea,
                         ::testing::Values(AreaMetric{"seam_ratio", make_seam_ratio, 1},
                                           AreaMetric{"sharp_gap", make_sharp_gap, 0},
                                           AreaMetric{"color_gap", make_color_gap, 0}),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

TEST_P(SwapArea, FakeEqualToItsControlIsExactlyPerfect) {
  EXPECT_EQ(score(*metric(), control()), GetParam().perfect);
}

TEST_P(SwapArea, SameInputGivesTheSameBits) {
  const Frame fake = add_noise(control(), 20);
  const double first = score(*metric(), fake);
  at::set_num_threads(1);
  const double second = score(*metric(), fake);
  at::set_num_threads(2);
  EXPECT_EQ(first, second);
}

TEST_P(SwapArea, InvalidInputGivesAStatus) {
  const Frame clean = control();
  const Frame smaller = textured_frame(kWidth, kHeight - 2);
  EXPECT_EQ(score_pictures(*metric(), clean, clean, face_alpha()).status,
            SampleStatus::kDecodeError);
  EXPECT_EQ(score_against_control(*metric(), clean, smaller, clean, face_alpha()).status,
            SampleStatus::kDecodeError);
  EXPECT_EQ(
      score_against_control(*metric(), clean, clean, clean, empty_alpha(kWidth, kHeight)).status,
      SampleStatus::kSkipped);
  const Frame tiny = constant_frame(2, 2, 9);
  EXPECT_EQ(score_against_control(*metric(), tiny, tiny, tiny, empty_alpha(2, 2)).status,
            SampleStatus::kSkipped);
}

TEST(SeamRatio, GrowsWithAHarderSeam) {
  double last = 1;
  for (const int step : {10, 25, 50, 80}) {
    const double value = score(*make_seam_ratio(), add_inside(control(), step));
    EXPECT_GT(value, last) << step;
    last = value;
  }
}

TEST(SeamRatio, FallsWithBlur) {
  double last = 1;
  for (const int radius : {1, 2, 4}) {
    const double value = score(*make_seam_ratio(), box_blur(control(), radius));
    EXPECT_LT(value, last) << radius;
    last = value;
  }
}

TEST(SeamRatio, MatchesHandComputedValue) {
  // Luma rises by 2 a pixel in the control and by 6 in the fake.
  std::vector<std::uint8_t> slow;
  std::vector<std::uint8_t> fast;
  for (int i = 0; i < 40 * 40 * 3; ++i) {
    const int x = i / 3 % 40;
    slow.push_back(static_cast<std::uint8_t>(2 * x));
    fast.push_back(static_cast<std::uint8_t>(6 * x));
  }
  const Frame c(40, 40, PixelFormat::kRgb24, std::move(slow));
  const Frame f(40, 40, PixelFormat::kRgb24, std::move(fast));
  const Frame alpha = box_alpha(40, 40, 10, 10, 30, 30);
  EXPECT_NEAR(score_against_control(*make_seam_ratio(), f, c, c, alpha).value, 3, 1e-12);
  EXPECT_NEAR(score_against_control(*make_seam_ratio(), c, f, c, alpha).value, 1.0 / 3, 1e-12);
}

TEST(SeamRatio, FlatControlIsSkipped) {
  const Frame flat = constant_frame(kWidth, kHeight, 80);
  EXPECT_EQ(
      score_against_control(*make_seam_ratio(), control(), flat, control(), face_alpha()).status,
      SampleStatus::kSkipped);
}

TEST(SeamRatio, VersionOneIsLocked) {
  EXPECT_NEAR(score(*make_seam_ratio(), add_inside(control(), 30)), 1.228373, 1e-6);
  EXPECT_EQ(make_seam_ratio()->info().version, 1);
}

TEST(SharpGap, FallsWithBlurAndGrowsWithNoise) {
  double last = 0;
  for (const int radius : {1, 2, 4}) {
    const double value = score(*make_sharp_gap(), box_blur(control(), radius));
    EXPECT_LT(value, last) << radius;
    last = value;
  }
  EXPECT_GT(score(*make_sharp_gap(), add_noise(control(), 15)), 0);
}

/// Squares of `side` px, 100 and 100 + contrast in turn.
Frame checkers(int contrast) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < kWidth * kHeight * 3; ++i) {
    const int x = i / 3 % kWidth;
    const int y = i / 3 / kWidth;
    pixels.push_back(static_cast<std::uint8_t>((x + y) % 2 == 0 ? 100 : 100 + contrast));
  }
  return Frame(kWidth, kHeight, PixelFormat::kRgb24, std::move(pixels));
}

TEST(SharpGap, MatchesHandComputedValue) {
  // The Laplacian of a checkerboard is +-4 contrast: variance 16 contrast^2, ratio 1/16.
  const Sample sample = score_against_control(*make_sharp_gap(), checkers(20), checkers(80),
                                              checkers(80), face_alpha());
  EXPECT_NEAR(sample.value, -4, 1e-9);
}

TEST(SharpGap, IsAntisymmetric) {
  const Frame blurred = box_blur(control(), 2);
  EXPECT_NEAR(
      score(*make_sharp_gap(), blurred),
      -score_against_control(*make_sharp_gap(), control(), blurred, control(), face_alpha()).value,
      1e-12);
}

TEST(SharpGap, FlatPicturesHaveNoNumber) {
  const Frame flat = constant_frame(kWidth, kHeight, 80);
  EXPECT_EQ(
      score_against_control(*make_sharp_gap(), control(), flat, control(), face_alpha()).status,
      SampleStatus::kSkipped);
  EXPECT_EQ(
      score_against_control(*make_sharp_gap(), flat, control(), control(), face_alpha()).status,
      SampleStatus::kNan);
}

TEST(SharpGap, VersionOneIsLocked) {
  EXPECT_NEAR(score(*make_sharp_gap(), box_blur(control(), 1)), -0.107197, 1e-6);
  EXPECT_EQ(make_sharp_gap()->info().version, 1);
}

TEST(ColorGap, GrowsWithTheColourShift) {
  double last = 0;
  for (const int step : {3, 10, 30, 60}) {
    const double value = score(*make_color_gap(), add_inside(control(), -step));
    EXPECT_GT(value, last) << step;
    last = value;
  }
}

TEST(ColorGap, MatchesHandComputedValue) {
  // Greys 119 and 50 have L* = 50.034 and 20.788 by the formulas of CIE 15; a* = b* = 0.
  const Frame light = constant_frame(30, 30, 119);
  const Frame dark = constant_frame(30, 30, 50);
  const Frame alpha = box_alpha(30, 30, 5, 5, 20, 20);
  const double forth = score_against_control(*make_color_gap(), light, dark, dark, alpha).value;
  EXPECT_NEAR(forth, 50.0344 - 20.7881, 2e-3);
  EXPECT_EQ(forth, score_against_control(*make_color_gap(), dark, light, dark, alpha).value);
}

TEST(ColorGap, LooksInsideTheMaskOnly) {
  const Frame alpha = box_alpha(kWidth, kHeight, 0, 0, 20, 18);  // none of face_alpha()
  EXPECT_EQ(score_against_control(*make_color_gap(), add_inside(control(), 40), control(),
                                  control(), alpha)
                .value,
            0);
}

TEST(ColorGap, VersionOneIsLocked) {
  EXPECT_NEAR(score(*make_color_gap(), add_inside(control(), 30)), 11.018151, 1e-5);
  EXPECT_EQ(make_color_gap()->info().version, 1);
}

}  // namespace
}  // namespace changeling
