// reports/model/comparison_data.h: the rows of several columns, aligned pair by pair. Layer 2,
// internal to reports.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/model/compare_runs.h"
#include "reports/model/run_data.h"

namespace changeling {

/// Scores of the newest ended run of one detector over clips of the run.
struct DetectorData {
  std::string name;  ///< "meso@1"
  Digest sha256;     ///< of the weights, or of the score file of an outside detector
  bool was_trained_here = false;
  std::map<ArtifactId, DetectorScoreRow> clips;  ///< without rows of frames
};

/// One column.
struct SideData {
  std::string method;
  std::shared_ptr<const RunData> run;
  std::shared_ptr<const std::vector<DetectorData>> detectors;  ///< of the run, by name
  std::vector<const JobData*> jobs;  ///< by pair; nullptr = the column has no job for it
};

struct ComparisonData {
  std::vector<SideData> sides;
  std::vector<PairRow> pairs;  ///< of the frozen list that all columns share
  PageProgress progress = {};  ///< of what is made of them

  [[nodiscard]] const RunData& first() const { return *sides.front().run; }
};

/// Values of one metric over all pairs of one column.
struct ValueColumn {
  std::vector<std::optional<double>> values;    ///< by pair
  std::map<std::string, std::int64_t> missing;  ///< status -> clips without a value
  std::int64_t n_asked = 0;                     ///< clips that should have one
};

/// Throws Error(kConfig) for fewer than two columns, columns of different pair lists or suites, and
/// a column that stands there twice.
[[nodiscard]] ComparisonData read_comparison_data(Database& database,
                                                  const std::vector<SideSpec>& sides,
                                                  const PageProgress& progress = {});

/// The rows of one column alone: those of its run that belong to its method; the run's own where
/// that made nothing else.
[[nodiscard]] std::shared_ptr<const RunData> rows_of(const SideData& side);

/// Clip values of a metric; empty optionals where there is none.
[[nodiscard]] ValueColumn read_column(const SideData& side, const MetricDefRow& definition);

/// 1 where the column has a fake, 0 where the job ended without one; nothing for open jobs.
[[nodiscard]] ValueColumn yield_column(const SideData& side);

/// "train/plausible/3": part, stratum and draw.
[[nodiscard]] std::string pair_name(const PairRow& pair);

}  // namespace changeling
