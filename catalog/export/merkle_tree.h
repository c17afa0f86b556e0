// catalog/export/merkle_tree.h: one digest for a sorted list, as RFC 6962 defines it. Layer 4.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/digest.h"

namespace changeling {

/// Merkle tree hash of RFC 6962, section 2.1, over leaves added in order: leaf = SHA-256(00 |
/// data), node = SHA-256(01 | left | right), no leaf = SHA-256 of nothing. Memory O(log n).
class MerkleTree {
 public:
  void add(std::string_view leaf);
  [[nodiscard]] Digest root() const;

 private:
  std::vector<std::pair<std::uint64_t, Digest>> peaks_;  ///< complete subtrees: leaves, root
};

}  // namespace changeling
