#include "tests/support/simulated_catalog.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "catalog/store/swap_stage.h"
#include "common/base/digest.h"
#include "common/base/rng.h"
#include "common/statistics/cluster_bootstrap.h"
#include "common/statistics/distributions.h"

namespace changeling {
namespace {

constexpr std::int64_t kFrames = 50;

double normal(std::uint64_t seed, const std::vector<std::string_view>& fields) {
  CounterRng rng(derive_seed(seed, fields));
  return normal_quantile(std::max(rng.uniform(), 1e-12));
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

RunRow run_row(const SimulatedRun& run, const std::string& kind) {
  RunRow row;
  row.kind = kind;
  row.suite = run.suite;
  row.git_commit = run.commit;
  row.config_sha256 = sha256("config");
  row.config_json = R"({"generate":{"crf":23}})";
  row.host = "simulated";
  row.env_json = R"({"versions":{"torch":"1.13.1"}})";
  return row;
}

/// What a job leaves; kinds without a shared file get a digest without one.
FakeRow fake_row(const std::string& salt, const std::string& target, const SimulatedRun& run) {
  FakeRow fake;
  for (const std::string kind :
       {"fake_video", "real_control", "mask_alpha", "mask_changed", "sidecar"}) {
    const auto file = run.files.find(kind);
    const BlobRow blob = file != run.files.end()
                             ? file->second
                             : BlobRow{sha256(kind + salt), 1, "video/mp4", "purged"};
    fake.blobs.push_back(blob);
    ArtifactRow artifact;
    artifact.kind = kind;
    artifact.profile = "c23";
    artifact.sha256 = blob.sha256;
    if (kind != "sidecar") {
      // Jobs of one target leave the same control.
      artifact.stream_sha256 = sha256("stream " + kind + (kind == "real_control" ? target : salt));
      artifact.n_frames = kFrames;
    }
    if (kind == "fake_video") {
      artifact.manipulated_frames = kFrames;
    }
    fake.artifacts.push_back(artifact);
  }
  fake.spans = {{0, kFrames - 1, FrameStatus::kSwapped}};
  const double scatter = 1 + 0.02 * normal(run.noise_seed, {"speed", salt});
  const double spent_us = 5e6 / run.speed * scatter;
  fake.timings = {{"decode", "cpu", kFrames, 400'000, 300'000, 0},
                  {"swap", run.device, kFrames, static_cast<std::int64_t>(spent_us * run.load),
                   static_cast<std::int64_t>(spent_us), std::int64_t{512} << 20}};
  return fake;
}

/// Of a pass that makes the fakes of all methods of the run.
std::vector<StageTiming> pass_timings(std::vector<StageTiming> alone, const std::string& method,
                                      const SimulatedRun& run) {
  if (method != run.methods.front()) {
    return {{"encode", "cpu", kFrames, 400'000, 300'000, 0}};
  }
  alone.back().stage = run.names_pass ? swap_stage(run.methods) : swap_stage({});
  return alone;
}

AggregateRow aggregate_row(MetricId metric, const std::string& slice,
                           const BootstrapEstimate& estimate) {
  AggregateRow row;
  row.metric_id = metric;
  row.slice = slice;
  row.value = estimate.mean;
  row.ci_method = "too_few_clusters";
  if (estimate.interval) {
    row.ci_lo = estimate.interval->low;
    row.ci_hi = estimate.interval->high;
    row.ci_method = "bootstrap_expanded_95; clusters: source and target subject; replicates: 2000";
  }
  row.n = estimate.n;
  row.n_clusters = estimate.n_clusters;
  row.coverage = 1;
  return row;
}

}  // namespace

const std::vector<SimulatedMetric>& simulated_metrics() {
  static const std::vector<SimulatedMetric> metrics = {
      {"coverage", "1", "up", 0.97, 0.005, 0.005, 0.001},
      {"id_margin", "1", "up", 0.30, 0.06, 0.04, 0.01},
      {"id_margin_dlib", "1", "up", 0.08, 0.03, 0.02, 0.004},
      {"pose_l2_deg", "deg", "down", 3.0, 0.8, 0.6, 0.1},
      {"lmk_nme", "%IOD", "down", 3.5, 0.8, 0.6, 0.05},
      {"ssim_bg", "1", "up", 0.97, 0.006, 0.004, 0.0005},
      {"psnr_bg", "dB", "up", 38, 2, 1.5, 0.1},
      {"ewarp_ratio", "1", "to_one", 1.4, 0.05, 0.03, 0.005}};
  return metrics;
}

SimulatedCatalog::SimulatedCatalog(const std::filesystem::path& folder, int n_people, int n_pairs,
                                   std::uint64_t seed, int n_train_people)
    : seed_(seed), database_(Database::create(folder / "catalog.db")) {
  database_.transaction([&] {
    add_people(n_people + n_train_people);
    add_pairs(n_people, n_pairs);
  });
}

void SimulatedCatalog::add_people(int n_people) {
  CorpusStore corpora(database_);
  const CorpusId corpus =
      corpora.add_corpus({{}, "simulated", "1", "simulated", "CC0-1.0", "synthetic", true});
  for (int i = 0; i < n_people; ++i) {
    SubjectRow subject;
    subject.corpus_id = corpus;
    subject.ext_id = "person-" + number(i);
    subject.gender = i % 2 == 0 ? "f" : "m";
    subject.skintone = i % 6 + 1;
    subject.age_bin = 20 + 10 * (i % 4);
    subjects_.push_back(corpora.add_subject(subject));
    MediaRow medium;
    medium.corpus_id = corpus;
    medium.rel_path = "clip-" + number(i) + ".mp4";
    medium.id = corpora.add_media(medium);
    media_.push_back(medium.id);
    medium.sha256 = sha256(medium.rel_path);
    medium.stream_sha256 = sha256("stream " + medium.rel_path);
    medium.codec = i % 3 == 0 ? "hevc" : "h264";
    medium.n_frames = kFrames;
    corpora.record_probe(medium, 1);
    SightingRow sighting;
    sighting.media_id = medium.id;
    sighting.subject_id = subjects_.back();
    sighting.ext_sighting_id = "s";
    sighting.occ_mask = i % 4 == 0 ? 5 : 0;
    corpora.add_sighting(sighting);
    TrackRow track;
    track.media_id = medium.id;
    track.subject_id = subjects_.back();
    track.last_frame = kFrames - 1;
    track.side_px = 60 + 15 * (i % 12);
    track.yaw_min = -5;
    track.yaw_max = 5 + 20 * (i % 3);
    tracks_[medium.id] = add_track(track, number(i));
  }
}

TrackId SimulatedCatalog::add_track(const TrackRow& track, const std::string& salt) {
  TrackRow row = track;
  row.boxes_sha256 = sha256("boxes " + salt);
  const auto file = [](const Digest& digest) {
    return BlobRow{digest, 1, "application/json", "purged"};
  };
  return CorpusStore(database_)
      .record_tracks(row.media_id, file(sha256("analysis " + salt)), {row},
                     {file(row.boxes_sha256)})
      .front();
}

void SimulatedCatalog::analyse_again() {
  const CorpusStore corpora(database_);
  for (const auto& [medium, track] : tracks_) {
    TrackRow row = corpora.find_track(track).value();
    row.side_px = 300;
    row.yaw_min = row.yaw_max = 0;
    (void)add_track(row, "again " + number(medium.value));
  }
}

void SimulatedCatalog::add_pairs(int n_people, int n_pairs) {
  PairStore store(database_);
  std::vector<SplitSubjectRow> parts;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    parts.push_back({subjects_[i], static_cast<std::int64_t>(i),
                     i < static_cast<std::size_t>(n_people) ? "test" : "train"});
  }
  const SplitId split = store.add_split({{}, "all", "threshold@1", 1, {}}, parts);
  CounterRng rng(derive_seed(seed_, {"pairs"}));
  std::set<std::pair<std::size_t, std::size_t>> drawn;
  std::vector<PairRow> rows;
  while (rows.size() < static_cast<std::size_t>(n_pairs)) {
    const auto source = static_cast<std::size_t>(rng.below(static_cast<std::uint64_t>(n_people)));
    const auto target = static_cast<std::size_t>(rng.below(static_cast<std::uint64_t>(n_people)));
    if (source == target || !drawn.emplace(source, target).second) {
      continue;
    }
    PairRow pair;
    pair.part = "test";
    pair.stratum = rows.size() % 4 == 0 ? "unconstrained" : "plausible";
    pair.draw_index = static_cast<std::int64_t>(rows.size());
    pair.source_media = media_[source];
    pair.target_media = media_[target];
    pair.source_subject = subjects_[source];
    pair.target_subject = subjects_[target];
    rows.push_back(pair);
  }
  list_ = store.add_pair_list({{}, "simulated", split, "test@1", 1, "{}", {}}, rows, {});
  pairs_ = store.pairs(list_);
}

std::string SimulatedCatalog::add_run(const SimulatedRun& run) {
  std::string run_id;
  database_.transaction([&] {
    RunRow row = run_row(run, "generate");
    row.list_id = list_;
    run_id = RunStore(database_).begin(row);
    finish_jobs(run_id, run);
    if (run.is_evaluated) {
      add_scores(run_id, run);
    }
  });
  return run_id;
}

void SimulatedCatalog::finish_jobs(const std::string& run_id, const SimulatedRun& run) {
  RunStore runs(database_);
  std::vector<JobRow> jobs;
  for (const std::string& method : run.methods) {
    runs.ensure_method({method, false, "compositeCapture"});
    for (const PairRow& pair : pairs_) {
      JobRow job;
      job.run_id = run_id;
      job.pair_id = pair.id;
      job.method = method;
      job.job_key = sha256(method + number(pair.id.value));
      job.params_json = "{}";
      jobs.push_back(job);
    }
  }
  runs.enqueue(jobs);
  std::map<PairId, const PairRow*> pair_of;
  for (const PairRow& pair : pairs_) {
    pair_of[pair.id] = &pair;
  }
  const auto n_skipped =
      static_cast<std::int64_t>(run.skipped_share * static_cast<double>(pairs_.size()));
  while (const std::optional<JobClaim> claim = runs.claim(run_id, "test", 3'600'000'000, 3)) {
    if (claim->job.pair_id.value - pairs_.front().id.value < n_skipped) {
      runs.skip(*claim, "face_small", "41 px | below 64 px", {});
    } else {
      const PairRow& pair = *pair_of.at(claim->job.pair_id);
      FakeRow fake =
          fake_row(claim->job.method + number(pair.id.value), number(pair.target_media.value), run);
      if (run.shares_pass) {
        fake.timings = pass_timings(fake.timings, claim->job.method, run);
      }
      fake.face_labels = {{tracks_.at(pair.target_media), "fake", pair.source_subject}};
      runs.record_done(*claim, fake);
    }
  }
  runs.finish(run_id, "ok");
}

double SimulatedCatalog::draw(const SimulatedMetric& metric, const PairRow& pair,
                              const std::string& method, const SimulatedRun& run) const {
  const std::string id = number(pair.id.value);
  const auto shift = [&](const std::string& key) {
    const auto found = run.shifts.find(key);
    return found == run.shifts.end() ? 0.0 : found->second;
  };
  const double people = normal(seed_, {metric.name, "source", number(pair.source_subject.value)}) +
                        normal(seed_, {metric.name, "target", number(pair.target_subject.value)});
  const double value = metric.mean + metric.sd_person * people +
                       metric.sd_pair * normal(seed_, {metric.name, "pair", id}) +
                       metric.sd_noise * normal(run.noise_seed, {metric.name, method, id}) +
                       shift(metric.name) + shift(method + ":" + metric.name);
  return metric.name == "coverage" ? std::min(1.0, value) : value;
}

void SimulatedCatalog::add_scores(const std::string& run_id, const SimulatedRun& run) {
  RunStore runs(database_);
  ScoreStore scores(database_);
  RunRow row = run_row(run, "evaluate");
  row.list_id = list_;
  row.parent_run_id = run_id;
  const std::string evaluation = runs.begin(row);
  std::map<PairId, const PairRow*> pair_of;
  for (const PairRow& pair : pairs_) {
    pair_of[pair.id] = &pair;
  }
  std::map<JobId, JobRow> jobs;
  for (const JobRow& job : runs.jobs(run_id)) {
    jobs[job.id] = job;
  }
  const std::vector<ArtifactRow> artifacts = runs.run_artifacts(run_id);
  std::vector<AggregateRow> aggregates;
  for (const SimulatedMetric& metric : simulated_metrics()) {
    MetricDefRow definition;
    definition.name = metric.name;
    definition.unit = metric.unit;
    definition.direction = metric.direction;
    definition.level = metric.name == "coverage" ? "clip" : "frame";
    definition.params_json = "{}";
    const MetricId id = scores.ensure_metric(definition);
    std::vector<ScoreRow> rows;
    std::map<std::string, std::vector<CrossedValue>> values;
    for (const ArtifactRow& artifact : artifacts) {
      if (artifact.kind != "fake_video") {
        continue;
      }
      const JobRow& job = jobs.at(*artifact.job_id);
      const PairRow& pair = *pair_of.at(job.pair_id);
      const double value = draw(metric, pair, job.method, run);
      const CrossedValue crossed{value, pair.source_subject.value, pair.target_subject.value};
      values["all"].push_back(crossed);
      values[method_slice(job.method)].push_back(crossed);
      for (std::int64_t frame = -1; frame < run.frame_rows; ++frame) {
        ScoreRow score;
        score.metric_id = id;
        score.artifact_id = artifact.id;
        score.frame = frame;
        score.value = value;
        rows.push_back(score);
      }
    }
    scores.add_scores(evaluation, rows);
    const BootstrapKey key{run.suite.value_or("unnamed"), metric.name + "@1", "all"};
    for (const auto& [slice, of_slice] : values) {
      aggregates.push_back(aggregate_row(id, slice, bootstrap_mean_two_way(of_slice, key)));
    }
    aggregates.push_back(aggregates.back());
    aggregates.back().slice = baseline_slice("copy_target");
    aggregates.back().value = metric.mean - 1;
  }
  for (const auto& [name, value] : run.set_values) {
    MetricDefRow definition;
    definition.name = name;
    definition.unit = "1";
    definition.direction = "down";
    definition.level = "set";
    definition.params_json = "{}";
    for (const std::string& method : run.methods) {
      AggregateRow& distance = aggregates.emplace_back();
      distance.metric_id = scores.ensure_metric(definition);
      distance.slice = method_slice(method);
      distance.value = value;
      distance.ci_method = "standard deviation over subsets: 1.0000e-03";
      distance.n = kSimulatedFaces;
      distance.n_clusters = static_cast<std::int64_t>(subjects_.size());
      distance.coverage = 1;
    }
  }
  scores.add_aggregates(evaluation, aggregates);
  runs.finish(evaluation, "ok");
}

std::string SimulatedCatalog::add_detector_run(const std::string& run_id,
                                               const SimulatedDetector& detector) {
  RunStore runs(database_);
  ModelRow model;
  model.role = "detector";
  model.name = detector.name;
  model.version = "1";
  model.sha256 = sha256(detector.weights.empty() ? "scores of " + run_id : detector.weights);
  std::string id;
  database_.transaction([&] {
    const ModelId model_id = runs.ensure_model(model, 1);
    if (!detector.weights.empty()) {
      const std::string training = runs.begin(run_row({}, "train"));
      runs.link_model(training, "detector", model_id);
      runs.finish(training, "ok");
    }
    RunRow row = run_row({}, "detector");
    row.parent_run_id = run_id;
    id = runs.begin(row);
    runs.link_model(id, "detector", model_id);
    DetectorStore(database_).add_scores(id, detector_rows(run_id, detector));
    runs.finish(id, "ok");
  });
  return id;
}

double SimulatedCatalog::draw_score(const SimulatedDetector& detector, const PairRow& pair,
                                    const std::string& method, bool is_fake) const {
  const std::string person = number(pair.target_subject.value);
  const std::string clip = is_fake ? number(pair.id.value) : "real " + person;
  double logit = normal(seed_, {"detector", "person", person}) +
                 detector.sd_noise * normal(detector.noise_seed, {"detector", method, clip});
  if (is_fake) {
    logit += detector.separation + normal(seed_, {"detector", "pair", clip});
  }
  return 1 / (1 + std::exp(-logit));
}

std::vector<DetectorScoreRow> SimulatedCatalog::detector_rows(const std::string& run_id,
                                                              const SimulatedDetector& detector) {
  std::map<PairId, const PairRow*> pair_of;
  for (const PairRow& pair : pairs_) {
    pair_of[pair.id] = &pair;
  }
  const RunStore runs(database_);
  std::vector<DetectorScoreRow> rows;
  std::set<std::pair<Digest, bool>> seen;
  for (const JobRow& job : runs.jobs(run_id)) {
    for (const ArtifactRow& artifact : runs.artifacts(job.id)) {
      const bool is_fake = artifact.kind == "fake_video";
      if (!artifact.label || !seen.emplace(*artifact.stream_sha256, is_fake).second) {
        continue;
      }
      const PairRow& pair = *pair_of.at(job.pair_id);
      rows.push_back({artifact.id, -1, "ok", draw_score(detector, pair, job.method, is_fake)});
    }
  }
  const auto n_missing =
      static_cast<std::size_t>(detector.missing_share * static_cast<double>(rows.size()));
  for (std::size_t i = 0; i < n_missing; ++i) {
    rows[i].status = "no_face";
    rows[i].p_fake.reset();
  }
  return rows;
}

}  // namespace changeling
