// In builds with CHANGELING_WITH_CUDA, against LibTorch 2.x.
#include "generator/train/programs/device_memory.h"

#include <c10/cuda/CUDACachingAllocator.h>

namespace changeling {

std::optional<std::int64_t> peak_device_bytes(c10::Device device) {
  if (!device.is_cuda()) {
    return std::nullopt;
  }
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
  return stats.reserved_bytes[0].peak;  // 0: of all pools
}

}  // namespace changeling
