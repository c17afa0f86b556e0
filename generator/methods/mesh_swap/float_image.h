// generator/methods/mesh_swap/float_image.h: the working picture of the mesh swap. Layer 5.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "common/base/frame.h"
#include "common/base/geometry.h"

namespace cv {
class Mat;
}  // namespace cv

namespace changeling {

/// A rectangle of whole pixels inside a frame.
struct PixelRect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

/// Float picture, channels interleaved, rows tightly packed. Pixel (x, y) has its centre at
/// (x + 0.5, y + 0.5).
struct FloatImage {
  FloatImage() = default;
  FloatImage(int width, int height, int channel_count, float value = 0);

  [[nodiscard]] std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_px) +
            static_cast<std::size_t>(x)) *
           static_cast<std::size_t>(channels);
  }

  [[nodiscard]] float at(int x, int y, int channel = 0) const {
    return values[offset(x, y) + static_cast<std::size_t>(channel)];
  }

  float& at(int x, int y, int channel = 0) {
    return values[offset(x, y) + static_cast<std::size_t>(channel)];
  }

  [[nodiscard]] std::size_t pixel_count() const {
    return static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px);
  }

  int width_px = 0;
  int height_px = 0;
  int channels = 0;
  std::vector<float> values;
};

/// OpenCV headers over the image's own storage; valid as long as the image lives and keeps its
/// size.
cv::Mat as_mat(FloatImage& image);
/// The same for reading; the result must not be written.
cv::Mat as_mat(const FloatImage& image);

/// The pixels of `rect` in CIE L*a*b* (D65; L 0..100). `rect` must lie inside the kRgb24 frame.
[[nodiscard]] FloatImage to_lab(const Frame& frame, const PixelRect& rect);

/// A copy of `frame` with the pixels of `rect` replaced by `lab`, clamped and rounded to 8 bits,
/// where `weight` (one channel) is above 0.
[[nodiscard]] Frame with_lab_region(const Frame& frame, const PixelRect& rect,
                                    const FloatImage& lab, const FloatImage& weight);

/// Adds `scale` x `addend` to `image`; both must have the same shape.
void add_scaled(FloatImage& image, const FloatImage& addend, float scale);

/// 0 below `low`, 1 above `high`, a smooth cubic between.
[[nodiscard]] inline float smooth_step(float low, float high, float value) {
  const float t = std::min(1.0F, std::max(0.0F, (value - low) / (high - low)));
  return t * t * (3.0F - 2.0F * t);
}

}  // namespace changeling
