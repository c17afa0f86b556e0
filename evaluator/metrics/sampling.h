// evaluator/metrics/sampling.h: which frames of a clip are measured. Layer 4.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace changeling {

/// Frame indices of a policy over a clip of `n_frames`, ascending and unique: "all", or "evenK"
/// with K >= 1: floor((i + 0.5) n / K) for i = 0..K-1. Clips shorter than K give every frame once.
/// Throws Error(kInternal) for any other policy.
[[nodiscard]] std::vector<std::int64_t> sample_frames(std::string_view policy,
                                                      std::int64_t n_frames);

}  // namespace changeling
