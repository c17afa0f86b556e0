// common/nets/inference_engine.h: the fast way to run the FSGAN networks: folded batch norm,
// channels-last, bfloat16 where the hardware has it, sparse landmark context, fixed batch buckets.
// Layer 2, Torch only. What is exact and what is not: common/nets/README.md.
#pragma once

#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include "common/nets/net_runner.h"

namespace changeling {

enum class Precision {
  kAuto,  ///< bfloat16 on CUDA and on CPUs with AVX512-BF16 that pass a self-test, else float32
  kFloat32,
  kBFloat16,
};

struct EngineOptions {
  c10::Device device = c10::kCPU;
  Precision precision = Precision::kAuto;
  std::vector<int> buckets = {1, 2, 4, 8};  ///< batch sizes that are run, see production_buckets
  bool cuda_graphs = true;                  ///< one graph per bucket; ignored on the CPU
};

/// Throws Error(kModel) when the weights are of a kind that the engine does not run,
/// Error(kResource) when the device is absent.
[[nodiscard]] std::unique_ptr<NetRunner> make_engine(const NetWeights& weights,
                                                     const EngineOptions& options);

/// The batch sizes that production runs on a device; up to 96 on CUDA: three views of 32 frames.
[[nodiscard]] std::vector<int> production_buckets(c10::Device device);

/// What kAuto means on this device.
[[nodiscard]] Precision resolve_precision(Precision wanted, c10::Device device);

}  // namespace changeling
