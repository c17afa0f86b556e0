#include "generator/methods/compositor.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace changeling {
namespace {

std::size_t pixel_count(const Frame& frame) {
  return static_cast<std::size_t>(frame.width_px()) * static_cast<std::size_t>(frame.height_px());
}

bool same_size(const Frame& a, const Frame& b) {
  return a.width_px() == b.width_px() && a.height_px() == b.height_px();
}

/// round_half_up((alpha * swapped + (255 - alpha) * target) / 255); exact in integers, and equal to
/// `target` for alpha = 0 and to `swapped` for alpha = 255.
std::uint8_t mix(std::uint8_t target, std::uint8_t swapped, std::uint32_t alpha) {
  return static_cast<std::uint8_t>((2U * (alpha * swapped + (255U - alpha) * target) + 255U) /
                                   510U);
}

Frame gray_frame(const Frame& like, std::vector<std::uint8_t> pixels) {
  return Frame(like.width_px(), like.height_px(), PixelFormat::kGray8, std::move(pixels));
}

}  // namespace

ComposedFrame composite(const Frame& target, const Frame& swapped, const Frame& alpha) {
  CHANGELING_REQUIRE(same_size(target, swapped) && same_size(target, alpha),
                     "target, swapped frame and alpha must have one size");
  CHANGELING_REQUIRE(target.format() == PixelFormat::kRgb24 &&
                         swapped.format() == PixelFormat::kRgb24 &&
                         alpha.format() == PixelFormat::kGray8,
                     "target and swapped frame must be RGB, alpha grey");
  const std::size_t n = pixel_count(target);
  std::vector<std::uint8_t> out(target.data(), target.data() + target.size_bytes());
  std::vector<std::uint8_t> changed(n, 0);
  int largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t a = alpha.data()[i];
    if (a == 0) {
      continue;
    }
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      out[c] = mix(target.data()[c], swapped.data()[c], a);
      const int difference = std::abs(int{out[c]} - int{target.data()[c]});
      largest = std::max(largest, difference);
      changed[i] = difference > 0 ? 255 : changed[i];
    }
  }
  if (largest <= kUnseenLevels) {
    return pass_through(target);
  }
  return {Frame(target.width_px(), target.height_px(), PixelFormat::kRgb24, std::move(out)), alpha,
          gray_frame(target, std::move(changed)), FrameStatus::kSwapped, std::nullopt};
}

ComposedFrame pass_through(const Frame& target) {
  CHANGELING_REQUIRE(target.format() == PixelFormat::kRgb24, "target must be RGB");
  const Frame empty = gray_frame(target, std::vector<std::uint8_t>(pixel_count(target), 0));
  return {target, empty, empty, FrameStatus::kPassthrough, std::nullopt};
}

}  // namespace changeling
