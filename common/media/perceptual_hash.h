// common/media/perceptual_hash.h: a number by which equal pictures are found again after scaling
// and encoding. Layer 1.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/frame.h"

namespace changeling {

/// Which of the 8 x 8 lowest frequencies of the picture's luma, scaled to 32 x 32, lie above their
/// median (DCT hash; Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions,
/// 2010). Frequencies 1..8 of each axis: brightness and gradients along one axis alone do not
/// count. Pictures of one scene differ in a few of the 64 bits, others in about 32. nullopt for a
/// picture without structure (standard deviation below 2 of 255 levels).
[[nodiscard]] std::optional<std::uint64_t> perceptual_hash(const Frame& frame);

/// Number of bits in which two hashes differ.
[[nodiscard]] int hash_distance(std::uint64_t a, std::uint64_t b);

}  // namespace changeling
