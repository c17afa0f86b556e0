// generator/methods/compositor.h: the one place where swapped pixels enter a frame. Layer 4.
#pragma once

#include "common/base/frame.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// out = target where alpha = 0; else round_half_up((alpha * swapped + (255 - alpha) * target) /
/// 255), per channel. Computes the changed mask. All three of the target's size; status is swapped,
/// or passthrough when no pixel has alpha > 0. Throws Error(kInternal) when sizes or formats
/// differ.
[[nodiscard]] ComposedFrame composite(const Frame& target, const Frame& swapped,
                                      const Frame& alpha);

/// The target itself with empty masks.
[[nodiscard]] ComposedFrame pass_through(const Frame& target);

}  // namespace changeling
