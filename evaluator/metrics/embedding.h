// evaluator/metrics/embedding.h: distances of face embeddings. Layer 4, pure maths.
#pragma once

#include <vector>

namespace changeling {

/// As networks give them; of one network all have one length.
using Embedding = std::vector<float>;

/// Cosine of two embeddings; cosine(a, a) is exactly 1, NaN for a zero vector. Throws
/// Error(kInternal) for two lengths.
[[nodiscard]] double cosine(const Embedding& a, const Embedding& b);

/// Euclidean distance. Throws Error(kInternal) for two lengths.
[[nodiscard]] double distance(const Embedding& a, const Embedding& b);

}  // namespace changeling
