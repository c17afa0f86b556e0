// common/tensor/device.h: where tensors live and how LibTorch is set up. Layer 1, Torch only.
#pragma once

#include <string>
#include <string_view>

#include <c10/core/Device.h>

namespace changeling {

/// "cpu" or "cuda:N". Throws Error(kConfig) for other text, Error(kResource) when the device is
/// absent.
[[nodiscard]] c10::Device parse_device(std::string_view text);

/// True where convolutions in bfloat16 are native and right: CUDA, and CPUs with AVX512-BF16 whose
/// results, tried once per process, agree with float32. Some releases of LibTorch fail that trial.
[[nodiscard]] bool has_bfloat16(c10::Device device);

/// Sets the threads of LibTorch and of OpenBLAS, deterministic algorithms, inference defaults, and
/// makes malloc keep freed memory (Note [Kept memory]); the compute lane calls it once. `threads` 0
/// = all cores but one (at least one): the lanes that decode and encode need a core, and LibTorch's
/// barriers spin while they wait for a busy one (detector on two busy cores: 79 ms with 2 threads,
/// 16 ms with 1). Where OpenCV computes as well: configure_compute().
void configure_torch(int threads);

/// What the calling thread asks LibTorch for stays on it from now on; a lane beside the compute
/// lane would get as many threads again.
void keep_torch_on_this_thread();

/// The BLAS and threading lines of at::show_config, for reports and doctor.
[[nodiscard]] std::string torch_build_summary();

}  // namespace changeling
