// common/tensor/transfer.h: tensors between host and device. Layer 1, Torch only.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace changeling {

/// `tensor` on `device`; itself when it is there already. From the host to CUDA by way of pinned
/// memory: the copy follows what the current stream has to do, and the caller does not wait for it.
[[nodiscard]] at::Tensor move_to(const at::Tensor& tensor, c10::Device device);

/// `tensor` on the CPU, ready to be read; itself when it is there already. From CUDA into pinned
/// memory, after all that the current stream has to do.
[[nodiscard]] at::Tensor move_to_host(const at::Tensor& tensor);

}  // namespace changeling
