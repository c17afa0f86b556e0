#include "generator/batch/pair_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/rng.h"
#include "generator/batch/pair_rules.h"

namespace changeling {
namespace {

constexpr std::array<const char*, kYawBins> kYawQuotas = {"yaw_0_15", "yaw_15_45", "yaw_45_up"};

/// The value below which `percent` of the sorted values lie (nearest rank); nullopt without values.
std::optional<double> percentile(std::vector<double> values, double percent) {
  if (values.empty() || percent <= 0) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

/// Draws one part.
class PartSampler {
 public:
  PartSampler(const PairSpec& spec, const PersonTable& people, const std::set<Double>& doubles,
              std::string part, PairDraw& result)
      : spec_(spec), rules_(spec, people, doubles), part_(std::move(part)), result_(result) {}

  /// `appearances` of this part, sorted by key.
  void draw(const std::vector<const Appearance*>& appearances) {
    screen(appearances);
    has_occlusion_ = std::any_of(usable_.begin(), usable_.end(),
                                 [](const Appearance* a) { return a->is_occluded.has_value(); });
    has_poses_ = std::any_of(usable_.begin(), usable_.end(),
                             [](const Appearance* a) { return yaw_bin(*a).has_value(); });
    draw_self_pairs();
    const bool has_others = spec_.self_share < 1;
    if (has_others && spec_.plausible_share > 0) {
      draw_stratum(kPlausible, wanted_of(kPlausible));
    }
    if (has_others && spec_.plausible_share < 1) {
      draw_stratum(kUnconstrained, wanted_of(kUnconstrained));
    }
    report_quotas();
  }

 private:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  using Target = std::tuple<std::int64_t, std::uint64_t, std::size_t>;  ///< tries, hash, index

  /// What is still worth trying in one stratum.
  struct Stratum {
    std::string name;
    bool is_plausible = false;
    std::set<Target> targets;
    std::vector<bool> source_is_closed;
    std::set<std::pair<std::size_t, std::size_t>> refused;  ///< (source, target)
  };

  /// One draw in progress.
  struct Draw {
    std::int64_t index = 0;
    std::int64_t attempt = 0;
    CounterRng rng;
  };

  void screen(const std::vector<const Appearance*>& appearances) {
    std::vector<double> sharpness;
    for (const Appearance* appearance : appearances) {
      if (appearance->sharpness) {
        sharpness.push_back(*appearance->sharpness);
      }
    }
    const std::optional<double> limit = percentile(sharpness, spec_.min_sharpness_percentile);
    std::int64_t attempt = 0;
    for (const Appearance* appearance : appearances) {
      if (const char* reason = rules_.screen(*appearance, limit)) {
        result_.refusals.push_back(
            {part_, kScreeningStratum, -1, attempt++, std::nullopt, appearance->media, reason});
      } else {
        usable_.push_back(appearance);
      }
    }
  }

  [[nodiscard]] std::int64_t wanted_of(const char* stratum) const {
    return spec_.pairs_per_part == 0 ? kUnlimited : spec_.stratum_count(stratum);
  }

  /// Every usable appearance once, by hash. Their reuse is counted apart, and so are the quotas of
  /// pose and occlusion, which are for swaps.
  void draw_self_pairs() {
    const std::int64_t wanted = spec_.self_share > 0 ? wanted_of(kSelf) : 0;
    Stratum stratum = open_stratum(kSelf);
    Usage self_usage;
    Draw draw{0, 0, CounterRng(0)};
    for (const Target& entry : stratum.targets) {
      if (draw.index >= wanted) {
        break;
      }
      const Appearance& face = *usable_[std::get<2>(entry)];
      const char* reason = rules_.check_target(face, self_usage, false);
      if (reason == nullptr) {
        reason = PairRules::check_self(face, self_usage);
      }
      if (reason != nullptr) {
        refuse(stratum, draw, &face, &face, reason);
        continue;
      }
      result_.pairs.push_back(pair_of(stratum, draw, face, face));
      self_usage.add(face, face);
      draw = {draw.index + 1, 0, CounterRng(0)};
    }
    drawn_[kSelf] = draw.index;
  }

  void draw_stratum(const std::string& name, std::int64_t wanted) {
    Stratum stratum = open_stratum(name);
    std::int64_t drawn = 0;
    const std::int64_t last_index = wanted == kUnlimited ? kUnlimited : 2 * wanted;
    for (std::int64_t i = 0; drawn < wanted && i < last_index && !stratum.targets.empty(); ++i) {
      Draw draw{i, 0, CounterRng(key({name, std::to_string(i)}))};
      drawn += draw_one(stratum, draw) ? 1 : 0;
    }
    drawn_[name] = drawn;
  }

  Stratum open_stratum(const std::string& name) const {
    Stratum stratum;
    stratum.name = name;
    stratum.is_plausible = name == kPlausible;
    stratum.source_is_closed.assign(usable_.size(), false);
    for (std::size_t i = 0; i < usable_.size(); ++i) {
      stratum.targets.emplace(0, key({name, "target", usable_[i]->key}), i);
    }
    return stratum;
  }

  [[nodiscard]] std::uint64_t key(const std::vector<std::string>& more) const {
    std::vector<std::string_view> fields = {kPairSampler, part_};
    fields.insert(fields.end(), more.begin(), more.end());
    return derive_seed(spec_.seed, fields);
  }

  bool draw_one(Stratum& stratum, Draw& draw) {
    for (const Target& entry : preferred_targets(stratum)) {
      const std::size_t target = std::get<2>(entry);
      if (const char* reason =
              rules_.check_target(*usable_[target], usage_, stratum.is_plausible)) {
        refuse(stratum, draw, nullptr, usable_[target], reason);
        stratum.targets.erase(entry);
      } else if (try_sources(stratum, draw, target)) {
        return true;
      }
      if (draw.attempt >= spec_.max_attempts) {
        break;
      }
    }
    const bool is_over = stratum.targets.empty() && spec_.pairs_per_part == 0;
    if (!is_over) {
      refuse(stratum, draw, nullptr, nullptr, "attempts_exhausted");
    }
    return false;
  }

  /// Tries sources in random order and moves the target back in the queue, or out of it when no
  /// source is left for it.
  bool try_sources(Stratum& stratum, Draw& draw, std::size_t target) {
    std::vector<std::size_t> order(usable_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = 0; i < order.size(); ++i) {
      std::swap(order[i], order[i + draw.rng.below(order.size() - i)]);
      const std::size_t source = order[i];
      if (stratum.source_is_closed[source] || stratum.refused.count({source, target}) > 0) {
        continue;
      }
      if (draw.attempt >= spec_.max_attempts) {
        requeue(stratum, target);
        return false;
      }
      if (accepts(stratum, draw, source, target)) {
        accept(stratum, draw, source, target);
        return true;
      }
    }
    close_target(stratum, target);
    return false;
  }

  bool accepts(Stratum& stratum, Draw& draw, std::size_t source, std::size_t target) {
    if (const char* reason = rules_.check_source(*usable_[source], usage_, stratum.is_plausible)) {
      refuse(stratum, draw, usable_[source], nullptr, reason);
      stratum.source_is_closed[source] = true;
      return false;
    }
    if (const char* reason =
            rules_.check_pair(*usable_[source], *usable_[target], usage_, stratum.is_plausible)) {
      refuse(stratum, draw, usable_[source], usable_[target], reason);
      stratum.refused.emplace(source, target);
      return false;
    }
    return true;
  }

  [[nodiscard]] PairRow pair_of(const Stratum& stratum, const Draw& draw, const Appearance& from,
                                const Appearance& to) const {
    PairRow pair;
    pair.part = part_;
    pair.stratum = stratum.name;
    pair.draw_index = draw.index;
    pair.source_media = from.media;
    pair.target_media = to.media;
    pair.source_subject = from.subject;
    pair.target_subject = to.subject;
    pair.source_track = from.track;
    pair.target_track = to.track;
    return pair;
  }

  void accept(Stratum& stratum, const Draw& draw, std::size_t source, std::size_t target) {
    const Appearance& from = *usable_[source];
    const Appearance& to = *usable_[target];
    result_.pairs.push_back(pair_of(stratum, draw, from, to));
    usage_.add(from, to);
    if (const std::optional<std::size_t> bin = yaw_bin(to)) {
      ++yaw_drawn_[*bin];
    }
    n_occluded_ += to.is_occluded.value_or(false) ? 1 : 0;
    ++n_drawn_;
    requeue(stratum, target);
  }

  void refuse(const Stratum& stratum, Draw& draw, const Appearance* source,
              const Appearance* target, const char* reason) {
    const auto media_of = [](const Appearance* appearance) {
      return appearance == nullptr ? std::nullopt : std::make_optional(appearance->media);
    };
    result_.refusals.push_back({part_, stratum.name, draw.index, draw.attempt++, media_of(source),
                                media_of(target), reason});
  }

  static std::set<Target>::const_iterator find_target(const Stratum& stratum, std::size_t target) {
    return std::find_if(stratum.targets.begin(), stratum.targets.end(),
                        [target](const Target& entry) { return std::get<2>(entry) == target; });
  }

  static void close_target(Stratum& stratum, std::size_t target) {
    stratum.targets.erase(find_target(stratum, target));
  }

  static void requeue(Stratum& stratum, std::size_t target) {
    const auto place = find_target(stratum, target);
    Target entry = *place;
    stratum.targets.erase(place);
    ++std::get<0>(entry);
    stratum.targets.insert(entry);
  }

  /// Targets least tried first; those that serve the quotas of pose and occlusion before the
  /// others.
  [[nodiscard]] std::vector<Target> preferred_targets(const Stratum& stratum) const {
    const std::optional<std::size_t> wanted_bin = neediest_yaw_bin();
    const bool wants_occluded =
        has_occlusion_ &&
        static_cast<double>(n_occluded_) < spec_.occluded_share * static_cast<double>(n_drawn_ + 1);
    std::array<std::vector<Target>, 3> by_misses;
    for (const Target& entry : stratum.targets) {
      const Appearance& target = *usable_[std::get<2>(entry)];
      const bool wrong_bin = wanted_bin && yaw_bin(target) && yaw_bin(target) != wanted_bin;
      const bool is_clear = wants_occluded && !target.is_occluded.value_or(false);
      by_misses[(wrong_bin ? 1U : 0U) + (is_clear ? 1U : 0U)].push_back(entry);
    }
    std::vector<Target> order = std::move(by_misses[0]);
    for (const std::size_t misses : {1U, 2U}) {
      order.insert(order.end(), by_misses[misses].begin(), by_misses[misses].end());
    }
    return order;
  }

  /// The pose bin that lacks most targets, once any pose is known.
  [[nodiscard]] std::optional<std::size_t> neediest_yaw_bin() const {
    if (spec_.yaw_shares.empty() || !has_poses_) {
      return std::nullopt;
    }
    const auto total = static_cast<double>(
        std::accumulate(yaw_drawn_.begin(), yaw_drawn_.end(), std::int64_t{0}) + 1);
    std::size_t neediest = 0;
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t bin = 0; bin < yaw_drawn_.size(); ++bin) {
      const double need = spec_.yaw_shares[bin] * total - static_cast<double>(yaw_drawn_[bin]);
      if (need > largest) {
        largest = need;
        neediest = bin;
      }
    }
    return neediest;
  }

  void report_quotas() {
    for (const char* stratum : {kSelf, kPlausible, kUnconstrained}) {
      const std::int64_t wanted = spec_.stratum_count(stratum);
      if (spec_.pairs_per_part > 0 && (wanted > 0 || stratum != kSelf)) {
        result_.quotas.push_back({part_, stratum, wanted, drawn_[stratum]});
      }
    }
    const std::int64_t n_posed =
        std::accumulate(yaw_drawn_.begin(), yaw_drawn_.end(), std::int64_t{0});
    for (std::size_t bin = 0; bin < spec_.yaw_shares.size() && n_posed > 0; ++bin) {
      const auto wanted =
          static_cast<std::int64_t>(spec_.yaw_shares[bin] * static_cast<double>(n_posed));
      result_.quotas.push_back({part_, kYawQuotas[bin], wanted, yaw_drawn_[bin]});
    }
    if (has_occlusion_ && spec_.occluded_share > 0) {
      const auto wanted =
          static_cast<std::int64_t>(spec_.occluded_share * static_cast<double>(n_drawn_));
      result_.quotas.push_back({part_, "occluded", wanted, n_occluded_});
    }
  }

  const PairSpec& spec_;
  PairRules rules_;
  std::string part_;
  PairDraw& result_;
  std::vector<const Appearance*> usable_;
  Usage usage_;
  bool has_occlusion_ = false;  ///< the corpus tells of some faces whether they are occluded
  bool has_poses_ = false;      ///< some tracks have poses
  std::map<std::string, std::int64_t> drawn_;
  std::array<std::int64_t, kYawBins> yaw_drawn_{};
  std::int64_t n_occluded_ = 0;
  std::int64_t n_drawn_ = 0;
};

}  // namespace

PairDraw draw_pairs(const SamplerInput& input, const PairSpec& spec) {
  spec.check();
  PersonTable people;
  std::map<SubjectId, std::string> part_of;
  for (const SamplerPerson& person : input.people) {
    people[person.id] = &person;
    part_of[person.id] = person.part;
  }
  std::map<std::string, std::vector<const Appearance*>> by_part;
  for (const Appearance& appearance : input.appearances) {
    by_part[part_of.at(appearance.subject)].push_back(&appearance);
  }
  PairDraw result;
  for (const std::string& part : spec.parts) {
    std::vector<const Appearance*>& appearances = by_part[part];
    const bool has_people =
        std::any_of(input.people.begin(), input.people.end(),
                    [&part](const auto& person) { return person.part == part; });
    std::sort(appearances.begin(), appearances.end(),
              [](const Appearance* a, const Appearance* b) { return a->key < b->key; });
    if (has_people) {
      PartSampler(spec, people, input.doubles, part, result).draw(appearances);
    }
  }
  return result;
}

}  // namespace changeling
