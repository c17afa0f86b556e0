// generator/methods/compositor.h: the one place where swapped pixels enter a frame. Layer 4.
#pragma once

#include "common/base/frame.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// A frame is swapped where a channel of some pixel differs from the target by more than this, of
/// 255 levels. What is written counts, not alpha: a high alpha may change nothing, a low one much.
/// Side by side frames of mesh_swap whose largest difference was 12 to 14 levels (mean 2) could not
/// be told from their targets; x264 at the default crf 23 changes such faces more (mean 2.2 to 3.3,
/// largest 10 to 35 in each of 20 frames of five clips).
inline constexpr int kUnseenLevels = 8;

/// out = target where alpha = 0; else round_half_up((alpha * swapped + (255 - alpha) * target) /
/// 255), per channel. Computes the changed mask. All three of the target's size. A frame in which
/// no pixel differs by more than kUnseenLevels is passed through. Throws Error(kInternal) when
/// sizes or formats differ.
[[nodiscard]] ComposedFrame composite(const Frame& target, const Frame& swapped,
                                      const Frame& alpha);

/// The target itself with empty masks.
[[nodiscard]] ComposedFrame pass_through(const Frame& target);

}  // namespace changeling
