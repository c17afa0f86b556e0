// common/tensor/resample.h: resizing of float images. Layer 1, Torch only.
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace changeling {

/// OpenCV's INTER_LINEAR, INTER_CUBIC (a = -0.75) and INTER_AREA, on float without rounding. kArea
/// is for shrinking: where an axis grows it takes kLinear.
enum class Resampling { kLinear, kCubic, kArea };

/// A rectangle of whole pixels; may leave the image.
struct PixelWindow {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// float32 (..,H,W) -> (..,height,width), half-pixel centres, borders repeated. The bits of an
/// image on CPU do not depend on the others. Cubic overshoots the range of the values.
[[nodiscard]] at::Tensor resample(const at::Tensor& image, std::int64_t height, std::int64_t width,
                                  Resampling kind);

/// The same for a window of the image, whose own border is repeated; pixels outside the image are
/// 0. Throws Error(kInternal) for an empty window or one wider than 65536 px.
[[nodiscard]] at::Tensor resample_window(const at::Tensor& image, const PixelWindow& window,
                                         std::int64_t height, std::int64_t width, Resampling kind);

}  // namespace changeling
