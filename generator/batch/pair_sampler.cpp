#include "generator/batch/pair_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "common/base/rng.h"
#include "generator/batch/pair_rules.h"
#include "generator/batch/target_queue.h"

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

/// Numbers in random order, each once, at a cost that hangs on how many are asked for and not on
/// how many there are: `numbers` is lent and put back in its order.
class Shuffle {
 public:
  explicit Shuffle(std::vector<std::size_t>& numbers) : numbers_(numbers) {}

  ~Shuffle() {
    for (std::size_t i = swapped_.size(); i-- > 0;) {
      std::swap(numbers_[i], numbers_[swapped_[i]]);
    }
  }

  Shuffle(const Shuffle&) = delete;
  Shuffle& operator=(const Shuffle&) = delete;

  [[nodiscard]] bool has_next() const { return swapped_.size() < numbers_.size(); }

  std::size_t next(CounterRng& rng) {
    const std::size_t i = swapped_.size();
    swapped_.push_back(i + rng.below(numbers_.size() - i));
    std::swap(numbers_[i], numbers_[swapped_[i]]);
    return numbers_[i];
  }

 private:
  std::vector<std::size_t>& numbers_;
  std::vector<std::size_t> swapped_;
};

/// Draws one part.
class PartSampler {
 public:
  PartSampler(const PairSpec& spec, const PersonTable& people, const std::set<Double>& doubles,
              std::string part, std::int64_t kept_refusals, PairDraw& result)
      : spec_(spec),
        rules_(spec, people, doubles),
        part_(std::move(part)),
        kept_refusals_(kept_refusals),
        result_(result) {}

  /// `appearances` of this part, sorted by key.
  void draw(const std::vector<const Appearance*>& appearances) {
    screen(appearances);
    sources_.resize(usable_.size());
    std::iota(sources_.begin(), sources_.end(), std::size_t{0});
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
    sum_up_refusals();
    report_quotas();
  }

 private:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  using Target = TargetQueue::Target;

  /// What is still worth trying in one stratum.
  struct Stratum {
    std::string name;
    bool is_plausible = false;
    TargetQueue targets;
    std::vector<bool> source_is_closed;
    std::unordered_set<std::size_t> refused;  ///< `number_of` two
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
    while (draw.index < wanted) {
      const std::optional<Target> target = stratum.targets.first({});
      if (!target) {
        break;
      }
      const Appearance& face = *usable_[target->index];
      stratum.targets.erase(*target, face);
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
    for (std::int64_t i = 0; drawn < wanted && i < last_index && !stratum.targets.is_empty(); ++i) {
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
      stratum.targets.add({0, key({name, "target", usable_[i]->key}), i}, *usable_[i]);
    }
    return stratum;
  }

  [[nodiscard]] std::uint64_t key(const std::vector<std::string>& more) const {
    std::vector<std::string_view> fields = {kPairSampler, part_};
    fields.insert(fields.end(), more.begin(), more.end());
    return derive_seed(spec_.seed, fields);
  }

  bool draw_one(Stratum& stratum, Draw& draw) {
    const TargetQueue::Need need = needed();
    while (const std::optional<Target> target = stratum.targets.first(need)) {
      const Appearance& face = *usable_[target->index];
      if (const char* reason = rules_.check_target(face, usage_, stratum.is_plausible)) {
        refuse(stratum, draw, nullptr, &face, reason);
        stratum.targets.erase(*target, face);
      } else if (try_sources(stratum, draw, *target)) {
        return true;
      }
      if (draw.attempt >= spec_.max_attempts) {
        break;
      }
    }
    const bool is_over = stratum.targets.is_empty() && spec_.pairs_per_part == 0;
    if (!is_over) {
      refuse(stratum, draw, nullptr, nullptr, "attempts_exhausted");
    }
    return false;
  }

  /// Tries sources in random order and moves the target back in the queue, or out of it when no
  /// source is left for it.
  bool try_sources(Stratum& stratum, Draw& draw, const Target& target) {
    Shuffle order(sources_);
    while (order.has_next()) {
      const std::size_t source = order.next(draw.rng);
      if (stratum.source_is_closed[source] ||
          stratum.refused.count(number_of(source, target.index)) > 0) {
        continue;
      }
      if (draw.attempt >= spec_.max_attempts) {
        requeue(stratum, target);
        return false;
      }
      if (accepts(stratum, draw, source, target.index)) {
        accept(stratum, draw, source, target);
        return true;
      }
    }
    stratum.targets.erase(target, *usable_[target.index]);
    return false;
  }

  /// Millions of pairs are refused where people are few and wanted pairs many.
  [[nodiscard]] std::size_t number_of(std::size_t source, std::size_t target) const {
    return source * usable_.size() + target;
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
      stratum.refused.insert(number_of(source, target));
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

  void accept(Stratum& stratum, const Draw& draw, std::size_t source, const Target& target) {
    const Appearance& from = *usable_[source];
    const Appearance& to = *usable_[target.index];
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
    const std::int64_t attempt = draw.attempt++;
    if (++n_refused_[stratum.name][reason] <= kept_refusals_) {
      result_.refusals.push_back(
          {part_, stratum.name, draw.index, attempt, media_of(source), media_of(target), reason});
    }
  }

  /// A row for the refusals of each stratum and reason that were not kept.
  void sum_up_refusals() {
    for (const auto& [stratum, reasons] : n_refused_) {
      std::int64_t draw_index = -1;
      for (const auto& [reason, count] : reasons) {
        if (count > kept_refusals_) {
          result_.refusals.push_back({part_, stratum, --draw_index, count - kept_refusals_,
                                      std::nullopt, std::nullopt, std::string(reason)});
        }
      }
    }
  }

  void requeue(Stratum& stratum, Target target) const {
    const Appearance& face = *usable_[target.index];
    stratum.targets.erase(target, face);
    ++target.tries;
    stratum.targets.add(target, face);
  }

  [[nodiscard]] TargetQueue::Need needed() const {
    const auto n_wanted = spec_.occluded_share * static_cast<double>(n_drawn_ + 1);
    return {neediest_yaw_bin(), has_occlusion_ && static_cast<double>(n_occluded_) < n_wanted};
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
  std::int64_t kept_refusals_;
  PairDraw& result_;
  /// Stratum -> reason -> refused draws.
  std::map<std::string, std::map<std::string_view, std::int64_t>> n_refused_;
  std::vector<const Appearance*> usable_;
  std::vector<std::size_t> sources_;  ///< of `usable_`, ascending between draws
  Usage usage_;
  bool has_occlusion_ = false;  ///< the corpus tells of some faces whether they are occluded
  bool has_poses_ = false;      ///< some tracks have poses
  std::map<std::string, std::int64_t> drawn_;
  std::array<std::int64_t, kYawBins> yaw_drawn_{};
  std::int64_t n_occluded_ = 0;
  std::int64_t n_drawn_ = 0;
};

}  // namespace

PairDraw draw_pairs(const SamplerInput& input, const PairSpec& spec, std::int64_t kept_refusals) {
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
      PartSampler(spec, people, input.doubles, part, kept_refusals, result).draw(appearances);
    }
  }
  return result;
}

}  // namespace changeling
