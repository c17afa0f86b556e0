#include "generator/job/generate_run.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "catalog/signing/key_folder.h"
#include "catalog/signing/sign_clips.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/usable_pairs.h"
#include "common/base/build_info.h"
#include "common/base/log.h"
#include "common/base/shortage.h"
#include "common/base/spare_room.h"
#include "common/base/stop_signal.h"
#include "common/cli/progress.h"
#include "common/clips/media_locator.h"
#include "common/compute/compute_threads.h"
#include "common/tensor/torch_errors.h"
#include "generator/batch/analysis_plan.h"
#include "generator/job/builtin_methods.h"
#include "generator/job/cached_analysis.h"
#include "generator/job/job_key.h"
#include "generator/job/library_versions.h"
#include "generator/job/pair_loader.h"
#include "generator/job/swap_worker.h"
#include "generator/methods/fsgan/fsgan_method.h"

namespace changeling {
namespace {

/// The catalog with everything a run reads and writes. One thread.
struct Workspace {
  Workspace(const Config& config, Database opened)
      : database(std::move(opened)),
        corpora(database),
        pairs(database),
        runs(database),
        blobs(objects_folder(database.path())),
        roots(database.path()),
        analyses(corpora, blobs, analysis_settings(config)) {}

  static CachedAnalysis::Settings analysis_settings(const Config& config);

  Database database;
  CorpusStore corpora;
  PairStore pairs;
  RunStore runs;
  BlobStore blobs;
  CorpusRoots roots;
  CachedAnalysis analyses;
};

CachedAnalysis::Settings Workspace::analysis_settings(const Config& config) {
  CachedAnalysis::Settings settings;
  settings.models_dir = config.get_path("models.dir");
  settings.max_frames = config.get_int("generate.max_frames");
  settings.queue_frames = static_cast<int>(config.get_int("run.queue_frames"));
  settings.options.detect_every = static_cast<int>(config.get_int("analysis.detect_every"));
  settings.options.score_threshold =
      static_cast<float>(config.get_double("analysis.score_threshold"));
  settings.options.tile_px = static_cast<int>(config.get_int("analysis.tile_px"));
  settings.options.min_face_px = static_cast<int>(config.get_int("analysis.min_face_px"));
  settings.options.max_gap_frames = static_cast<int>(config.get_int("analysis.max_gap_frames"));
  settings.options.min_track_iou = static_cast<float>(config.get_double("analysis.min_track_iou"));
  settings.options.min_identity_cosine =
      static_cast<float>(config.get_double("analysis.min_identity_cosine"));
  settings.options.identity_every = static_cast<int>(config.get_int("analysis.identity_every"));
  settings.options.smoothing_sigma_frames =
      static_cast<float>(config.get_double("analysis.smoothing_sigma_frames"));
  return settings;
}

SwapWorker::Settings worker_settings(const Config& config) {
  SwapWorker::Settings settings;
  settings.encode.codec = config.get_string("generate.codec");
  settings.encode.crf = static_cast<int>(config.get_int("generate.crf"));
  settings.encode.preset = config.get_string("generate.preset");
  settings.encode.gop_frames = static_cast<int>(config.get_int("generate.gop_frames"));
  settings.profile = profile_name(settings.encode);
  settings.keep_audio = config.get_bool("generate.keep_audio");
  settings.trim = config.get_string("generate.trim") == "swapped";
  settings.partial.share = config.get_double("generate.partial.share");
  settings.partial.seconds = config.get_double("generate.partial.seconds");
  settings.partial.segments = static_cast<int>(config.get_int("generate.partial.segments"));
  settings.max_frames = config.get_int("generate.max_frames");
  settings.queue_frames = static_cast<int>(config.get_int("run.queue_frames"));
  settings.clips_in_turn = static_cast<int>(config.get_int("run.clips_in_flight"));
  settings.batch_frames = static_cast<int>(config.get_int("run.batch_frames"));
  settings.device = config.get_string("device");
  if (config.is_set("run.dump_stages")) {
    settings.stages.folder = config.get_path("run.dump_stages");
  }
  settings.stages.every = config.get_int("run.dump_every");
  return settings;
}

PairListRow find_list(const PairStore& pairs, const std::string& name) {
  const std::optional<PairListRow> list = pairs.find_pair_list(name);
  if (!list) {
    throw Error(ErrorKind::kConfig, "no pair list '" + name +
                                        "' (make it with 'changeling sample pairs " + name + "')");
  }
  return *list;
}

std::optional<std::string> suite_of(const Config& config) {
  if (!config.is_set("run.suite")) {
    return std::nullopt;
  }
  return config.get_string("run.suite");
}

/// Of a run that is yet to begin.
void check_suite(const Workspace& workspace, const Config& config) {
  if (const std::optional<std::string> suite = suite_of(config)) {
    workspace.runs.check_suite("run.suite", *suite);
  }
}

std::string begin_run(Workspace& workspace, const Config& config, const PairListRow& list,
                      const MethodSet& methods) {
  RunRow run = new_run("generate");
  run.list_id = list.id;
  run.suite = suite_of(config);
  run.config_json = run_params(config, methods.variants());
  run.config_sha256 = run_digest(config, methods.variants());
  run.seed = static_cast<std::uint64_t>(config.get_int("seed"));
  run.env_json = self_report();
  return workspace.runs.begin(run);
}

void link_models(Workspace& workspace, const std::string& run_id, const MethodSet& methods) {
  std::vector<ProvenanceModel> models = workspace.analyses.models();
  for (const SwapMethod::Variant& variant : methods.variants()) {
    models.insert(models.end(), variant.models.begin(), variant.models.end());
  }
  for (const ProvenanceModel& model : models) {
    ModelRow row;
    row.role = model.role;
    row.name = model.name;
    row.version = model.version;
    row.sha256 = model.sha256;
    row.licence = model.licence;
    if (!model.trained_on.empty()) {
      row.trained_on = model.trained_on;
    }
    workspace.runs.link_model(run_id, model.role, workspace.runs.ensure_model(row, 0));
  }
}

/// usable_pairs(), and a warning of the others and of those that will fail.
std::vector<PairRow> pairs_to_swap(const Workspace& workspace, const PairListRow& list) {
  const std::vector<PairRow> all = workspace.pairs.pairs(list.id);
  std::vector<PairRow> pairs = usable_pairs(workspace.corpora, all);
  const std::size_t n_withdrawn = all.size() - pairs.size();
  if (n_withdrawn > 0) {
    log_warn("pairs_withdrawn", {{"pairs", std::to_string(n_withdrawn)}});
  }
  const RefusedPairs refused = refused_pairs(workspace.corpora, pairs);
  if (refused.pairs > 0) {
    log_warn("pairs_refused", {{"error", words_for(refused, pairs.size(), list.name)}});
  }
  return pairs;
}

/// Methods that blend a face with itself take the pairs of one clip, the others those of two.
bool fits(const PairRow& pair, const SwapMethod::Variant& variant) {
  return variant.self_paired == is_self_pair(pair);
}

/// Pairs x variants that fit. Throws Error(kConfig) for no pairs, or a variant that fits none.
std::int64_t count_jobs(const std::vector<PairRow>& pairs,
                        const std::vector<SwapMethod::Variant>& variants) {
  if (pairs.empty()) {
    throw Error(ErrorKind::kConfig,
                "the list has no pair, or every one shows somebody withdrawn (make another list "
                "with 'changeling sample pairs')");
  }
  std::int64_t all = 0;
  for (const SwapMethod::Variant& variant : variants) {
    const auto count = std::count_if(pairs.begin(), pairs.end(), [&variant](const PairRow& pair) {
      return fits(pair, variant);
    });
    if (count == 0) {
      throw Error(ErrorKind::kConfig,
                  "the list has no pair for " + variant.name +
                      (variant.self_paired ? " (draw some with sample.pairs.self_share)"
                                           : " (all pair a clip with itself)"));
    }
    all += count;
  }
  return all;
}

/// Throws Error(kConfig) where pictures of stages are asked for and no method has any.
void check_stages(const Config& config, const std::vector<SwapMethod::Variant>& variants) {
  const bool has_stages = std::any_of(
      variants.begin(), variants.end(),
      [](const SwapMethod::Variant& variant) { return rung_of(variant.name).has_value(); });
  if (config.is_set("run.dump_stages") && !has_stages) {
    throw Error(ErrorKind::kConfig, "run.dump_stages: fsgan alone shows its stages");
  }
}

/// Jobs that are made before they are stored: each holds its parameters, and a list may have
/// 100,000 pairs.
constexpr std::size_t kJobsAtOnce = 1000;

/// A job per pair and fitting variant; those of one pair stand beside each other.
void enqueue_pairs(Workspace& workspace, const Config& config, const std::string& run_id,
                   const std::vector<PairRow>& pairs,
                   const std::vector<SwapMethod::Variant>& variants) {
  const auto seed = static_cast<std::uint64_t>(config.get_int("seed"));
  std::vector<std::string> params;
  for (const SwapMethod::Variant& variant : variants) {
    workspace.runs.ensure_method({variant.name, variant.self_paired, variant.digital_source_type});
    params.push_back(job_params(config, variant.name));
  }
  workspace.database.transaction([&] {
    std::vector<JobRow> jobs;
    for (const PairRow& pair : pairs) {
      for (std::size_t i = 0; i < variants.size(); ++i) {
        if (!fits(pair, variants[i])) {
          continue;
        }
        JobRow& job = jobs.emplace_back();
        job.run_id = run_id;
        job.pair_id = pair.id;
        job.method = variants[i].name;
        job.params_json = params[i];
        job.seed = seed;
        job.job_key = job_key(workspace.corpora, pair, variants[i], params[i], seed);
      }
      if (jobs.size() >= kJobsAtOnce) {
        workspace.runs.enqueue(jobs);
        jobs.clear();
      }
    }
    workspace.runs.enqueue(jobs);
  });
}

/// The run to go on with: equal list and settings, made by this very commit. Other code may make
/// other pixels, and a run names one commit only.
std::optional<RunRow> resumable_run(const Workspace& workspace, const Config& config,
                                    const PairListRow& list, const MethodSet& methods) {
  if (!config.get_bool("run.resume")) {
    return std::nullopt;
  }
  std::optional<RunRow> earlier =
      workspace.runs.find_resumable("generate", list.id, run_digest(config, methods.variants()));
  if (earlier && earlier->git_commit != git_commit()) {
    log_info("new_run", {{"earlier", earlier->run_id}, {"made_by", earlier->git_commit}});
    earlier.reset();
  }
  if (earlier && earlier->suite != suite_of(config)) {
    log_info("new_run", {{"earlier", earlier->run_id}, {"suite", earlier->suite.value_or("")}});
    earlier.reset();
  }
  return earlier;
}

/// A run is closed once no job is open; one that was stopped stays open for the next start.
void close_run(Workspace& workspace, const std::string& run_id, const RunProgress& progress) {
  if (progress.open > 0) {
    return;
  }
  const bool clean = progress.failed + progress.quarantined == 0;
  workspace.runs.finish(run_id, clean ? "ok" : "partial");
}

/// Signs what the run has made so far and what an earlier, killed start left unsigned.
void sign_run(Workspace& workspace, const std::string& run_id, const SigningKey& key) {
  SignRequest request;
  request.run_id = run_id;
  const SignSummary summary = sign_clips(workspace.database, workspace.blobs, key, request);
  for (const std::string& refusal : summary.refusals) {
    log_error("not_signed", {{"clip", refusal}});
  }
  log_info("signed",
           {{"clips", std::to_string(summary.signed_clips)}, {"key", key.verifying_key().id()}});
}

/// What giving back a job adds to the catalog's log at most: a few pages.
constexpr std::int64_t kRoomPerJob = 32 << 10;

/// For giving back whatever may be in hand, and for what SQLite needs besides.
std::int64_t room_for_jobs(const OrchestratorOptions& options, const MethodSet& methods) {
  const auto methods_of_pair = static_cast<std::int64_t>(methods.variants().size());
  return kRoomPerJob * (4 + options.groups_in_flight * methods_of_pair);
}

OrchestratorOptions orchestrator_options(const Config& config, const std::string& run_id,
                                         const MethodSet& methods, Progress& progress) {
  OrchestratorOptions options;
  options.run_id = run_id;
  options.owner = claim_owner();
  options.claim_expiry_us = config.get_int("run.claim_expiry_s") * 1'000'000;
  options.max_attempts = static_cast<int>(config.get_int("run.max_attempts"));
  options.groups_in_flight = clips_to_open(static_cast<int>(config.get_int("run.clips_in_flight")));
  options.made_together = [&methods](const std::string& name) { return methods.made_with(name); };
  options.stop_requested = [] { return stop_requested() != 0; };
  options.on_job_end = [&progress](const JobRow& job, std::string_view state) {
    progress.set_note("job " + std::to_string(job.id.value) + " " + std::string(state));
    progress.add(1);
  };
  return options;
}

}  // namespace

GenerateSummary run_generate(const Config& config, const std::string& list_name,
                             bool show_progress) {
  register_torch_error_translator();
  Workspace workspace(config, Database::open_writer(config.get_path("catalog")));
  const PairListRow list = find_list(workspace.pairs, list_name);
  configure_compute(static_cast<int>(config.get_int("threads")));
  const MethodSet methods = make_methods(config);
  const SigningKey key = key_ring(config).signing_key_or_new();
  const std::optional<RunRow> earlier = resumable_run(workspace, config, list, methods);
  GenerateSummary summary;
  summary.resumed = earlier.has_value();
  if (earlier && earlier->status != "running") {
    summary.run_id = earlier->run_id;
    sign_run(workspace, summary.run_id, key);
    summary.progress = run_progress(workspace.runs, earlier->run_id);
    return summary;
  }
  const std::vector<PairRow> pairs = pairs_to_swap(workspace, list);
  if (!earlier) {
    check_suite(workspace, config);
    (void)count_jobs(pairs, methods.variants());
  }
  check_stages(config, methods.variants());
  (void)workspace.analyses.models();  // a missing network ends the run before it begins
  summary.run_id = earlier ? earlier->run_id : begin_run(workspace, config, list, methods);
  enqueue_pairs(workspace, config, summary.run_id, pairs, methods.variants());
  link_models(workspace, summary.run_id, methods);
  workspace.runs.release_stale_claims(summary.run_id);

  PairLoader loader(workspace.corpora, workspace.pairs, workspace.roots, workspace.analyses);
  SwapWorker worker(loader, workspace.analyses, workspace.blobs, methods, worker_settings(config));
  Progress progress("generate", run_progress(workspace.runs, summary.run_id).open, "jobs",
                    show_progress);
  OrchestratorOptions options = orchestrator_options(config, summary.run_id, methods, progress);
  SpareRoom room(workspace.database.path(), room_for_jobs(options, methods));
  options.make_room = [&room] { room.give(); };
  summary.progress = run_jobs(workspace.runs, worker, options);
  room.give();
  sign_run(workspace, summary.run_id, key);
  close_run(workspace, summary.run_id, summary.progress);
  return summary;
}

GenerateSummary plan_generate(const Config& config, const std::string& list_name) {
  const Workspace workspace(config, Database::open_reader(config.get_path("catalog")));
  const PairListRow list = find_list(workspace.pairs, list_name);
  const MethodSet methods = make_methods(config);
  GenerateSummary summary;
  if (const std::optional<RunRow> earlier = resumable_run(workspace, config, list, methods)) {
    summary.run_id = earlier->run_id;
    summary.resumed = true;
    summary.progress = run_progress(workspace.runs, earlier->run_id);
  } else {
    check_suite(workspace, config);
    summary.progress.open = count_jobs(pairs_to_swap(workspace, list), methods.variants());
  }
  return summary;
}

namespace {

AnalysisPlan plan_of(const Workspace& workspace, const Config& config, const std::string& corpus) {
  AnalysisChoice choice;
  choice.corpus = corpus;
  choice.split = config.get_text("analyze.split");
  choice.parts = config.get_list("analyze.parts");
  return plan_analysis(workspace.corpora, workspace.pairs, choice);
}

}  // namespace

AnalyzeSummary plan_analyze(const Config& config, const std::string& corpus_name) {
  const Workspace workspace(config, Database::open_reader(config.get_path("catalog")));
  const AnalysisPlan plan = plan_of(workspace, config, corpus_name);
  AnalyzeSummary summary;
  summary.open = static_cast<std::int64_t>(plan.clips.size());
  summary.left_out = plan.left_out;
  return summary;
}

AnalyzeSummary run_analyze(const Config& config, const std::string& corpus_name,
                           bool show_progress) {
  register_torch_error_translator();
  Workspace workspace(config, Database::open_writer(config.get_path("catalog")));
  const AnalysisPlan plan = plan_of(workspace, config, corpus_name);
  if (!plan.clips.empty()) {
    (void)workspace.analyses.models();  // throws now what every clip would fail of
  }
  configure_compute(static_cast<int>(config.get_int("threads")));
  AnalyzeSummary summary;
  summary.open = static_cast<std::int64_t>(plan.clips.size());
  summary.left_out = plan.left_out;
  const MediaLocator locator(workspace.corpora, workspace.roots);
  Progress progress("analyze", summary.open, "clips", show_progress);
  StageTimings timings;
  for (const MediaRow& medium : plan.clips) {
    progress.set_note(medium.rel_path);
    const Outcome<StoredAnalysis> outcome = guard<StoredAnalysis>("analyze", [&] {
      check_stop();
      return workspace.analyses.analyze(medium, locator.checked_path(medium), "analyze", timings,
                                        check_stop);
    });
    if (std::holds_alternative<Failure>(outcome) &&
        std::get<Failure>(outcome).kind == ErrorKind::kCancelled) {
      summary.stopped = true;
      break;
    }
    progress.add(1);
    --summary.open;
    if (const auto* stored = std::get_if<StoredAnalysis>(&outcome)) {
      ++summary.analyzed;
      summary.without_face += stored->track_ids.empty() ? 1 : 0;
      summary.tracks += static_cast<std::int64_t>(stored->track_ids.size());
      continue;
    }
    const auto& failure = std::get<Failure>(outcome);
    if (failure.lacks_descriptors) {
      throw DescriptorShortage(failure.message);
    }
    if (failure.kind == ErrorKind::kModel || failure.kind == ErrorKind::kCatalog ||
        failure.is_disk_refusal) {
      throw Error(failure.kind, failure.message);  // would hit every clip alike
    }
    ++summary.failed;
    log_warn("analyze_failed", {{"media", medium.rel_path}, {"error", failure.message}});
  }
  return summary;
}

}  // namespace changeling
