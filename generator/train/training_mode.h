// generator/train/training_mode.h: LibTorch's flags while a network trains. Layer 6, Torch only.
#pragma once

#include <c10/core/DeviceType.h>

namespace changeling {

/// Which kernels a training on a GPU may take.
enum class GpuKernels {
  kAny,      ///< also those that add in another order every time: several gradients have no other
  kFastest,  ///< besides, cuDNN's fastest by trial, and TF32 in float32 products
};

/// While it lives LibTorch's global flags are those of a training on `device`; then they are what
/// they were. Changes nothing on the CPU, whose trainings stay the same bit for bit. Without it the
/// first step on a GPU throws: under deterministic algorithms (configure_torch) the cross-entropy
/// of class maps and the gradients of bilinear upsampling, grid sampling and reflection padding
/// have no CUDA kernel. One at a time, on the thread that trains.
class TrainingMode {
 public:
  TrainingMode(c10::DeviceType device, GpuKernels kernels);
  ~TrainingMode();
  TrainingMode(const TrainingMode&) = delete;
  TrainingMode& operator=(const TrainingMode&) = delete;

 private:
  struct Flags {
    bool deterministic;
    bool warn_only;
    bool deterministic_cudnn;
    bool benchmark_cudnn;
    bool tf32_cudnn;
    bool tf32_cublas;
  };

  [[nodiscard]] static Flags current();
  static void set(const Flags& flags);

  Flags before_;
  bool is_changed_;
};

}  // namespace changeling
