#include "generator/train/recipe.h"

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"

namespace changeling {

c10::Device device_of(const NetWeights& net) {
  return net.tensors.begin()->second.device();
}

NetWeights copy_of(const NetWeights& net, c10::Device device) {
  NetWeights copy = net;
  for (auto& [name, tensor] : copy.tensors) {
    tensor = tensor.detach().to(device).clone();
  }
  return copy;
}

at::Tensor picture_grid(const std::vector<at::Tensor>& rows) {
  std::vector<at::Tensor> strips;
  for (const at::Tensor& row : rows) {
    strips.push_back(at::cat(to_pixels(row.to(at::kCPU)).unbind(0), 1));
  }
  return at::cat(strips, 0).contiguous();
}

}  // namespace changeling
