#include "generator/batch/pair_rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace changeling {
namespace {

constexpr std::array<double, 2> kYawBoundsDeg = {15, 45};
constexpr int kLargestSkintoneGap = 1;

template <typename Map>
int count_of(const Map& counts, const typename Map::key_type& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

bool is_plausible_pair(const SamplerPerson& a, const SamplerPerson& b) {
  return a.gender == b.gender && std::abs(*a.skintone - *b.skintone) <= kLargestSkintoneGap;
}

}  // namespace

std::optional<std::size_t> yaw_bin(const Appearance& appearance) {
  if (!appearance.yaw_min_deg || !appearance.yaw_max_deg) {
    return std::nullopt;
  }
  const double turn =
      std::max(std::abs(*appearance.yaw_min_deg), std::abs(*appearance.yaw_max_deg));
  return turn < kYawBoundsDeg[0] ? 0 : (turn < kYawBoundsDeg[1] ? 1 : 2);
}

void Usage::add(const Appearance& source, const Appearance& target) {
  ++as_source[source.subject];
  ++as_target[target.subject];
  ++media_as_source[source.media];
  ++media_as_target[target.media];
  ++subject_pairs[{source.subject, target.subject}];
  pairs.emplace(source.media, source.subject, target.media, target.subject);
}

const char* PairRules::screen(const Appearance& appearance,
                              std::optional<double> min_sharpness) const {
  if (appearance.is_withdrawn) {
    return "withdrawn";
  }
  if (!appearance.is_probed) {
    return "probe_error";
  }
  if (!is_licensed(appearance)) {
    return "licence_forbids";
  }
  if (appearance.shows_other_part) {
    return "bystander_leak";
  }
  if (appearance.has_double_elsewhere) {
    return "near_duplicate";
  }
  if (appearance.shows_unknown) {
    return "bystander_unknown";
  }
  if (appearance.n_frames < spec_.min_frames) {
    return "track_short";
  }
  if (appearance.face_px && *appearance.face_px < spec_.min_face_px) {
    return "face_small";
  }
  const bool is_blurred =
      min_sharpness && appearance.sharpness && *appearance.sharpness < *min_sharpness;
  return is_blurred ? "blurred" : nullptr;
}

const char* PairRules::check_target(const Appearance& target, const Usage& usage,
                                    bool is_plausible) const {
  if (count_of(usage.as_target, target.subject) >= spec_.max_per_target_subject) {
    return "cap_target";
  }
  if (count_of(usage.media_as_target, target.media) >= spec_.max_per_medium) {
    return "cap_media";
  }
  return is_plausible && !has_attributes(target) ? "attr_unknown" : nullptr;
}

const char* PairRules::check_source(const Appearance& source, const Usage& usage,
                                    bool is_plausible) const {
  if (count_of(usage.as_source, source.subject) >= spec_.max_per_source_subject) {
    return "cap_source";
  }
  if (count_of(usage.media_as_source, source.media) >= spec_.max_per_medium) {
    return "cap_media";
  }
  return is_plausible && !has_attributes(source) ? "attr_unknown" : nullptr;
}

const char* PairRules::check_pair(const Appearance& source, const Appearance& target,
                                  const Usage& usage, bool is_plausible) const {
  if (source.subject == target.subject) {
    return "same_subject";
  }
  if (source.media == target.media) {
    return "same_media";
  }
  if (doubles_.count(std::minmax(source.subject, target.subject)) > 0) {
    return "near_duplicate";
  }
  if (person(source).leak_group == person(target).leak_group) {
    return "same_leak_group";
  }
  if (is_pair_spent(source, target, usage)) {
    return "cap_pair";
  }
  if (is_plausible && !is_plausible_pair(person(source), person(target))) {
    return "stratum_mismatch";
  }
  return has_pose_gap(source, target) ? "pose_gap" : nullptr;
}

const char* PairRules::check_self(const Appearance& target, const Usage& usage) {
  const bool is_spent =
      usage.pairs.count({target.media, target.subject, target.media, target.subject}) > 0;
  return is_spent ? "cap_pair" : nullptr;
}

const SamplerPerson& PairRules::person(const Appearance& appearance) const {
  return *people_.at(appearance.subject);
}

bool PairRules::has_attributes(const Appearance& appearance) const {
  return person(appearance).gender && person(appearance).skintone;
}

bool PairRules::is_licensed(const Appearance& appearance) const {
  const auto contains = [](const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  };
  return contains(spec_.consent_bases, appearance.consent_basis) &&
         !contains(spec_.forbidden_licences, appearance.licence) &&
         (appearance.is_redistributable || !spec_.redistributable_only);
}

bool PairRules::is_pair_spent(const Appearance& source, const Appearance& target,
                              const Usage& usage) const {
  const bool is_reversed = count_of(usage.subject_pairs, {target.subject, source.subject}) > 0;
  return count_of(usage.subject_pairs, {source.subject, target.subject}) >=
             spec_.max_per_subject_pair ||
         (is_reversed && !spec_.allow_reverse) ||
         usage.pairs.count({source.media, source.subject, target.media, target.subject}) > 0;
}

bool PairRules::has_pose_gap(const Appearance& source, const Appearance& target) const {
  if (!yaw_bin(source) || !yaw_bin(target)) {
    return false;
  }
  return *target.yaw_min_deg < *source.yaw_min_deg - spec_.max_pose_gap_deg ||
         *target.yaw_max_deg > *source.yaw_max_deg + spec_.max_pose_gap_deg;
}

}  // namespace changeling
