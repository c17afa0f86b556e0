#include "common/media/frame_crop.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/plain_crop.h"

namespace changeling {
namespace {

constexpr int kWidth = 61, kHeight = 47, kSide = 32;

/// Where a crop lies in a frame of kWidth x kHeight.
struct CropCase {
  const char* name;
  PointF center;
  float side_px = 0;
  float roll_deg = 0;
};

class FrameCrop : public testing::TestWithParam<CropCase> {};

TEST_P(FrameCrop, IsBitEqualToItsDefinition) {
  const CropCase& crop = GetParam();
  const CropTransform transform =
      CropTransform::square(crop.center, crop.side_px, kSide, crop.roll_deg);
  for (const PixelFormat format : {PixelFormat::kRgb24, PixelFormat::kGray8}) {
    const Frame frame = noise_frame(kWidth, kHeight, format);
    EXPECT_TRUE(crop_frame(frame, transform, kSide) == plain_crop(frame, transform, kSide));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Places, FrameCrop,
    testing::Values(CropCase{"pixel_for_pixel", {30, 24}, kSide, 0},
                    CropCase{"between_pixels", {30.37F, 23.61F}, kSide, 0},
                    CropCase{"enlarged", {31.1F, 22.9F}, 9.7F, 0},
                    CropCase{"reduced", {30, 24}, 46.3F, 0},
                    CropCase{"rolled", {29.3F, 23.2F}, 25.9F, 17.5F},
                    CropCase{"upside_down", {31, 23}, 30.1F, 180},
                    CropCase{"over_the_upper_left_corner", {2.4F, 1.7F}, 21.3F, -33},
                    CropCase{"over_the_lower_right_corner", {59.2F, 46.6F}, 24.8F, 61},
                    CropCase{"over_all_four_borders", {30, 24}, 150, 8},
                    CropCase{"on_the_last_pixels", {60.5F, 46.5F}, 1.5F, 0}),
    [](const auto& row) { return std::string(row.param.name); });

bool is_black(const Frame& frame) {
  return std::all_of(frame.data(), frame.data() + frame.size_bytes(),
                     [](std::uint8_t level) { return level == 0; });
}

TEST(FrameCropFarAway, IsBlack) {
  const Frame frame = noise_frame(kWidth, kHeight, PixelFormat::kRgb24);
  EXPECT_TRUE(is_black(crop_frame(frame, CropTransform::square({-200, 20}, 40, kSide), kSide)));
  EXPECT_TRUE(is_black(crop_frame(frame, CropTransform::square({30, 3e12F}, 40, kSide), kSide)));
  EXPECT_TRUE(is_black(crop_frame(frame, CropTransform::square({-3e12F, 24}, 40, kSide), kSide)));
}

}  // namespace
}  // namespace changeling
