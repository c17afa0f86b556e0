// evaluator/scores/score_run.h: scores of a detector and what they say, as one run of the catalog.
// Layer 3.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/detector_store.h"
#include "evaluator/scores/score_metrics.h"

namespace changeling {

struct ScoreRunRequest {
  DetectorSet set;
  ModelId model;  ///< of role detector
  std::vector<TruthClip> truth;
  std::vector<DetectorScoreRow> scores;
  int replicates = 2000;
  std::uint64_t seed = 0;
  std::string config_json = "{}";
  Digest config_sha256;
};

struct ScoreRunSummary {
  std::string run_id, detector, set;
  bool is_new = true;  ///< false: the catalog had these scores; nothing was stored
  std::int64_t n_fake = 0, n_real = 0, n_people = 0;
  std::map<std::string, std::int64_t> misses;  ///< status -> clips without a score
  std::vector<ScoreMetric> metrics;
  /// What the detector learned from although somebody in it was withdrawn since ("data set
  /// NAME@VERSION"); filled in by score_detector (evaluator/run/detector_run.h).
  std::vector<std::string> withdrawn_trainings;
};

/// Stores a finished run of kind `detector` with scores and aggregates. Throws Error(kCatalog).
ScoreRunSummary store_score_run(Database& database, const ScoreRunRequest& request);

struct ScoreImport {
  std::filesystem::path file;
  std::string name, version;
  std::string trained_on;  ///< what the importer knows about it; may be empty
  std::string set;         ///< as DetectorStore::find_set
  bool all_parts = false;  ///< else part test alone
  int replicates = 2000;
  std::uint64_t seed = 0;
  std::string config_json = "{}";
  Digest config_sha256;
};

/// Reads an outside detector's file, registers the detector (its digest is the file's: the weights
/// are elsewhere) and stores the run; the same file for the same clips again stores nothing. Throws
/// Error(kInput) as read_score_file and resolve_scores, Error(kConfig) for a set without clips in
/// those parts, or with other scores under that name and version; then nothing is stored.
ScoreRunSummary import_scores(Database& database, const ScoreImport& import);

}  // namespace changeling
