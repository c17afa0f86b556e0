#include "generator/train/training_mode.h"

#include <ATen/Context.h>

namespace changeling {

TrainingMode::TrainingMode(c10::DeviceType device, GpuKernels kernels)
    : before_(current()), is_changed_(device == c10::kCUDA) {
  if (!is_changed_) {
    return;
  }
  Flags flags = before_;
  flags.deterministic = false;
  flags.warn_only = false;
  if (kernels == GpuKernels::kFastest) {
    flags.deterministic_cudnn = false;
    flags.benchmark_cudnn = true;
    flags.tf32_cudnn = true;
    flags.tf32_cublas = true;
  }
  set(flags);
}

TrainingMode::~TrainingMode() {
  if (is_changed_) {
    set(before_);
  }
}

TrainingMode::Flags TrainingMode::current() {
  const at::Context& context = at::globalContext();
  return {context.deterministicAlgorithms(), context.deterministicAlgorithmsWarnOnly(),
          context.deterministicCuDNN(),      context.benchmarkCuDNN(),
          context.allowTF32CuDNN(),          context.allowTF32CuBLAS()};
}

void TrainingMode::set(const Flags& flags) {
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(flags.deterministic, flags.warn_only);
  context.setDeterministicCuDNN(flags.deterministic_cudnn);
  context.setBenchmarkCuDNN(flags.benchmark_cudnn);
  context.setAllowTF32CuDNN(flags.tf32_cudnn);
  context.setAllowTF32CuBLAS(flags.tf32_cublas);
}

}  // namespace changeling
