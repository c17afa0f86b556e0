// reports/model/trend_model.h: the history of a suite, as plain values. Layer 2.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "reports/model/comparison_model.h"
#include "reports/model/page_progress.h"

namespace changeling {

inline constexpr int kTrendSchemaVersion = 1;

/// One generate run of the history.
struct TrendRun {
  std::string run_id;
  std::string started_at;
  std::string commit;
  bool is_baseline = false;        ///< was, or is, the baseline of the suite
  std::vector<std::string> marks;  ///< what changed since the run before: "commit", "settings", ...
  std::string verdict;             ///< worst stored verdict of its gate; empty = no gate
};

/// One method's values over the runs; empty where the run has none.
struct TrendSeries {
  std::string method;
  std::vector<SideMetric> values;  ///< by run
};

/// Numbers of other versions of a metric mean something else and are left out.
struct TrendMetric {
  std::string name;
  int version = 1;
  std::string title;
  std::string definition;
  std::string unit;
  std::string direction;
  std::vector<TrendSeries> series;  ///< by method
  /// Of the newest run that has any, in the order of baseline_texts(): where the scale begins and
  /// ends.
  std::vector<ReportBaseline> baselines;
};

struct TrendModel {
  std::string title;
  std::string suite;  ///< empty = runs of one pair list
  std::string pair_list_sha256;
  std::vector<TrendRun> runs;  ///< oldest first
  std::vector<TrendMetric> metrics;
  std::vector<ReportQuery> queries;
  std::vector<std::string> not_measured;
};

/// The evaluated generate runs of `suite`, or with an empty suite those over the pair list of the
/// newest run. Runs of the suite over another pair list are left out and named. Throws
/// Error(kConfig) when there is none.
[[nodiscard]] TrendModel build_trend(Database& database, const std::string& suite,
                                     int replicates = 2000, const PageProgress& progress = {});

}  // namespace changeling
