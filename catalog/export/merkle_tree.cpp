#include "catalog/export/merkle_tree.h"

namespace changeling {
namespace {

Digest node(const Digest& left, const Digest& right) {
  return Sha256()
      .update("\x01", 1)
      .update(left.bytes.data(), left.bytes.size())
      .update(right.bytes.data(), right.bytes.size())
      .finish();
}

}  // namespace

void MerkleTree::add(std::string_view leaf) {
  peaks_.emplace_back(1, Sha256().update("\0", 1).update(leaf).finish());
  while (peaks_.size() > 1 && peaks_[peaks_.size() - 2].first == peaks_.back().first) {
    const auto [leaves, right] = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = {2 * leaves, node(peaks_.back().second, right)};
  }
}

Digest MerkleTree::root() const {
  if (peaks_.empty()) {
    return sha256("");
  }
  Digest root = peaks_.back().second;
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) {
    root = node(peak->second, root);
  }
  return root;
}

}  // namespace changeling
