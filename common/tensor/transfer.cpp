#include "common/tensor/transfer.h"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace changeling {
namespace {

/// Page-locked memory on the host; once freed it is kept from reuse until copies out of it are
/// done.
at::Tensor pinned_like(const at::Tensor& tensor) {
  return at::empty_like(tensor, tensor.options().device(at::kCPU).pinned_memory(true));
}

void wait_for_stream(c10::Device device) {
  c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
}

}  // namespace

at::Tensor move_to(const at::Tensor& tensor, c10::Device device) {
  if (!tensor.is_cpu() || !device.is_cuda()) {
    return tensor.to(device);
  }
  at::Tensor pinned = pinned_like(tensor);
  pinned.copy_(tensor);
  return pinned.to(device, tensor.scalar_type(), true);
}

at::Tensor move_to_host(const at::Tensor& tensor) {
  if (!tensor.is_cuda()) {
    return tensor.cpu();
  }
  at::Tensor host = pinned_like(tensor);
  host.copy_(tensor, true);
  wait_for_stream(tensor.device());
  return host;
}

}  // namespace changeling
