// Error rates of the gate on simulated catalogs (goal E2):
//   gate_goal
// Null: two disjoint halves of one method's pairs are compared 200 times; no gated metric may be
// flagged more often than its level says. A detector's AUC, which the gate compares clip by clip,
// is drawn twice for the same clips instead. Power: a planted loss of identity and a shift of the
// landmarks, at the number of people that the minimum detectable difference of a pilot names.
// Prints a table, then the verdict; exits 0 where the goal holds, 4 where it does not.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/store/gate_store.h"
#include "common/base/rng.h"
#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/holm.h"
#include "common/statistics/power.h"
#include "common/statistics/proportion.h"
#include "common/statistics/roc.h"
#include "common/statistics/score_bootstrap.h"
#include "reports/model/gate.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kCatalogs = 10;
constexpr int kHalvings = 20;  ///< of each catalog
constexpr int kRepeats = 60;
constexpr double kLevel = 0.05;
constexpr double kMostFlagged = 0.06;
constexpr double kPower = 0.8;
constexpr int kPilotPeople = 40;
constexpr double kIdentityLoss = 0.02;  ///< share of the mean
/// The outer eye corners are 90 px apart in a 256 px crop of scale 1.2, so 1 px is 1.1 %.
constexpr double kLandmarkShift = 100.0 / 90.0;

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = i;
  }
  CounterRng rng(derive_seed(seed, {"halves"}));
  for (std::size_t i = count; i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(rng.below(i))]);
  }
  return order;
}

/// One-sided p value of "the second half is worse".
double p_value_of_halves(const SimulatedCatalog& catalog, const SimulatedMetric& metric,
                         const std::vector<std::size_t>& order, const std::string& name) {
  std::vector<CrossedValue> halves[2];
  const double sign = metric.direction == "up" ? 1 : -1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const PairRow& pair = catalog.pairs()[order[i]];
    halves[i % 2].push_back({sign * catalog.draw(metric, pair, "mesh_swap", {}),
                             pair.source_subject.value, pair.target_subject.value});
  }
  const BootstrapEstimate estimate =
      bootstrap_difference(halves[1], halves[0], {"E2 " + name, metric.name, "all"}, {1000, 0.95});
  return p_value_below(estimate, 0);
}

/// The same of a detector whose noise on the same clips is drawn anew, as gate.cpp compares runs.
double p_value_of_detector(const SimulatedCatalog& catalog, const std::string& name) {
  SimulatedDetector before;
  before.sd_noise = 0.5;
  before.noise_seed = derive_seed(1, {"detector", name});
  SimulatedDetector after = before;
  after.noise_seed = derive_seed(2, {"detector", name});
  std::vector<PairedScore> items;
  std::set<std::int64_t> people;
  for (const PairRow& pair : catalog.pairs()) {
    const std::int64_t person = pair.target_subject.value;
    const auto add = [&](bool is_fake) {
      items.push_back({catalog.draw_score(before, pair, "mesh_swap", is_fake),
                       catalog.draw_score(after, pair, "mesh_swap", is_fake), is_fake, person,
                       is_fake ? std::optional(pair.source_subject.value) : std::nullopt});
    };
    add(true);
    if (people.insert(person).second) {
      add(false);
    }
  }
  const std::optional<BootstrapEstimate> estimate =
      bootstrap_score_difference(items, auc, {"E2 " + name, "detector_auc", "all"}, {1000, 0.95});
  return p_value_below(estimate.value(), 0);
}

struct NullResult {
  std::map<std::string, int> flagged;  ///< by metric, unadjusted
  int any = 0;                         ///< comparisons with a flag after Holm
};

NullResult measure_null() {
  NullResult result;
  for (int number = 0; number < kCatalogs; ++number) {
    TempDir folder;
    const SimulatedCatalog catalog(folder.path(), 60, 240, 1000 + static_cast<unsigned>(number));
    for (int halving = 0; halving < kHalvings; ++halving) {
      const std::string name = std::to_string(number) + "/" + std::to_string(halving);
      const std::vector<std::size_t> order =
          shuffled(catalog.pairs().size(), derive_seed(static_cast<unsigned>(number), {name}));
      std::vector<double> p_values;
      for (const SimulatedMetric& metric : simulated_metrics()) {
        p_values.push_back(p_value_of_halves(catalog, metric, order, name));
        result.flagged[metric.name] += p_values.back() < kLevel ? 1 : 0;
      }
      p_values.push_back(p_value_of_detector(catalog, name));
      result.flagged["detector_auc"] += p_values.back() < kLevel ? 1 : 0;
      const std::vector<double> adjusted = holm_adjust(p_values);
      result.any +=
          std::any_of(adjusted.begin(), adjusted.end(), [](double p) { return p < kLevel; }) ? 1
                                                                                             : 0;
    }
  }
  return result;
}

SimulatedRun suite_run(std::uint64_t noise_seed) {
  SimulatedRun run;
  run.suite = "power";
  run.noise_seed = noise_seed;
  return run;
}

GateRules power_rules() {
  GateRules rules;
  rules.tolerances = parse_tolerances({"id_margin=0.5%", "lmk_nme=1%"});
  rules.replicates = 1000;
  return rules;
}

const GateLine& line_of(const GateModel& model, const std::string& metric) {
  return *std::find_if(model.lines.begin(), model.lines.end(),
                       [&](const GateLine& line) { return line.metric == metric; });
}

/// A gate over `n_people` with a baseline and a run that is worse by `shifts`.
class Trial {
 public:
  explicit Trial(int n_people) : catalog_(folder_.path(), n_people, 3 * n_people, 7) {
    const std::string baseline = catalog_.add_run(suite_run(1));
    GateStore(catalog_.database()).set_baseline("power", baseline, "goal", "E2");
  }

  GateModel judge(std::uint64_t noise_seed, const std::map<std::string, double>& shifts) {
    SimulatedRun run = suite_run(noise_seed);
    run.shifts = shifts;
    return judge_run(catalog_.database(), {catalog_.add_run(run), "", false, power_rules()});
  }

 private:
  TempDir folder_;
  SimulatedCatalog catalog_;
};

struct PowerResult {
  std::int64_t n_people = 0;
  std::map<std::string, int> failed;
};

/// People at which the MDD of both metrics is the planted loss less the tolerance, by a pilot.
std::int64_t people_for(const std::map<std::string, double>& shifts) {
  const GateModel pilot = Trial(kPilotPeople).judge(2, {});
  std::int64_t people = 12;
  for (const auto& [metric, shift] : shifts) {
    const PairedDelta& delta = line_of(pilot, metric).delta;
    const double visible = std::abs(shift) - *delta.tolerance;
    const double error = *delta.mde / minimum_detectable_difference(1, delta.n_people);
    const std::int64_t needed = clusters_to_detect(visible, error, delta.n_people);
    std::printf("%-10s loss %.4g, tolerance %.4g, MDD %.4g at %lld people: %lld are needed\n",
                metric.c_str(), std::abs(shift), *delta.tolerance, *delta.mde,
                static_cast<long long>(delta.n_people), static_cast<long long>(needed));
    people = std::max(people, needed);
  }
  return people;
}

double mean_of(const std::string& metric) {
  for (const SimulatedMetric& row : simulated_metrics()) {
    if (row.name == metric) {
      return row.mean;
    }
  }
  return 0;
}

PowerResult measure_power() {
  const std::map<std::string, double> shifts = {
      {"id_margin", -kIdentityLoss * mean_of("id_margin")}, {"lmk_nme", kLandmarkShift}};
  PowerResult result;
  result.n_people = people_for(shifts);
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    Trial trial(static_cast<int>(result.n_people));
    const GateModel model = trial.judge(100 + static_cast<unsigned>(repeat), shifts);
    for (const auto& entry : shifts) {
      result.failed[entry.first] +=
          line_of(model, entry.first).delta.verdict == Verdict::kFail ? 1 : 0;
    }
  }
  return result;
}

int run() {
  constexpr int kComparisons = kCatalogs * kHalvings;
  const NullResult null = measure_null();
  double worst_rate = 0;
  for (const auto& [metric, count] : null.flagged) {
    std::printf("null: %-15s flagged %d of %d\n", metric.c_str(), count, kComparisons);
    worst_rate = std::max(worst_rate, static_cast<double>(count) / kComparisons);
  }
  const double any_rate = static_cast<double>(null.any) / kComparisons;
  const PowerResult power = measure_power();
  bool has_power = true;
  for (const auto& [metric, count] : power.failed) {
    const Interval interval = wilson_interval(count, kRepeats);
    std::printf("power: %-10s fails %d of %d, 95 %% interval %.2f to %.2f\n", metric.c_str(), count,
                kRepeats, interval.low, interval.high);
    has_power = has_power && interval.high >= kPower;
  }
  const bool holds = any_rate <= kMostFlagged && worst_rate <= kMostFlagged && has_power;
  std::printf(
      "E2 %s: null %.1f %% of %d comparisons flag a metric (after Holm), worst single metric %.1f "
      "%%; power at %lld people: id_margin %d of %d, lmk_nme %d of %d\n",
      holds ? "holds" : "does not hold", 100 * any_rate, kComparisons, 100 * worst_rate,
      static_cast<long long>(power.n_people), power.failed.at("id_margin"), kRepeats,
      power.failed.at("lmk_nme"), kRepeats);
  return holds ? 0 : 4;
}

}  // namespace
}  // namespace changeling

int main() {
  return changeling::run();
}
