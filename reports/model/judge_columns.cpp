// Verdicts of columns: Holm's procedure over all of their gated metrics, with replicates enough
// that a loss of any of them can fail.
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

/// A delta that Holm's procedure counts.
struct Test {
  const JudgedColumn* column = nullptr;
  const ComparedMetric* metric = nullptr;
  PairedDelta* delta = nullptr;
};

std::vector<Test> tests_of(const std::vector<JudgedColumn>& columns) {
  std::vector<Test> tests;
  for (const JudgedColumn& column : columns) {
    for (ComparedMetric& metric : *column.metrics) {
      PairedDelta& delta = metric.deltas[column.side - 1];
      if (metric.is_gated && delta.p_value) {
        tests.push_back({&column, &metric, &delta});
      }
    }
  }
  return tests;
}

/// Draws more replicates where the number of tests and the people of a metric ask for them, of
/// metrics whose p lies at its floor alone. That keeps the level: the p which counts then, of the
/// first draw above the floor and of the second at it, is valid as each of them is, and Holm's
/// procedure counts all metrics (docs/decisions/006).
void draw_enough(const std::vector<Test>& tests, const GateRules& rules) {
  const auto n_tests = static_cast<std::int64_t>(tests.size());
  for (const Test& test : tests) {
    const std::int64_t needed = replicates_for_a_fail(*test.delta, n_tests);
    if (test.delta->replicates < needed && needed <= kMostReplicates) {
      GateRules more = rules;
      more.replicates = static_cast<int>(needed);
      *test.delta = draw_again(*test.column->data, *test.metric, test.column->side,
                               counted(*test.column->data, more, "verdicts", 1));
    }
  }
}

void adjust(const std::vector<Test>& tests) {
  std::vector<double> p_values;
  for (const Test& test : tests) {
    p_values.push_back(test.delta->p_value.value_or(1));
  }
  const std::vector<double> adjusted = holm_adjust(p_values);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    tests[i].delta->p_holm = adjusted[i];
  }
}

}  // namespace

void judge_columns(const std::vector<JudgedColumn>& columns, const GateRules& rules) {
  const std::vector<Test> tests = tests_of(columns);
  draw_enough(tests, rules);
  adjust(tests);
  for (const JudgedColumn& column : columns) {
    for (ComparedMetric& metric : *column.metrics) {
      if (metric.is_gated) {
        const double gap =
            std::abs(metric.sides.front().coverage - metric.sides[column.side].coverage);
        judge({gap, &rules, static_cast<std::int64_t>(tests.size())},
              metric.deltas[column.side - 1]);
      }
    }
  }
}

}  // namespace changeling
