#include "common/media/frame_crop.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace changeling {
namespace {

/// Between which two pixels a crop pixel lies, in one direction: the first, how far beyond it.
struct Place {
  int first = 0;
  double share = 0;
};

Place place_of(double value) {
  const double from_center = static_cast<float>(value) - 0.5;  // PointF's precision
  if (!(std::abs(from_center) <= 1e6)) {
    return {-2, 0};  // would overflow an int; black as any point outside
  }
  const int toward_zero = static_cast<int>(from_center);
  const int first = toward_zero > from_center ? toward_zero - 1 : toward_zero;
  return {first, from_center - first};
}

/// The four pixels around a place; black outside the frame.
struct Corners {
  const std::uint8_t *upper_left, *upper_right, *lower_left, *lower_right;
};

/// `x`, `y`: of the upper left one.
Corners corners_at(const Frame& frame, int x, int y) {
  static constexpr std::uint8_t kBlack[4] = {};
  const auto address = [&](int column, int row) {
    return frame.data() + static_cast<std::size_t>(row) * frame.row_bytes() +
           static_cast<std::size_t>(column * frame.channels());
  };
  if (x >= 0 && y >= 0 && x + 1 < frame.width_px() && y + 1 < frame.height_px()) {
    const std::uint8_t *upper = address(x, y), *lower = upper + frame.row_bytes();
    return {upper, upper + frame.channels(), lower, lower + frame.channels()};
  }
  const auto pixel = [&](int column, int row) {
    const bool is_inside =
        column >= 0 && row >= 0 && column < frame.width_px() && row < frame.height_px();
    return is_inside ? address(column, row) : kBlack;
  };
  return {pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)};
}

constexpr std::array<double, 256> every_level() {
  std::array<double, 256> levels{};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = static_cast<double>(i);
  }
  return levels;
}

/// Levels as doubles: twelve conversions a pixel cost as much as all other arithmetic.
constexpr std::array<double, 256> kLevels = every_level();

}  // namespace

Frame crop_frame(const Frame& frame, const CropTransform& transform, int side_px) {
  const int channels = frame.channels();
  // CropTransform::to_frame(), written out: a call for each pixel costs as much as the pixel.
  const std::array<double, 6> m = transform.inverse();
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side_px * side_px * channels));
  std::uint8_t* out = pixels.data();
  for (int row = 0; row < side_px; ++row) {
    const double row_center = row + 0.5, row_x = m[1] * row_center, row_y = m[4] * row_center;
    for (int column = 0; column < side_px; ++column) {
      const double column_center = column + 0.5;
      const Place x = place_of(m[0] * column_center + row_x + m[2]);
      const Place y = place_of(m[3] * column_center + row_y + m[5]);
      const Corners at = corners_at(frame, x.first, y.first);
      for (int c = 0; c < channels; ++c) {
        const double upper =
            kLevels[at.upper_left[c]] * (1 - x.share) + kLevels[at.upper_right[c]] * x.share;
        const double lower =
            kLevels[at.lower_left[c]] * (1 - x.share) + kLevels[at.lower_right[c]] * x.share;
        // Never negative, so adding a half rounds to the nearest.
        *out++ = static_cast<std::uint8_t>(upper * (1 - y.share) + lower * y.share + 0.5);
      }
    }
  }
  return {side_px, side_px, frame.format(), std::move(pixels)};
}

}  // namespace changeling
