// generator/train/programs/device_memory.h: how much of a GPU's memory a training took. Layer 8.
#pragma once

#include <cstdint>
#include <optional>

#include <c10/core/Device.h>

namespace changeling {

/// The most that LibTorch had reserved on `device` since the start, bytes; nullopt for the CPU and
/// in builds without CUDA.
[[nodiscard]] std::optional<std::int64_t> peak_device_bytes(c10::Device device);

}  // namespace changeling
