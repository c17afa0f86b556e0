// reports/model/comparison_parts.h: the parts of a ComparisonModel, each from the rows it needs.
// Layer 2, internal to reports.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/statistics/cluster_bootstrap.h"
#include "reports/model/comparison_data.h"

namespace changeling {

/// Yield, then every metric that has a value in any column: summaries, deltas with p values. Gated
/// metrics come first. No verdicts yet. Distances of whole sets stand there as the evaluations
/// stored them, without differences (docs/decisions/018).
[[nodiscard]] std::vector<ComparedMetric> make_compared_metrics(const ComparisonData& data,
                                                                const GateRules& rules);

/// The area under the ROC curve of every detector that scored clips of a column, each version a
/// metric of its own: fakes of the column's method against its controls, over the clips with a
/// score. Fakes that a detector finds less easily are better. No verdicts yet.
[[nodiscard]] std::vector<ComparedMetric> make_compared_detectors(const ComparisonData& data,
                                                                  const GateRules& rules);

/// As make_delta, of a metric that make_compared_detectors gave.
[[nodiscard]] PairedDelta make_area_delta(const ComparisonData& data, const ComparedMetric& metric,
                                          std::size_t from, std::size_t to, const GateRules& rules);

/// A column whose gated metrics are tested against its comparison's first one.
struct JudgedColumn {
  const ComparisonData* data = nullptr;
  std::size_t side = 1;
  std::vector<ComparedMetric>* metrics = nullptr;  ///< of make_compared_metrics
};

/// Sets p_holm and verdict of the gated metrics of columns that one verdict is made of: all their
/// metrics with a p value are tests of one Holm procedure. Deltas over few people whose p lies at
/// its floor are drawn again with more replicates, up to kMostReplicates, where they could not fail
/// otherwise.
void judge_columns(const std::vector<JudgedColumn>& columns, const GateRules& rules);

/// Gated metrics by slice, worst difference first; suppressed slices last.
[[nodiscard]] std::vector<ComparedSlice> make_compared_slices(
    const ComparisonData& data, const std::vector<ComparedMetric>& metrics, const GateRules& rules);

/// Pairs that lost or gained their fake, and those whose identity margin changed its sign.
[[nodiscard]] std::vector<ComparisonFlip> make_flips(const ComparisonData& data,
                                                     const std::vector<ComparedMetric>& metrics);

/// 10 worst, 10 best and 10 most changed pairs of the last column by `metric`; never more than a
/// third of the pairs each. Ties by pair.
[[nodiscard]] std::vector<ComparisonExemplar> make_comparison_exemplars(
    const ComparisonData& data, const std::vector<ComparedMetric>& metrics,
    const std::string& metric);

[[nodiscard]] std::vector<ThroughputDelta> make_throughput(const ComparisonData& data,
                                                           const GateRules& rules);

/// Commits, settings, networks and environment in which the columns differ.
[[nodiscard]] std::vector<ComparisonDifference> make_differences(const ComparisonData& data);

/// Equal jobs of one clean build must have given equal fakes; nullopt where none are equal. What
/// else must hold of a column is make_checks; that no pixel outside the alpha mask differs from the
/// target is no check of rows: a job that breaks it ends without files (JobOutputs::write).
[[nodiscard]] std::optional<ReportCheck> check_determinism(const ComparisonData& data);

/// True when both columns ran on the same kind of machine with the same libraries.
[[nodiscard]] bool equal_environment(const RunRow& a, const RunRow& b);

/// How much worse the metric may get, by its rule and the mean of column `anchor`; nothing without
/// a rule.
void set_tolerance(const GateRules& rules, const ComparedMetric& metric, std::size_t anchor,
                   PairedDelta& delta);

/// The difference of column `to` against column `from`.
using DeltaOf = std::function<PairedDelta(std::size_t from, std::size_t to)>;

/// Those of the columns, of their differences from the first, and of the rungs of three or more.
[[nodiscard]] std::size_t intervals_of_metric(const ComparisonData& data);

/// The rules, with the draws of `intervals` counted as a part of the comparison's work.
[[nodiscard]] GateRules counted(const ComparisonData& data, const GateRules& rules,
                                const std::string& part, std::size_t intervals);

/// How an interval of the comparison is drawn.
[[nodiscard]] BootstrapOptions drawn_by(const GateRules& rules);

/// Fills deltas, and of three columns or more rungs, which no tolerance judges. The sides are set.
void add_deltas(ComparedMetric& metric, const DeltaOf& delta_of);

/// Difference, interval, detectable difference and p value as far as there are people enough;
/// the delta's tolerance is set.
void set_difference(const BootstrapEstimate& result, const GateRules& rules, PairedDelta& delta);

/// Difference of two columns of one metric over their common pairs, without verdict. `slice` names
/// the draws; `pairs` limits the pairs (empty = all).
[[nodiscard]] PairedDelta make_delta(const ComparisonData& data, const ComparedMetric& metric,
                                     std::size_t from, std::size_t to, const std::string& slice,
                                     const std::vector<std::size_t>& pairs, const GateRules& rules);

}  // namespace changeling
