// Verdicts of one column: Holm's procedure over its gated metrics, with replicates enough that a
// loss of any of them can fail.
#include <algorithm>
#include <cmath>

#include "common/statistics/holm.h"
#include "reports/model/comparison_parts.h"
#include "reports/model/metric_texts.h"

namespace changeling {
namespace {

PairedDelta draw_again(const ComparisonData& data, const ComparedMetric& metric, std::size_t side,
                       const GateRules& rules) {
  return is_detector_area(metric.name) ? make_area_delta(data, metric, 0, side, rules)
                                       : make_delta(data, metric, 0, side, "all", {}, rules);
}

/// Draws more replicates where the column's number of tests and the people of a metric ask for
/// them, of metrics whose p lies at its floor alone. That keeps the level: the p which counts then,
/// of the first draw above the floor and of the second at it, is valid as each of them is, and
/// Holm's procedure counts all metrics (docs/decisions/006).
void draw_enough(const ComparisonData& data, std::size_t side, const GateRules& rules,
                 const std::vector<ComparedMetric*>& tested) {
  const auto n_tests = static_cast<std::int64_t>(tested.size());
  for (ComparedMetric* metric : tested) {
    PairedDelta& delta = metric->deltas[side - 1];
    const std::int64_t needed = replicates_for_a_fail(delta, n_tests);
    if (delta.replicates < needed && needed <= kMostReplicates) {
      GateRules more = rules;
      more.replicates = static_cast<int>(needed);
      delta = draw_again(data, *metric, side, more);
    }
  }
}

}  // namespace

void judge_column(const ComparisonData& data, std::size_t side, const GateRules& rules,
                  std::vector<ComparedMetric>& metrics) {
  std::vector<ComparedMetric*> tested;
  for (ComparedMetric& metric : metrics) {
    if (metric.is_gated && metric.deltas[side - 1].p_value) {
      tested.push_back(&metric);
    }
  }
  draw_enough(data, side, rules, tested);
  std::vector<double> p_values;
  for (const ComparedMetric* metric : tested) {
    p_values.push_back(metric->deltas[side - 1].p_value.value_or(1));
  }
  const std::vector<double> adjusted = holm_adjust(p_values);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    tested[i]->deltas[side - 1].p_holm = adjusted[i];
  }
  for (ComparedMetric& metric : metrics) {
    if (metric.is_gated) {
      const double gap = std::abs(metric.sides.front().coverage - metric.sides[side].coverage);
      judge({gap, &rules, static_cast<std::int64_t>(tested.size())}, metric.deltas[side - 1]);
    }
  }
}

}  // namespace changeling
