// evaluator/run/detector_run.h: trains a detector on catalogued clips and measures it on others.
// Layer 6.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/detector_store.h"
#include "evaluator/detectors/detector.h"
#include "evaluator/run/detector_crops.h"
#include "evaluator/scores/score_run.h"

namespace changeling {

struct DetectorTraining {
  std::string name, version;
  std::string set;  ///< as DetectorStore::find_set
  CropOptions crops;
  DetectorFitOptions fit;
  std::string config_json = "{}";
  Digest config_sha256;
};

struct TrainedDetector {
  std::string run_id;
  ModelId model;
  std::string sha256;
  std::int64_t n_crops = 0, n_validation_crops = 0;
  std::int64_t steps = 0;
  double validation = 0;
  bool was_selected = false;
  std::map<std::string, std::int64_t> left_out;  ///< reason -> clips
};

/// The clips of the set in that role, but those of people who withdrew; how many these are is added
/// to `left_out` as "withdrawn".
[[nodiscard]] std::vector<ClipRow> clips_to_learn_from(
    Database& database, const DetectorSet& set, DetectorRole role,
    std::map<std::string, std::int64_t>& left_out);

/// Fits on part train and chooses by part val of the set; test clips cannot be reached from here.
/// Jobs that show somebody who withdrew are left out. Stores the weights as a blob and a run of
/// kind `train` that says what was used, so that score_detector can refuse it. Throws as
/// fit_detector, DetectorStore and CropReader; then no model is stored, and the run ends as
/// `failed`, or `aborted` when stopped.
TrainedDetector train_detector(Database& database, BlobStore& blobs, const CorpusRoots& roots,
                               const DetectorTraining& training, const DetectorFitHooks& hooks);

struct DetectorScoring {
  std::string name, version;  ///< empty version = the newest
  std::string set;            ///< as DetectorStore::find_set
  int frames_per_clip = 8;
  int replicates = 2000;
  std::uint64_t seed = 0;
  std::string config_json = "{}";
  Digest config_sha256;
};

/// Scores part test of the set, frame by frame, pooled to clips; frames without an analysed face
/// are `no_face`, clips that cannot be read `decode_error`. Throws Error(kConfig): unknown
/// detector, one whose weights are not here, no test clip, or somebody in them whom the training
/// used. `on_clip` is called after each clip and may throw to stop; then nothing is stored.
ScoreRunSummary score_detector(
    Database& database, const BlobStore& blobs, const CorpusRoots& roots,
    const DetectorScoring& scoring,
    const std::function<void(std::int64_t done, std::int64_t total)>& on_clip = {});

}  // namespace changeling
