#include "generator/train/recipe.h"

#include <ATen/ATen.h>

namespace changeling {

c10::Device device_of(const NetWeights& net) {
  return net.tensors.begin()->second.device();
}

at::Tensor picture_grid(const std::vector<at::Tensor>& rows) {
  std::vector<at::Tensor> strips;
  for (const at::Tensor& row : rows) {
    const at::Tensor bytes =
        ((row.to(at::kCPU).clamp(-1, 1) + 1) * 127.5).round().to(at::kByte).permute({0, 2, 3, 1});
    strips.push_back(at::cat(bytes.unbind(0), 1));
  }
  return at::cat(strips, 0).contiguous();
}

}  // namespace changeling
