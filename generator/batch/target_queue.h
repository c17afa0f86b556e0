// generator/batch/target_queue.h: whose turn it is to be a target. Layer 3, no Torch.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <tuple>

#include "generator/batch/pair_rules.h"

namespace changeling {

/// Targets least tried first, equal ones by a hash. Each operation takes O(log targets).
class TargetQueue {
 public:
  struct Target {
    std::int64_t tries = 0;
    std::uint64_t hash = 0;
    std::size_t index = 0;  ///< the caller's number of the face

    [[nodiscard]] bool operator<(const Target& other) const {
      return std::tie(tries, hash, index) < std::tie(other.tries, other.hash, other.index);
    }
  };

  /// What the quotas of pose and occlusion lack; a face of unknown pose serves every bin.
  struct Need {
    std::optional<std::size_t> yaw_bin;
    bool is_occluded = false;
  };

  /// `face` is that of the target, here and below.
  void add(const Target& target, const Appearance& face) { kind_of(face).insert(target); }

  void erase(const Target& target, const Appearance& face) { kind_of(face).erase(target); }

  /// The first of those that serve the need in most respects; nullopt = nobody is left.
  [[nodiscard]] std::optional<Target> first(const Need& need) const;

  [[nodiscard]] bool is_empty() const { return !first({}); }

 private:
  static constexpr std::size_t kUnknownBin = kYawBins;

  std::set<Target>& kind_of(const Appearance& face) {
    return kinds_[yaw_bin(face).value_or(kUnknownBin)][face.is_occluded.value_or(false) ? 1 : 0];
  }

  std::array<std::array<std::set<Target>, 2>, kYawBins + 1> kinds_;  ///< by bin and occlusion
};

}  // namespace changeling
