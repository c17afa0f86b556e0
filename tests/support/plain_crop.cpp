#include "tests/support/plain_crop.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/rng.h"

namespace changeling {
namespace {

double level(const Frame& frame, double x, double y, int channel) {
  if (x < 0 || y < 0 || x >= frame.width_px() || y >= frame.height_px()) {
    return 0;
  }
  const auto row = static_cast<std::size_t>(y), column = static_cast<std::size_t>(x);
  return frame
      .data()[row * frame.row_bytes() + column * static_cast<std::size_t>(frame.channels()) +
              static_cast<std::size_t>(channel)];
}

double bilinear(const Frame& frame, const PointF& at, int channel) {
  const double x = std::floor(at.x - 0.5), right = at.x - 0.5 - x;
  const double y = std::floor(at.y - 0.5), bottom = at.y - 0.5 - y;
  const auto along = [&](double row) {
    return level(frame, x, row, channel) * (1 - right) + level(frame, x + 1, row, channel) * right;
  };
  return along(y) * (1 - bottom) + along(y + 1) * bottom;
}

}  // namespace

Frame plain_crop(const Frame& frame, const CropTransform& transform, int side_px) {
  std::vector<std::uint8_t> pixels;
  for (int row = 0; row < side_px; ++row) {
    for (int column = 0; column < side_px; ++column) {
      const PointF at =
          transform.to_frame({static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F});
      for (int channel = 0; channel < frame.channels(); ++channel) {
        pixels.push_back(static_cast<std::uint8_t>(std::floor(bilinear(frame, at, channel) + 0.5)));
      }
    }
  }
  return {side_px, side_px, frame.format(), std::move(pixels)};
}

Frame noise_frame(int width_px, int height_px, PixelFormat format) {
  CounterRng rng(20261129);
  const int channels = format == PixelFormat::kRgb24 ? 3 : 1;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width_px * height_px * channels));
  for (std::uint8_t& pixel : pixels) {
    pixel = static_cast<std::uint8_t>(rng.below(256));
  }
  return {width_px, height_px, format, std::move(pixels)};
}

}  // namespace changeling
