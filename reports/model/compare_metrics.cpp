// Metrics and slices of a comparison: summaries, paired differences, verdicts.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "common/statistics/power.h"
#include "reports/model/clip_summary.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/metric_texts.h"
#include "reports/model/report_parts.h"
#include "reports/model/slices.h"

namespace changeling {
namespace {

/// How much better `b` is than `a`; in the metric's own unit.
double improvement(const std::string& direction, double a, double b) {
  if (direction == "up") {
    return b - a;
  }
  if (direction == "down") {
    return a - b;
  }
  const double ideal = direction == "to_one" ? 1 : 0;
  return std::abs(a - ideal) - std::abs(b - ideal);
}

std::string versioned(const ComparedMetric& metric) {
  return metric.name + "@" + std::to_string(metric.version);
}

std::vector<std::size_t> all_pairs(const ComparisonData& data) {
  std::vector<std::size_t> pairs(data.pairs.size());
  std::iota(pairs.begin(), pairs.end(), std::size_t{0});
  return pairs;
}

std::vector<CrossedValue> values_of(const ComparisonData& data, const ComparedMetric& metric,
                                    std::size_t side, const std::vector<std::size_t>& pairs) {
  std::vector<CrossedValue> values;
  for (const std::size_t pair : pairs) {
    if (const std::optional<double>& value = metric.clips[pair].values[side]) {
      values.push_back(
          {*value, data.pairs[pair].source_subject.value, data.pairs[pair].target_subject.value});
    }
  }
  return values;
}

/// The summary of one column.
SideMetric summarize(const ComparisonData& data, const ComparedMetric& metric, std::size_t side,
                     const ValueColumn& column, const GateRules& rules) {
  const std::vector<CrossedValue> values = values_of(data, metric, side, all_pairs(data));
  SideMetric summary = summarize_values(values, data.sides[side].run->run, metric.name,
                                        metric.version, drawn_by(rules));
  summary.missing = column.missing;
  if (column.n_asked > 0) {
    summary.coverage = static_cast<double>(summary.n_clips) / static_cast<double>(column.n_asked);
  }
  return summary;
}

ComparedMetric describe(const MetricDefRow& definition) {
  const MetricText text = metric_text(definition.name);
  ComparedMetric metric;
  metric.name = definition.name;
  metric.version = definition.version;
  metric.title = text.title;
  metric.definition = text.definition;
  metric.unit = definition.unit;
  metric.direction = definition.direction;
  return metric;
}

/// P value and sample size need the tolerance and the replicates, which are not kept.
void add_test(const BootstrapEstimate& result, PairedDelta& delta) {
  if (!delta.tolerance) {
    return;
  }
  delta.p_value = p_value_below(result, -*delta.tolerance);
  if (result.standard_error > 0 && *delta.tolerance > 0) {
    delta.people_needed =
        clusters_to_detect(*delta.tolerance, result.standard_error, result.n_clusters);
  }
}

/// Fills every column of one metric; `read` gives the values of a column.
template <typename Read>
ComparedMetric fill(const ComparisonData& data, ComparedMetric metric, const GateRules& rules,
                    const Read& read) {
  std::vector<ValueColumn> columns;
  for (const SideData& side : data.sides) {
    columns.push_back(read(side));
  }
  metric.clips.resize(data.pairs.size());
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    metric.clips[pair].pair = pair_name(data.pairs[pair]);
    for (const ValueColumn& column : columns) {
      metric.clips[pair].values.push_back(column.values[pair]);
    }
  }
  for (std::size_t side = 0; side < columns.size(); ++side) {
    metric.sides.push_back(summarize(data, metric, side, columns[side], rules));
  }
  metric.is_gated = rules.find(metric.name) != nullptr;
  add_deltas(metric, [&](std::size_t from, std::size_t to) {
    return make_delta(data, metric, from, to, "all", {}, rules);
  });
  return metric;
}

ComparedMetric yield_metric() {
  ComparedMetric metric;
  metric.name = "yield";
  const MetricText text = metric_text(metric.name);
  metric.title = text.title;
  metric.definition = text.definition;
  metric.unit = "1";
  metric.direction = "up";
  return metric;
}

int order_of(const ComparedMetric& metric) {
  if (metric.name == "yield") {
    return -3;
  }
  return metric.name == "coverage" ? -2 : metric.is_gated ? -1 : metric_order(metric.name);
}

/// Newest definition of every metric that any column has, by name.
std::map<std::string, MetricDefRow> definitions_of(const ComparisonData& data) {
  std::map<std::string, MetricDefRow> definitions;
  for (const SideData& side : data.sides) {
    for (const MetricData& metric : side.run->metrics) {
      definitions.emplace(metric.definition.name, metric.definition);
    }
  }
  return definitions;
}

const MetricData* find_data(const RunData& run, MetricId id) {
  for (const MetricData& metric : run.metrics) {
    if (metric.definition.id == id) {
      return &metric;
    }
  }
  return nullptr;
}

/// The stored distances of all columns; nothing to resample, so no difference is judged.
ComparedMetric compare_distances(const ComparisonData& data, const MetricDefRow& definition) {
  ComparedMetric metric = describe(definition);
  for (const SideData& side : data.sides) {
    const MetricData* stored = find_data(*side.run, definition.id);
    metric.sides.push_back(stored ? stored_distance(*stored, side.method) : SideMetric());
  }
  add_deltas(metric, [](std::size_t, std::size_t to) {
    PairedDelta delta;
    delta.side = to;
    delta.note = "One number of the whole set: shown, not judged.";
    return delta;
  });
  return metric;
}

ComparedMetric compare_clips(const ComparisonData& data, const MetricDefRow& definition,
                             const GateRules& rules) {
  return fill(data, describe(definition), rules,
              [&](const SideData& side) { return read_column(side, definition); });
}

SliceCell make_cell(const ComparisonData& data, const ComparedMetric& metric, std::size_t side,
                    const std::string& slice, const std::vector<std::size_t>& pairs,
                    const GateRules& rules) {
  SliceCell cell;
  SliceSize size;
  std::vector<std::size_t> measured;
  std::vector<CrossedValue> values;
  for (const std::size_t pair : pairs) {
    if (const auto& value = metric.clips[pair].values[side]) {
      size.add(data.pairs[pair].target_subject);
      measured.push_back(pair);
      values.push_back({*value, 0, 0});
    }
  }
  cell.n_clips = size.n_clips();
  cell.n_people = size.n_people();
  cell.delta.side = side;
  if (!size.is_large()) {
    return cell;
  }
  double sum = 0;
  for (const CrossedValue& value : values) {
    sum += value.value;
  }
  cell.mean = sum / static_cast<double>(values.size());
  if (side > 0) {
    cell.delta = make_delta(data, metric, 0, side, slice, measured, rules);
  }
  return cell;
}

/// Whether make_cell gives numbers; reads no more of the pairs than that takes.
bool is_large(const ComparisonData& data, const ComparedMetric& metric, std::size_t side,
              const std::vector<std::size_t>& pairs) {
  SliceSize size;
  return std::any_of(pairs.begin(), pairs.end(), [&](std::size_t pair) {
    if (metric.clips[pair].values[side]) {
      size.add(data.pairs[pair].target_subject);
    }
    return size.is_large();
  });
}

/// An area under a curve is of the whole, not of a clip.
bool is_sliced(const ComparedMetric& metric) {
  return metric.is_gated && !metric.clips.empty();
}

/// Pairs of each slice.
using SliceMembers = std::map<SliceKey, std::vector<std::size_t>>;

/// Differences of the columns from the first, over all slices.
std::size_t count_differences(const ComparisonData& data,
                              const std::vector<ComparedMetric>& metrics,
                              const SliceMembers& members) {
  std::size_t count = 0;
  for (const ComparedMetric& metric : metrics) {
    for (const auto& member : members) {
      for (std::size_t side = 1; is_sliced(metric) && side < data.sides.size(); ++side) {
        count += is_large(data, metric, side, member.second) ? 1 : 0;
      }
    }
  }
  return count;
}

/// Worst difference over the columns; suppressed slices count as the best.
double badness(const ComparedSlice& slice) {
  double lowest = 1e300;
  for (const SliceCell& cell : slice.cells) {
    if (cell.mean) {
      lowest = std::min(lowest, cell.delta.delta.value_or(0));
    }
  }
  return lowest;
}

}  // namespace

PairedDelta make_delta(const ComparisonData& data, const ComparedMetric& metric, std::size_t from,
                       std::size_t to, const std::string& slice,
                       const std::vector<std::size_t>& pairs, const GateRules& rules) {
  PairedDelta delta;
  delta.side = to;
  std::vector<CrossedValue> differences;
  for (const std::size_t pair : pairs.empty() ? all_pairs(data) : pairs) {
    const std::vector<std::optional<double>>& values = metric.clips[pair].values;
    if (values[from] && values[to]) {
      differences.push_back({improvement(metric.direction, *values[from], *values[to]),
                             data.pairs[pair].source_subject.value,
                             data.pairs[pair].target_subject.value});
    }
  }
  set_tolerance(rules, metric, 0, delta);
  delta.n_pairs = static_cast<std::int64_t>(differences.size());
  if (differences.empty()) {
    return delta;
  }
  const RunData& run = data.first();
  const BootstrapKey key{run.list.list_sha256 ? run.list.list_sha256->hex() : "unnamed",
                         versioned(metric) + " paired", slice};
  const BootstrapEstimate result = bootstrap_mean_two_way(differences, key, drawn_by(rules));
  set_difference(result, rules, delta);
  return delta;
}

BootstrapOptions drawn_by(const GateRules& rules) {
  return {rules.replicates, 0.95, rules.on_replicate};
}

std::size_t intervals_of_metric(const ComparisonData& data) {
  const std::size_t n = data.sides.size();
  return n + (n - 1) * (n > 2 ? 2 : 1);
}

GateRules counted(const ComparisonData& data, const GateRules& rules, const std::string& part,
                  std::size_t intervals) {
  GateRules watched = rules;
  watched.on_replicate =
      watched_draws(data.progress, part, static_cast<std::int64_t>(intervals), rules.replicates)
          .on_replicate;
  return watched;
}

void set_tolerance(const GateRules& rules, const ComparedMetric& metric, std::size_t anchor,
                   PairedDelta& delta) {
  if (const Tolerance* rule = rules.find(metric.name)) {
    delta.tolerance = rule->absolute(metric.sides[anchor].mean.value_or(0));
  }
}

void add_deltas(ComparedMetric& metric, const DeltaOf& delta_of) {
  const std::size_t n_sides = metric.sides.size();
  for (std::size_t side = 1; side < n_sides; ++side) {
    metric.deltas.push_back(delta_of(0, side));
    if (n_sides > 2) {
      metric.rungs.push_back(delta_of(side - 1, side));
      metric.rungs.back().tolerance.reset();
    }
  }
}

void set_difference(const BootstrapEstimate& result, const GateRules& rules, PairedDelta& delta) {
  delta.delta = result.mean;
  delta.n_people = result.n_clusters;
  if (result.interval && result.n_clusters >= rules.min_people) {
    delta.low = result.interval->low;
    delta.high = result.interval->high;
    delta.replicates = static_cast<std::int64_t>(result.replicates.size());
    delta.mde = minimum_detectable_difference(result.standard_error, result.n_clusters);
    add_test(result, delta);
  }
}

std::vector<ComparedMetric> make_compared_metrics(const ComparisonData& data,
                                                  const GateRules& unwatched) {
  const std::map<std::string, MetricDefRow> definitions = definitions_of(data);
  const auto n_drawn =
      1 + std::count_if(definitions.begin(), definitions.end(), [](const auto& entry) {
        return entry.second.level != "set";  // and the yield
      });
  const GateRules rules = counted(data, unwatched, "metrics",
                                  static_cast<std::size_t>(n_drawn) * intervals_of_metric(data));
  std::vector<ComparedMetric> metrics = {fill(data, yield_metric(), rules, yield_column)};
  for (const auto& entry : definitions) {
    const MetricDefRow& definition = entry.second;
    ComparedMetric metric = definition.level == "set" ? compare_distances(data, definition)
                                                      : compare_clips(data, definition, rules);
    if (const MetricData* stored = find_data(data.first(), definition.id)) {
      metric.baselines = make_baselines(*stored);
    }
    const bool has_rows =
        std::any_of(metric.sides.begin(), metric.sides.end(),
                    [](const SideMetric& side) { return side.mean || !side.missing.empty(); });
    if (has_rows) {
      metrics.push_back(std::move(metric));
    }
  }
  for (ComparedMetric& area : make_compared_detectors(data, rules)) {
    metrics.push_back(std::move(area));
  }
  std::stable_sort(
      metrics.begin(), metrics.end(),
      [](const ComparedMetric& a, const ComparedMetric& b) { return order_of(a) < order_of(b); });
  return metrics;
}

std::vector<ComparedSlice> make_compared_slices(const ComparisonData& data,
                                                const std::vector<ComparedMetric>& metrics,
                                                const GateRules& unwatched) {
  SliceMembers members;
  for (std::size_t pair = 0; pair < data.pairs.size(); ++pair) {
    const auto has_job = std::find_if(data.sides.begin(), data.sides.end(),
                                      [&](const SideData& s) { return s.jobs[pair] != nullptr; });
    if (has_job != data.sides.end()) {
      for (const SliceKey& slice : slices_of(*has_job->run, data.pairs[pair])) {
        members[slice].push_back(pair);
      }
    }
  }
  const GateRules rules =
      counted(data, unwatched, "slices", count_differences(data, metrics, members));
  std::vector<ComparedSlice> slices;
  for (const ComparedMetric& metric : metrics) {
    if (!is_sliced(metric)) {
      continue;
    }
    for (const auto& [key, pairs] : members) {
      ComparedSlice slice{metric.name, key.group, key.bin, {}};
      for (std::size_t side = 0; side < data.sides.size(); ++side) {
        slice.cells.push_back(
            make_cell(data, metric, side, key.group + "=" + key.bin, pairs, rules));
      }
      slices.push_back(std::move(slice));
    }
  }
  std::stable_sort(
      slices.begin(), slices.end(),
      [](const ComparedSlice& a, const ComparedSlice& b) { return badness(a) < badness(b); });
  return slices;
}

}  // namespace changeling
