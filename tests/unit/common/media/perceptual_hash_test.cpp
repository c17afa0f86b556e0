#include "common/media/perceptual_hash.h"

#include <gtest/gtest.h>

#include "tests/support/synthetic_clip.h"

namespace changeling {
namespace {

Frame flat(std::uint8_t level) {
  return {40, 30, PixelFormat::kGray8, std::vector<std::uint8_t>(1200, level)};
}

TEST(PerceptualHash, HasNoneForAPictureWithoutStructure) {
  EXPECT_FALSE(perceptual_hash(flat(0)));
  EXPECT_FALSE(perceptual_hash(flat(200)));
}

TEST(PerceptualHash, HalfOfTheBitsAreSet) {
  const auto hash = perceptual_hash(draw_frame({}, 0));
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash_distance(*hash, 0), 32) << "above the median of 64 values";
}

TEST(PerceptualHash, DoesNotSeeBrightnessButContent) {
  const ClipSpec clip;
  const Frame frame = draw_frame(clip, 0);
  std::vector<std::uint8_t> brighter(frame.data(), frame.data() + frame.size_bytes());
  for (std::uint8_t& value : brighter) {
    value = static_cast<std::uint8_t>(value / 2 + 40);
  }
  const auto hash = perceptual_hash(frame);
  const auto same = perceptual_hash(
      Frame(frame.width_px(), frame.height_px(), PixelFormat::kRgb24, std::move(brighter)));
  ClipSpec other = clip;
  other.seed = 7;
  EXPECT_LE(hash_distance(hash.value(), same.value()), 2);
  EXPECT_GT(hash_distance(hash.value(), perceptual_hash(draw_frame(other, 0)).value()), 12);
}

TEST(PerceptualHash, TakesPicturesSmallerThanItsGrid) {
  std::vector<std::uint8_t> pixels(35, 0);
  pixels[8] = 255;
  EXPECT_TRUE(perceptual_hash(Frame(7, 5, PixelFormat::kGray8, std::move(pixels))));
}

}  // namespace
}  // namespace changeling
