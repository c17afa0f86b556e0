// generator/batch/pair_rules.h: why a medium, or two of them, may not be paired. Layer 3, internal
// to the pair sampler.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "generator/batch/pair_sampler.h"

namespace changeling {

inline constexpr const char* kSelf = "self";
inline constexpr const char* kPlausible = "plausible";
inline constexpr const char* kUnconstrained = "unconstrained";
inline constexpr std::size_t kYawBins = 3;

using PersonTable = std::map<SubjectId, const SamplerPerson*>;

/// The pose bin (0-15, 15-45, 45+ degrees) of the furthest turn; nullopt when the pose is unknown.
[[nodiscard]] std::optional<std::size_t> yaw_bin(const Appearance& appearance);

/// Reuse counts of one part, over all its strata.
struct Usage {
  std::map<SubjectId, int> as_source, as_target;
  std::map<MediaId, int> media_as_source, media_as_target;
  std::map<std::pair<SubjectId, SubjectId>, int> subject_pairs;
  std::set<std::tuple<MediaId, SubjectId, MediaId, SubjectId>> pairs;

  void add(const Appearance& source, const Appearance& target);
};

/// The rules, each answering with a refusal code or nullptr. All are monotone while pairs are
/// added: what is refused once stays refused for the rest of the stratum. Keeps references to its
/// arguments.
class PairRules {
 public:
  PairRules(const PairSpec& spec, const PersonTable& people, const std::set<Double>& doubles)
      : spec_(spec), people_(people), doubles_(doubles) {}

  /// Why nobody may be paired with this appearance. `min_sharpness` of its part.
  [[nodiscard]] const char* screen(const Appearance& appearance,
                                   std::optional<double> min_sharpness) const;

  [[nodiscard]] const char* check_target(const Appearance& target, const Usage& usage,
                                         bool is_plausible) const;
  [[nodiscard]] const char* check_source(const Appearance& source, const Usage& usage,
                                         bool is_plausible) const;
  /// Of a target and a source that passed their own checks.
  [[nodiscard]] const char* check_pair(const Appearance& source, const Appearance& target,
                                       const Usage& usage, bool is_plausible) const;

  /// Of a target that passed its check and is to be its own source.
  [[nodiscard]] static const char* check_self(const Appearance& target, const Usage& usage);

 private:
  [[nodiscard]] const SamplerPerson& person(const Appearance& appearance) const;
  [[nodiscard]] bool has_attributes(const Appearance& appearance) const;
  [[nodiscard]] bool is_licensed(const Appearance& appearance) const;
  [[nodiscard]] bool is_pair_spent(const Appearance& source, const Appearance& target,
                                   const Usage& usage) const;
  [[nodiscard]] bool has_pose_gap(const Appearance& source, const Appearance& target) const;

  const PairSpec& spec_;
  const PersonTable& people_;
  const std::set<Double>& doubles_;
};

}  // namespace changeling
