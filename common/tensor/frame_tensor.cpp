#include "common/tensor/frame_tensor.h"

#include <cstring>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {

at::Tensor to_tensor(const Frame& frame) {
  std::vector<std::int64_t> shape = {frame.height_px(), frame.width_px()};
  if (frame.format() == PixelFormat::kRgb24) {
    shape.push_back(frame.channels());
  }
  // from_blob takes a mutable pointer; the header forbids writing.
  auto* pixels = const_cast<std::uint8_t*>(frame.data());
  return at::from_blob(
      pixels, shape, [storage = frame.storage()](void*) {}, at::TensorOptions().dtype(at::kByte));
}

at::Tensor stack_frames(const std::vector<Frame>& frames) {
  CHANGELING_REQUIRE(!frames.empty(), "stack_frames needs at least one frame");
  const Frame& first = frames.front();
  at::Tensor stacked =
      at::empty({static_cast<std::int64_t>(frames.size()), first.height_px(), first.width_px(), 3},
                at::TensorOptions().dtype(at::kByte));
  auto* into = stacked.data_ptr<std::uint8_t>();
  for (const Frame& frame : frames) {
    CHANGELING_REQUIRE(frame.format() == PixelFormat::kRgb24 &&
                           frame.width_px() == first.width_px() &&
                           frame.height_px() == first.height_px(),
                       "frames must be RGB and of equal size");
    std::memcpy(into, frame.data(), frame.size_bytes());
    into += frame.size_bytes();
  }
  return stacked;
}

at::Tensor to_pixels(const at::Tensor& images) {
  return ((images + 1) * 127.5).round().clamp(0, 255).to(at::kByte).movedim(-3, -1);
}

Frame to_frame(const at::Tensor& pixels) {
  const bool is_gray = pixels.dim() == 2;
  CHANGELING_REQUIRE(
      pixels.scalar_type() == at::kByte && (is_gray || (pixels.dim() == 3 && pixels.size(2) == 3)),
      "pixels must be uint8 (H,W,3) or (H,W)");
  const at::Tensor packed = pixels.to(at::kCPU).contiguous();
  const auto* from = packed.data_ptr<std::uint8_t>();
  return Frame(static_cast<int>(packed.size(1)), static_cast<int>(packed.size(0)),
               is_gray ? PixelFormat::kGray8 : PixelFormat::kRgb24,
               std::vector<std::uint8_t>(from, from + packed.numel()));
}

}  // namespace changeling
