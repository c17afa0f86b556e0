// generator/job/generate_run.h: a whole generate run: begin or resume, enqueue, work, close.
// Layer 7.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/cli/config.h"
#include "generator/batch/orchestrator.h"

namespace changeling {

/// What the verb needs to report.
struct GenerateSummary {
  std::string run_id;
  bool resumed = false;
  RunProgress progress;
};

/// Runs the pairs of `list_name`, but none whose media show somebody who was withdrawn since.
/// Throws Error(kConfig) for an unknown list or one without such pairs, Error(kCatalog) for a
/// locked catalog, Error(kModel) for missing networks, Error(kResource) for a full disk (the run
/// stays open); failures of single jobs are in the summary.
[[nodiscard]] GenerateSummary run_generate(const Config& config, const std::string& list_name,
                                           bool show_progress);

/// Counts only: how many jobs the list has and how many an equal run has finished (for --dry-run).
[[nodiscard]] GenerateSummary plan_generate(const Config& config, const std::string& list_name);

/// What `generate analyze` did, or would do.
struct AnalyzeSummary {
  std::int64_t open = 0;          ///< chosen clips that were not come to
  std::int64_t analyzed = 0;      ///< including cache hits
  std::int64_t without_face = 0;  ///< of these: nobody to swap or to train on
  std::int64_t failed = 0;
  std::int64_t tracks = 0;
  std::map<std::string, std::int64_t> left_out;  ///< media by reason, as AnalysisPlan has them
  bool stopped = false;                          ///< by request, before all were analysed
};

/// Analyses the videos of a corpus, declared fakes too (`evaluate score corpus:NAME` needs their
/// faces), that `analyze.split` and `analyze.parts` choose, into the
/// cache and the track table. A bad file is logged, counted and passed over. Throws as
/// plan_analysis, Error(kCatalog) for a locked catalog, Error(kModel) for missing networks.
[[nodiscard]] AnalyzeSummary run_analyze(const Config& config, const std::string& corpus_name,
                                         bool show_progress);

/// Counts only (for --dry-run). Throws as plan_analysis.
[[nodiscard]] AnalyzeSummary plan_analyze(const Config& config, const std::string& corpus_name);

}  // namespace changeling
