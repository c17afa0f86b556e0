#include "generator/methods/fsgan/paste_face.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/tensor/resample.h"
#include "generator/methods/compositor.h"

namespace changeling {
namespace {

/// Half to even.
at::Tensor to_bytes(const at::Tensor& values) {
  return values.round().clamp(0, 255).to(at::kByte);
}

/// The part of the square that lies in the frame, in frame pixels.
struct Visible {
  std::int64_t left, top, right, bottom;

  Visible(const CropSquare& square, const Frame& frame)
      : left(std::max<std::int64_t>(square.x, 0)),
        top(std::max<std::int64_t>(square.y, 0)),
        right(std::min<std::int64_t>(square.x + square.side, frame.width_px())),
        bottom(std::min<std::int64_t>(square.y + square.side, frame.height_px())) {}

  [[nodiscard]] bool is_empty() const { return left >= right || top >= bottom; }
};

/// Copies rows of a patch (side,side,channels) over the frame's pixels.
void copy_patch(const at::Tensor& patch, const CropSquare& square, const Visible& part,
                std::int64_t frame_width, std::vector<std::uint8_t>& pixels) {
  const at::Tensor rows = patch.contiguous();
  const std::int64_t channels = rows.size(2);
  const std::uint8_t* from = rows.data_ptr<std::uint8_t>();
  for (std::int64_t y = part.top; y < part.bottom; ++y) {
    const std::uint8_t* row =
        from + ((y - square.y) * square.side + part.left - square.x) * channels;
    std::copy(row, row + (part.right - part.left) * channels,
              pixels.begin() + (y * frame_width + part.left) * channels);
  }
}

}  // namespace

ComposedFrame paste_face(const Frame& target, const CropSquare& square, const at::Tensor& face,
                         const at::Tensor& alpha) {
  const Visible part(square, target);
  if (part.is_empty()) {
    return pass_through(target);
  }
  const auto fitted = [&square](const at::Tensor& image, Resampling growing) {
    return resample(image, square.side, square.side,
                    square.side < image.size(2) ? Resampling::kArea : growing);
  };
  const at::Tensor pixels = to_bytes((fitted(face, Resampling::kCubic) + 1) * 127.5);
  const at::Tensor weights = to_bytes(fitted(alpha, Resampling::kLinear) * 255);
  const auto width = static_cast<std::int64_t>(target.width_px());
  std::vector<std::uint8_t> swapped(target.data(), target.data() + target.size_bytes());
  std::vector<std::uint8_t> mask(target.size_bytes() / 3, 0);
  copy_patch(pixels.permute({1, 2, 0}), square, part, width, swapped);
  copy_patch(weights.permute({1, 2, 0}), square, part, width, mask);
  return composite(
      target, Frame(target.width_px(), target.height_px(), PixelFormat::kRgb24, std::move(swapped)),
      Frame(target.width_px(), target.height_px(), PixelFormat::kGray8, std::move(mask)));
}

}  // namespace changeling
