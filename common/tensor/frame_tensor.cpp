#include "common/tensor/frame_tensor.h"

#include <cstdint>
#include <vector>

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
