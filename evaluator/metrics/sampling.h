// evaluator/metrics/sampling.h: which frames of a clip are measured. Layer 4.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace changeling {

/// Frames at each end of a clip that no step of "stepsK" touches.
inline constexpr std::int64_t kStepMargin = 2;

/// Frame indices of a policy over a clip of `n_frames`, ascending and unique:
/// "all"; "every2": 0, 2, 4, ...; "none"; "evenK" with K >= 1: floor((i + 0.5) n / K) for i =
/// 0..K-1, clips shorter than K give every frame once; "stepsK": the later frame of K steps from
/// one frame to the next, chosen as evenK among all steps that stay away from kStepMargin frames at
/// each end. Throws Error(kInternal) for any other policy.
[[nodiscard]] std::vector<std::int64_t> sample_frames(std::string_view policy,
                                                      std::int64_t n_frames);

/// Whether the policy asks for steps between frames: the frame before each chosen one is needed,
/// too.
[[nodiscard]] bool is_step_sampling(std::string_view policy);

}  // namespace changeling
