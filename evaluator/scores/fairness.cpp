#include "evaluator/scores/fairness.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "catalog/store/slice_bins.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kThreshold = 0.5;
constexpr const char* kAreaGap = "auc_gap";

using Groups = std::map<std::string, ScoreItems>;

/// What a detector made of one group.
struct Rates {
  double n_fake = 0, n_real = 0, n_hit = 0, n_false_alarm = 0;

  void add(const ScoreItem& item) {
    const bool is_called = item.p >= kThreshold;
    (item.is_fake ? n_fake : n_real) += 1;
    (item.is_fake ? n_hit : n_false_alarm) += is_called ? 1 : 0;
  }

  [[nodiscard]] double tpr() const { return n_hit / n_fake; }

  [[nodiscard]] double fpr() const { return n_false_alarm / n_real; }

  [[nodiscard]] double accuracy() const {
    return (n_hit + n_real - n_false_alarm) / (n_fake + n_real);
  }

  [[nodiscard]] double positives() const { return (n_hit + n_false_alarm) / (n_fake + n_real); }
};

/// Largest minus smallest value over the groups.
double gap(const std::vector<Rates>& groups, double (Rates::*value)() const) {
  double low = (groups.front().*value)();
  double high = low;
  for (const Rates& rates : groups) {
    low = std::min(low, (rates.*value)());
    high = std::max(high, (rates.*value)());
  }
  return high - low;
}

bool has_both_classes(const ScoreItems& items) {
  const auto n_fake =
      std::count_if(items.begin(), items.end(), [](const ScoreItem& item) { return item.is_fake; });
  return n_fake > 0 && n_fake < static_cast<std::ptrdiff_t>(items.size());
}

Groups groups_of(const ScoreItems& clips, const std::string& attribute) {
  Groups groups;
  for (const ScoreItem& clip : clips) {
    const auto bin = clip.clip->slices.find(attribute);
    if (bin != clip.clip->slices.end()) {
      groups[bin->second].push_back(clip);
    }
  }
  return groups;
}

Groups enough_of(const Groups& groups) {
  Groups kept;
  for (const auto& [name, items] : groups) {
    if (is_slice(items) && has_both_classes(items)) {
      kept.emplace(name, items);
    }
  }
  return kept;
}

ScoreItems joined(const Groups& groups) {
  ScoreItems all;
  for (const auto& entry : groups) {
    all.insert(all.end(), entry.second.begin(), entry.second.end());
  }
  return all;
}

double area_of(const ScoreItems& items) {
  std::vector<ScoredItem> scores;
  for (const ScoreItem& item : items) {
    scores.push_back({item.p, item.is_fake});
  }
  return auc(scores).value();
}

/// Names of the groups with the largest and the smallest area.
std::pair<std::string, std::string> best_and_worst(const Groups& groups) {
  std::map<std::string, double> areas;
  for (const auto& [name, items] : groups) {
    areas.emplace(name, area_of(items));
  }
  const auto [worst, best] = std::minmax_element(
      areas.begin(), areas.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return {best->first, worst->first};
}

/// Makes the rows of one attribute.
class AttributeRows {
 public:
  AttributeRows(std::string attribute, Groups groups, const ScoreMetricOptions& options,
                const std::vector<ScoreMetric>& measured)
      : attribute_(std::move(attribute)),
        groups_(std::move(groups)),
        all_(joined(groups_)),
        options_(options),
        measured_(measured) {}

  [[nodiscard]] std::vector<ScoreMetric> make(const FairnessGaps& gaps) const {
    std::vector<ScoreMetric> rows;
    for (const auto& [name, value] : {std::pair("f_fpr", gaps.fpr),
                                      {"f_eo", gaps.equal_odds},
                                      {"f_oae", gaps.accuracy},
                                      {"f_dp", gaps.parity},
                                      {"f_meo", gaps.max_equal_odds}}) {
      AggregateRow& row = rows.emplace_back(empty_row(name, "down")).aggregate;
      row.value = value;
      row.ci_method = "none: resampling raises it";
    }
    ScoreMetric worst = empty_row("worst_auc", "up");
    ScoreMetric gap = empty_row(kAreaGap, "down");
    fill_areas(worst.aggregate, gap.aggregate);
    rows.push_back(std::move(worst));
    rows.push_back(std::move(gap));
    return rows;
  }

  [[nodiscard]] ScoreMetric too_few() const {
    ScoreMetric row = empty_row(kAreaGap, "down");
    row.aggregate.status = "too_few";
    return row;
  }

 private:
  /// Of all groups.
  ScoreMetric empty_row(const std::string& name, const std::string& direction) const {
    ScoreMetric metric;
    metric.definition = detector_metric(name, direction);
    metric.definition.params_json =
        R"({"cluster":"person seen","missing":"p = 0.5","threshold":0.5})";
    metric.aggregate.slice = "groups=" + attribute_;
    metric.aggregate.n = static_cast<std::int64_t>(all_.size());
    metric.aggregate.n_clusters = people_of(all_);
    metric.aggregate.coverage = coverage_of(all_);
    return metric;
  }

  /// The area of a slice, which was measured already.
  [[nodiscard]] const AggregateRow& area_of_slice(const std::string& slice) const {
    const auto found =
        std::find_if(measured_.begin(), measured_.end(), [&slice](const ScoreMetric& metric) {
          return metric.definition.name == "detector_auc" && metric.aggregate.slice == slice;
        });
    CHANGELING_REQUIRE(found != measured_.end(), "a group's area is missing");
    return found->aggregate;
  }

  void fill_areas(AggregateRow& worst_row, AggregateRow& gap_row) const {
    const auto [best, worst] = best_and_worst(groups_);
    const std::string worst_name = attribute_ + "=" + worst;
    const std::string of_groups = worst_row.slice;
    worst_row = area_of_slice(worst_name);
    worst_row.slice = of_groups;
    if (worst_row.ci_lo) {
      *worst_row.ci_method += "; of " + worst_name;
    }
    BootstrapOptions bootstrap;
    bootstrap.replicates = options_.replicates;
    const BootstrapEstimate gap =
        bootstrap_score_gap(clustered(groups_.at(best)), clustered(groups_.at(worst)), auc,
                            {options_.suite, "detector_auc_gap@1", gap_row.slice}, bootstrap)
            .value();
    gap_row.value = gap.mean;
    set_interval(gap.n_clusters >= kMinIntervalPeople ? gap.interval : std::nullopt,
                 gap_row.n_clusters,
                 bootstrap_method(options_.replicates) + "; " + attribute_ + "=" + best + " less " +
                     worst_name,
                 gap_row);
  }

  std::string attribute_;
  Groups groups_;
  ScoreItems all_;
  const ScoreMetricOptions& options_;
  const std::vector<ScoreMetric>& measured_;
};

}  // namespace

std::optional<FairnessGaps> fairness_gaps(const std::map<std::string, ScoreItems>& groups) {
  Rates whole;
  std::vector<Rates> rates;
  for (const auto& entry : groups) {
    if (!has_both_classes(entry.second)) {
      return std::nullopt;
    }
    Rates& of_group = rates.emplace_back();
    for (const ScoreItem& item : entry.second) {
      of_group.add(item);
      whole.add(item);
    }
  }
  if (rates.size() < 2) {
    return std::nullopt;
  }
  FairnessGaps gaps;
  for (const Rates& group : rates) {
    const double of_fpr = std::abs(group.fpr() - whole.fpr());
    gaps.fpr += of_fpr;
    gaps.equal_odds += of_fpr + std::abs(group.tpr() - whole.tpr());
  }
  gaps.accuracy = gap(rates, &Rates::accuracy);
  gaps.parity = gap(rates, &Rates::positives);
  // FNR and TNR are 1 minus TPR and FPR: their gaps are the same.
  gaps.max_equal_odds = std::max(gap(rates, &Rates::fpr), gap(rates, &Rates::tpr));
  return gaps;
}

std::vector<ScoreMetric> fairness_metrics(const ScoreItems& clips,
                                          const ScoreMetricOptions& options,
                                          const std::vector<ScoreMetric>& measured) {
  std::vector<ScoreMetric> metrics;
  for (const char* attribute : {kGenderSlice, kSkinToneSlice, kGenderToneSlice, kAgeSlice}) {
    const Groups groups = groups_of(clips, attribute);
    if (groups.size() < 2) {
      continue;
    }
    const Groups enough = enough_of(groups);
    if (const std::optional<FairnessGaps> gaps = fairness_gaps(enough)) {
      for (ScoreMetric& metric : AttributeRows(attribute, enough, options, measured).make(*gaps)) {
        metrics.push_back(std::move(metric));
      }
    } else {
      metrics.push_back(AttributeRows(attribute, groups, options, measured).too_few());
    }
  }
  return metrics;
}

}  // namespace changeling
