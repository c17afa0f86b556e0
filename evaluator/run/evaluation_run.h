// evaluator/run/evaluation_run.h: scores what is missing of a generate run, or of the fakes that a
// corpus ships, and aggregates it.
// Layer 6.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "catalog/store/run_store.h"
#include "evaluator/metrics/auto_reject.h"
#include "evaluator/metrics/set_metric.h"
#include "evaluator/run/face_meter.h"
#include "evaluator/run/feature_collector.h"
#include "evaluator/run/scorers.h"
#include "evaluator/run/square_meter.h"

namespace changeling {

struct EvaluationOptions {
  std::string generate_run;  ///< as RunStore::find_generate_run takes it, or corpus:NAME
  int replicates = 2000;     ///< of the bootstrap
  int baseline_pairs = 2;    ///< pairs on which the baselines are measured, evenly chosen; 0 = none
  std::uint64_t seed = 0;    ///< recorded with the run; no score depends on it
  std::vector<SetMetric> set_metrics = builtin_set_metrics();
  OptionalScorers scorers;  ///< that the meters of the hooks run
  RejectLimits rejects;
  std::string config_json = "{}";
  Digest config_sha256;
};

struct EvaluationHooks {
  /// Makes the networks, once and only when a clip has to be measured.
  std::function<std::unique_ptr<FaceMeter>()> make_face_meter;
  /// Makes the models that look at pictures around the face, with the networks.
  std::function<std::unique_ptr<SquareMeter>()> make_square_meter;
  /// Makes the networks behind metrics of whole sets, only when there are faces enough for one.
  std::function<std::unique_ptr<FeatureMeter>()> make_feature_meter;
  std::function<bool()> stop_requested;                        ///< polled between batches of frames
  std::function<void(std::int64_t n_clips)> on_start;          ///< clips to measure; may be empty
  std::function<void(const std::string& status)> on_clip_end;  ///< may be empty
};

/// One line of the result: a metric over the fakes of one method.
struct MetricResult {
  std::string name;
  int version = 1;
  std::string method;
  std::string unit;
  std::string direction;
  AggregateRow aggregate;
};

struct EvaluationSummary {
  std::string run_id;
  std::string generate_run;
  std::string status;  ///< of the run: ok, partial, running after a stop, planned without any run
  std::int64_t n_fakes = 0;
  std::int64_t n_missing = 0;     ///< fakes that lacked a value when the call began
  std::int64_t n_measured = 0;    ///< by this call
  std::int64_t n_unscorable = 0;  ///< by this call: recorded with status decode_error
  std::int64_t n_failed = 0;      ///< by this call: nothing recorded, the next call tries again
  bool stopped = false;
  std::vector<MetricResult> metrics;  ///< empty when stopped
};

/// Measures the fakes that lack a clip row of any measurable metric, then stores for each
/// metric one aggregate of all fakes, one per method and one per baseline (stand_in.h); metrics of
/// whole sets are aggregates of a method alone. `auto_reject` is judged anew of all fakes, from
/// what is stored; where nothing else is missing, an equal evaluation of this program under other
/// limits lends its aggregates, and no picture is opened. A stopped or killed evaluation is
/// continued by the next call; when nothing is missing and an evaluation with the same
/// configuration has ended, that one is returned and nothing is written. Of a corpus's fakes,
/// metrics that need what nobody knows (mask, control, source, target) are stored as `skipped`, and
/// there are no baselines. Throws Error(kConfig): unknown run or corpus, a corpus without fakes, a
/// pruned run of which something is yet to be measured (a clip, or aggregates that nothing lends);
/// Error(kModel); Error(kCatalog). One bad clip never ends the run.
[[nodiscard]] EvaluationSummary run_evaluation(Database& database, const BlobStore& blobs,
                                               const CorpusRoots& roots,
                                               const EvaluationOptions& options,
                                               const EvaluationHooks& hooks);

/// How many fakes of the run lack a value, for --dry-run. Writes nothing. Refuses a pruned run
/// where run_evaluation does.
[[nodiscard]] EvaluationSummary plan_evaluation(Database& database,
                                                const EvaluationOptions& options);

}  // namespace changeling
