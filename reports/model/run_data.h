// reports/model/run_data.h: the rows behind one report, read once. Layer 2, internal to reports.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "reports/model/page_progress.h"

namespace changeling {

/// A job with its pair and what it left.
struct JobData {
  JobRow job;
  PairRow pair;
  std::vector<ArtifactRow> artifacts;
  std::vector<StageTiming> timings;

  /// The artifact of that kind, or nullptr.
  [[nodiscard]] const ArtifactRow* find(std::string_view kind) const;

  /// Has not come to an end.
  [[nodiscard]] bool is_open() const { return job.state == "queued" || job.state == "claimed"; }

  [[nodiscard]] bool is_done() const { return job.state == "done"; }
};

/// What of a clip row a page needs. A run may have a million.
struct ClipValue {
  JobId job_id;
  std::optional<double> value;
  std::string status;  ///< of a row without a value, why
};

/// A metric with its clip rows, by artifact, and what the evaluation stored, by slice. Values of
/// kAutoReject are 1 = rejected, 0 = kept; RunData::rejected_by has the rules.
struct MetricData {
  MetricDefRow definition;
  std::vector<ClipValue> scores;
  std::map<std::string, AggregateRow> aggregates;
};

/// Everything one run's report is made from.
struct RunData {
  RunRow run;
  std::optional<RunRow> evaluation;  ///< newest ended evaluation of the run
  PairListRow list;
  std::vector<JobData> jobs;                     ///< by job_id
  std::map<std::string, std::int64_t> refusals;  ///< of the list, by reason
  /// Newest version of each name, by metric_id; of kAutoReject the one that `evaluation` stored.
  std::vector<MetricData> metrics;
  std::map<JobId, int> rejected_by;  ///< rule of kAutoReject, 0 = kept; by judged job
  std::vector<ModelRow> generate_models;
  std::vector<ModelRow> evaluate_models;
  std::map<MediaId, MediaRow> media;
  /// Of the target: the face that a job swapped, as it noted it; where none did, the one that the
  /// pair names, else all of the person's by the analysis that counts.
  std::map<PairId, std::vector<TrackRow>> target_tracks;
  std::map<MediaId, std::vector<SightingRow>> sightings;  ///< of target clips
  std::map<SubjectId, SubjectRow> subjects;
  std::map<CorpusId, CorpusRow> corpora;
};

/// Throws Error(kConfig) when there is no generate run of that id.
[[nodiscard]] RunData read_run_data(Database& database, std::string_view run_id,
                                    const PageProgress& progress = {});

/// 12 hex digits of the job key.
[[nodiscard]] std::string short_key(const JobRow& job);

/// "person 3f2a9c01, clip 7d0e11ab": digests, never names or paths.
[[nodiscard]] std::string person_and_clip(const RunData& data, SubjectId subject, MediaId media);

}  // namespace changeling
