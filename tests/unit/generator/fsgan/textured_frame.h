// tests/unit/generator/fsgan/textured_frame.h: a picture whose resampled values can be foretold.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/frame.h"

namespace changeling {

/// Smooth, so that an oracle's rounding of weights to 1/32 px stays small.
inline Frame textured_frame(int width, int height) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        pixels.push_back(static_cast<std::uint8_t>(
            std::lround(128 + 60 * std::sin(0.21 * x + c) + 50 * std::cos(0.17 * y - 0.1 * x))));
      }
    }
  }
  return Frame(width, height, PixelFormat::kRgb24, std::move(pixels));
}

}  // namespace changeling
