// catalog/store/score_store.h: metric definitions, values and aggregates. Layer 1.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// Metric of verdicts on single fakes: a clip row holds 0 = kept, else the number of the rule that
/// rejected it, so that means are of `value > 0`: the share of rejected fakes.
inline constexpr std::string_view kAutoReject = "auto_reject";

/// Slice of what one rule of kAutoReject rejected of a method's fakes: "method=fsgan,rule=3".
[[nodiscard]] inline std::string reject_slice(const std::string& method, int rule) {
  return method_slice(method) + ",rule=" + std::to_string(rule);
}

/// A stored clip value with the artifact it belongs to.
struct ClipScore {
  ArtifactId artifact_id;
  JobId job_id;  ///< unset for the fake of a corpus
  ScoreRow score;
};

/// What the newest version of kAutoReject says of all fakes, by their newest clip rows.
struct RejectVerdicts {
  std::optional<MetricDefRow> definition;  ///< empty = the catalog never judged a fake
  /// Rule, 0 = kept, of fakes that some rule could judge.
  std::map<JobId, int> by_job;
  std::map<ArtifactId, int> by_artifact;  ///< of a corpus's fakes
  /// Fakes that have clip rows of older versions alone: of what counts now nobody asked of them.
  std::set<JobId> outdated_jobs;
  std::set<ArtifactId> outdated_artifacts;  ///< of a corpus's fakes
};

class ScoreStore {
 public:
  explicit ScoreStore(Database& database) : database_(database) {}

  /// Adds the definition or returns the stored one of equal name and version. Throws
  /// Error(kCatalog) when unit, direction, level, scorer or parameters differ: a changed metric
  /// needs a new version.
  MetricId ensure_metric(const MetricDefRow& definition);
  [[nodiscard]] std::vector<MetricDefRow> metrics() const;

  /// Labelled fakes that a corpus ships, by artifact.
  [[nodiscard]] std::vector<ArtifactRow> fakes(CorpusId corpus) const;

  /// fake_video artifacts of a generate run without a clip row (frame -1) of this metric in any
  /// run.
  [[nodiscard]] std::vector<ArtifactRow> missing(MetricId metric,
                                                 std::string_view generate_run) const;
  /// The same of the fakes that a corpus ships.
  [[nodiscard]] std::vector<ArtifactRow> missing(MetricId metric, CorpusId corpus) const;

  /// Adds rows in one transaction; give 1,000 to 10,000 at a time. A second row of one (run,
  /// metric, artifact, frame), NaN and infinities are Error(kCatalog), and nothing of the call is
  /// stored.
  void add_scores(std::string_view run_id, const std::vector<ScoreRow>& scores);
  void add_aggregates(std::string_view run_id, const std::vector<AggregateRow>& aggregates);
  /// Whether the run stored a value of any metric.
  [[nodiscard]] bool has_scores(std::string_view run_id) const;

  /// Clip rows (frame -1) of a metric over the fakes of a generate run, by artifact; of several
  /// runs that scored one artifact the newest counts.
  [[nodiscard]] std::vector<ClipScore> clip_scores(MetricId metric,
                                                   std::string_view generate_run) const;
  [[nodiscard]] std::vector<ClipScore> clip_scores(MetricId metric, CorpusId corpus) const;
  /// Frame rows of one artifact and metric, by frame, of the newest run that has some.
  [[nodiscard]] std::vector<ScoreRow> frame_scores(MetricId metric, ArtifactId artifact) const;
  [[nodiscard]] std::vector<AggregateRow> aggregates(std::string_view run_id) const;
  [[nodiscard]] RejectVerdicts reject_verdicts() const;

 private:
  Database& database_;
};

/// What an aggregate's `ci_method` says in words where there is no interval.
[[nodiscard]] std::string why_no_interval(const std::string& ci_method);

}  // namespace changeling
