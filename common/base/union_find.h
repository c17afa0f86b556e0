// common/base/union_find.h: sets that grow together. Layer 0.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace changeling {

/// Of the numbers 0 to size - 1, each alone at first.
class UnionFind {
 public:
  explicit UnionFind(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  /// Names the set: its smallest number.
  std::size_t find(std::size_t node) {
    while (parent_[node] != node) {
      parent_[node] = parent_[parent_[node]];
      node = parent_[node];
    }
    return node;
  }

  void unite(std::size_t a, std::size_t b) {
    const std::size_t root_a = find(a);
    const std::size_t root_b = find(b);
    parent_[std::max(root_a, root_b)] = std::min(root_a, root_b);
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace changeling
