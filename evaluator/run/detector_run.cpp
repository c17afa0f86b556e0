#include "evaluator/run/detector_run.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "catalog/store/corpus_store.h"
#include "catalog/store/pruned_runs.h"
#include "catalog/store/run_store.h"
#include "catalog/store/trained_models.h"
#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/outcome.h"
#include "common/tensor/device.h"

namespace changeling {
namespace {

std::map<ArtifactId, std::vector<ManipulatedSpan>> spans_of(const RunStore& runs,
                                                            const std::vector<ClipRow>& clips) {
  std::map<ArtifactId, std::vector<ManipulatedSpan>> spans;
  for (const ClipRow& clip : clips) {
    if (clip.artifact.label == "fake") {
      spans[clip.artifact.id] = runs.spans(clip.artifact.id);
    }
  }
  return spans;
}

RunRow training_run(const DetectorSet& set, const DetectorTraining& training) {
  RunRow run = new_run("train");
  run.version_id = set.version_id;
  if (!set.generate_run.empty()) {
    run.parent_run_id = set.generate_run;
  }
  run.config_json = training.config_json;
  run.config_sha256 = training.config_sha256;
  run.seed = training.fit.seed;
  run.env_json =
      nlohmann::json{{"changeling", project_version()}, {"torch_build", torch_build_summary()}}
          .dump();
  return run;
}

/// Crops of the two roles that a training may read.
struct TrainingCrops {
  CropSet fit, select;
};

TrainingCrops read_training_crops(Database& database, const BlobStore& blobs,
                                  const CorpusRoots& roots, const DetectorSet& set,
                                  const CropOptions& options, TrainedDetector& result) {
  const RunStore runs(database);
  CropReader reader(database, blobs, roots, options);
  const auto read = [&](DetectorRole role) {
    const std::vector<ClipRow> clips = clips_to_learn_from(database, set, role, result.left_out);
    return read_crop_set(reader, clips, spans_of(runs, clips), result.left_out);
  };
  TrainingCrops crops;
  crops.fit = read(DetectorRole::kFit);
  crops.select = read(DetectorRole::kSelect);
  result.n_crops = crops.fit.size();
  result.n_validation_crops = crops.select.size();
  return crops;
}

std::string origin_json(const DetectorSet& set, const TrainedDetector& result) {
  return nlohmann::json{
      {"set", set.name},
      {"fit", part_of(DetectorRole::kFit)},
      {"select",
       result.was_selected ? nlohmann::json(part_of(DetectorRole::kSelect)) : nlohmann::json()},
      {"crops", result.n_crops}}
      .dump();
}

/// Ends the run as what went wrong.
void abandon(Database& database, const std::string& run_id, const Failure& failure) {
  RunStore(database).finish(run_id, failure.kind == ErrorKind::kCancelled ? "aborted" : "failed");
  throw Error(failure.kind, failure.message);
}

ModelRow find_detector(const DetectorStore& store, const DetectorScoring& scoring) {
  for (const ModelRow& model : store.detectors(scoring.name)) {
    if (scoring.version.empty() || model.version == scoring.version) {
      return model;
    }
  }
  throw Error(ErrorKind::kConfig, "no detector '" + scoring.name +
                                      (scoring.version.empty() ? "" : "@" + scoring.version) +
                                      "' in this catalog (make one with 'changeling detector "
                                      "train')");
}

/// Frame rows and the clip row of one clip.
std::vector<DetectorScoreRow> score_clip(const Detector& detector, CropReader& reader,
                                         const ClipRow& clip) {
  const ArtifactId id = clip.artifact.id;
  const Outcome<ClipCrops> outcome = guard<ClipCrops>("score", [&] { return reader.read(clip); });
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    if (failure->kind != ErrorKind::kInput && failure->kind != ErrorKind::kCatalog) {
      throw Error(failure->kind, failure->message);
    }
    return {{id, -1, "decode_error", std::nullopt}};
  }
  const ClipCrops& crops = std::get<ClipCrops>(outcome);
  std::vector<DetectorScoreRow> rows;
  if (crops.images.defined()) {
    const std::vector<double> scores = detector.score(crops.images);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      rows.push_back({id, crops.frames[i], "ok", scores[i]});
    }
  }
  for (const std::int64_t frame : crops.no_face) {
    rows.push_back({id, frame, "no_face", std::nullopt});
  }
  if (rows.empty()) {
    return {{id, -1, "decode_error", std::nullopt}};
  }
  rows.insert(rows.begin(), pool_frames(rows));
  return rows;
}

/// The first clip of every entry of `truth`.
std::vector<ClipRow> clips_of(const std::vector<TruthClip>& truth,
                              const std::vector<ClipRow>& clips) {
  std::map<ArtifactId, const ClipRow*> by_id;
  for (const ClipRow& clip : clips) {
    by_id.emplace(clip.artifact.id, &clip);
  }
  std::vector<ClipRow> chosen;
  for (const TruthClip& entry : truth) {
    chosen.push_back(*by_id.at(entry.artifact));
  }
  return chosen;
}

}  // namespace

// A job of somebody who withdrew goes as a whole: a control of somebody else has no sidecar once
// its fake was erased.
std::vector<ClipRow> clips_to_learn_from(Database& database, const DetectorSet& set,
                                         DetectorRole role,
                                         std::map<std::string, std::int64_t>& left_out) {
  const std::vector<ClipRow> clips = DetectorStore(database).clips(set, role);
  const std::set<MediaId> withdrawn = CorpusStore(database).withdrawn_media();
  std::set<ArtifactId> theirs;
  std::set<JobId> jobs;
  for (const ClipRow& clip : clips) {
    if (withdrawn.count(clip.target_media) > 0 ||
        (clip.source_media && withdrawn.count(*clip.source_media) > 0)) {
      theirs.insert(clip.artifact.id);
      if (clip.artifact.job_id) {
        jobs.insert(*clip.artifact.job_id);
      }
    }
  }
  std::vector<ClipRow> kept;
  for (const ClipRow& clip : clips) {
    if (theirs.count(clip.artifact.id) > 0 ||
        (clip.artifact.job_id && jobs.count(*clip.artifact.job_id) > 0)) {
      ++left_out["withdrawn"];
    } else {
      kept.push_back(clip);
    }
  }
  return kept;
}

TrainedDetector train_detector(Database& database, BlobStore& blobs, const CorpusRoots& roots,
                               const DetectorTraining& training, const DetectorFitHooks& hooks) {
  RunStore runs(database);
  const DetectorSet set = DetectorStore(database).find_set(training.set);
  require_unpruned(database, set.generate_run);
  TrainedDetector result;
  result.run_id = runs.begin(training_run(set, training));
  Outcome<DetectorFit> outcome = guard<DetectorFit>("train", [&] {
    const TrainingCrops crops =
        read_training_crops(database, blobs, roots, set, training.crops, result);
    return fit_detector(crops.fit, crops.select, training.fit, hooks);
  });
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    abandon(database, result.run_id, *failure);
  }
  const DetectorFit& fit = std::get<DetectorFit>(outcome);
  result.steps = fit.steps;
  result.validation = fit.validation;
  result.was_selected = fit.was_selected;
  const BlobRow blob =
      blobs.put_bytes(fit.detector->serialize(), "application/vnd.changeling.detector");
  ModelRow model;
  model.role = "detector";
  model.name = training.name;
  model.version = training.version;
  model.sha256 = blob.sha256;
  model.trained_on = origin_json(set, result);
  database.transaction([&] {
    result.model = runs.ensure_model(model, blob.bytes);
    runs.link_model(result.run_id, "detector", result.model);
    runs.finish(result.run_id, "ok");
  });
  result.sha256 = blob.sha256.hex();
  return result;
}

ScoreRunSummary score_detector(
    Database& database, const BlobStore& blobs, const CorpusRoots& roots,
    const DetectorScoring& scoring,
    const std::function<void(std::int64_t done, std::int64_t total)>& on_clip) {
  const DetectorStore store(database);
  const ModelRow model = find_detector(store, scoring);
  if (!blobs.contains(model.sha256)) {
    throw Error(ErrorKind::kConfig, "the weights of detector '" + model.name + "@" + model.version +
                                        "' are not here: its scores were imported");
  }
  ScoreRunRequest request;
  request.set = store.find_set(scoring.set);
  request.model = model.id;
  const std::vector<ClipRow> clips = store.clips(request.set, DetectorRole::kScore);
  if (clips.empty()) {
    throw Error(ErrorKind::kConfig, "'" + request.set.name + "' has no labelled clip in part test");
  }
  require_unpruned(database, request.set.generate_run);
  store.require_unseen(model.id, clips);
  const std::unique_ptr<Detector> detector =
      read_detector(blobs.read(model.sha256), model.name + "@" + model.version);
  CropReader reader(database, blobs, roots, {scoring.frames_per_clip, detector->resolution_px()});
  request.truth = truth_of(database, clips);
  std::int64_t done = 0;
  for (const ClipRow& clip : clips_of(request.truth, clips)) {
    const std::vector<DetectorScoreRow> rows = score_clip(*detector, reader, clip);
    request.scores.insert(request.scores.end(), rows.begin(), rows.end());
    if (on_clip) {
      on_clip(++done, static_cast<std::int64_t>(request.truth.size()));
    }
  }
  request.replicates = scoring.replicates;
  request.seed = scoring.seed;
  request.config_json = scoring.config_json;
  request.config_sha256 = scoring.config_sha256;
  ScoreRunSummary summary = store_score_run(database, request);
  for (const TrainedModel& training : withdrawn_trainings(database, model.id)) {
    summary.withdrawn_trainings.push_back(training.words_for_set());
  }
  return summary;
}

}  // namespace changeling
