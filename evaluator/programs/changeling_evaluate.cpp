// changeling-evaluate: measures fakes; `changeling evaluate ...` becomes this program.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/version.h>

#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/stop_signal.h"
#include "common/cli/command.h"
#include "common/cli/progress.h"
#include "common/cli/table_printer.h"
#include "common/compute/compute_threads.h"
#include "common/quality/brisque.h"
#include "common/tensor/device.h"
#include "evaluator/options/detector_options.h"
#include "evaluator/options/evaluate_options.h"
#include "evaluator/programs/detector_verbs.h"
#include "evaluator/programs/protocol_verb.h"
#include "evaluator/run/evaluation_run.h"
#include "evaluator/run/scorers.h"
#include "evaluator/scores/aggregate_text.h"

namespace changeling {
namespace {

constexpr const char* kSystemBrisque = "/usr/share/opencv4/quality";

std::string self_report() {
  return nlohmann::json{{"versions", {{"changeling", project_version()}, {"torch", TORCH_VERSION}}},
                        {"torch_build", torch_build_summary()},
                        {"devices", {"cpu"}}}
      .dump();
}

nlohmann::json number_json(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

void print_json(const EvaluationSummary& summary) {
  nlohmann::json document = {{"schema_version", 1},
                             {"run_id", summary.run_id},
                             {"generate_run", summary.generate_run},
                             {"status", summary.status},
                             {"fakes", summary.n_fakes},
                             {"missing", summary.n_missing},
                             {"measured", summary.n_measured},
                             {"unscorable", summary.n_unscorable},
                             {"failed", summary.n_failed},
                             {"metrics", nlohmann::json::array()}};
  for (const MetricResult& metric : summary.metrics) {
    const AggregateRow& row = metric.aggregate;
    document["metrics"].push_back({{"name", metric.name},
                                   {"version", metric.version},
                                   {"method", metric.method},
                                   {"unit", metric.unit},
                                   {"direction", metric.direction},
                                   {"status", row.status},
                                   {"mean", number_json(row.value)},
                                   {"ci_low", number_json(row.ci_lo)},
                                   {"ci_high", number_json(row.ci_hi)},
                                   {"ci_method", row.ci_method.value_or("")},
                                   {"n", row.n},
                                   {"n_clusters", row.n_clusters},
                                   {"coverage", row.coverage}});
  }
  std::cout << document.dump() << "\n";
}

void print_text(const EvaluationSummary& summary) {
  if (summary.run_id.empty()) {
    std::cout << summary.generate_run << ": " << summary.n_missing << " of " << summary.n_fakes
              << " fakes to score\n";
    return;
  }
  std::cout << "run " << summary.run_id << " (" << summary.status << "): " << summary.n_fakes
            << " fakes, " << summary.n_measured << " measured now, " << summary.n_unscorable
            << " unscorable, " << summary.n_failed << " failed\n";
  if (summary.metrics.empty()) {
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const MetricResult& metric : summary.metrics) {
    const AggregateRow& row = metric.aggregate;
    rows.push_back({metric.name + "@" + std::to_string(metric.version), metric.method, metric.unit,
                    metric.direction, number_text(row.value), interval_text(row),
                    std::to_string(row.n), std::to_string(row.n_clusters),
                    number_text(row.coverage)});
  }
  print_table(std::cout,
              {"metric", "method", "unit", "better", "mean", "95 % interval", "clips", "people",
               "coverage"},
              rows);
}

void print_summary(const Command& command, const EvaluationSummary& summary) {
  if (command.json) {
    print_json(summary);
  } else if (!command.quiet) {
    print_text(summary);
  }
}

/// Empty when not set.
std::filesystem::path segmentation_file(const Config& config) {
  return config.is_set("evaluate.segmentation") ? config.get_file("evaluate.segmentation")
                                                : std::filesystem::path();
}

/// Empty where nothing is set and the system has no files.
std::filesystem::path brisque_folder(const Config& config) {
  const bool is_set = config.is_set("evaluate.brisque");
  std::filesystem::path folder = is_set ? config.get_path("evaluate.brisque") : kSystemBrisque;
  if (exist(brisque_files(folder))) {
    return folder;
  }
  if (is_set) {
    throw Error(ErrorKind::kConfig, "evaluate.brisque: '" + folder.string() +
                                        "' lacks brisque_model_live.yml or brisque_range_live.yml");
  }
  return {};
}

RejectLimits reject_limits(const Config& config) {
  if (config.get_double("evaluate.reject.seam_low") >
      config.get_double("evaluate.reject.seam_high")) {
    throw Error(ErrorKind::kConfig, "evaluate.reject.seam_low is above evaluate.reject.seam_high");
  }
  return {config.get_double("evaluate.reject.id_margin"),
          config.get_double("evaluate.reject.pose_deg"),
          config.get_double("evaluate.reject.coverage"),
          config.get_double("evaluate.reject.seam_low"),
          config.get_double("evaluate.reject.seam_high"),
          config.get_double("evaluate.reject.jitter_medians")};
}

EvaluationOptions evaluation_options(const Command& command) {
  EvaluationOptions options;
  if (!command.positionals.empty()) {
    options.generate_run = command.positionals.front();
  }
  options.replicates = static_cast<int>(command.config.get_int("evaluate.replicates"));
  options.baseline_pairs = static_cast<int>(command.config.get_int("evaluate.baseline_pairs"));
  options.seed = static_cast<std::uint64_t>(command.config.get_int("seed"));
  options.rejects = reject_limits(command.config);
  if (command.config.get_bool("evaluate.small_sets")) {
    options.set_metrics.push_back(small_set_metric());
  }
  if (const std::filesystem::path file = segmentation_file(command.config); !file.empty()) {
    options.scorers.emplace("g_s", segmenter_row(file));
  }
  if (const std::filesystem::path folder = brisque_folder(command.config); !folder.empty()) {
    options.scorers.emplace("brisque", brisque_row(folder));
  } else {
    log_warn("metrics_left_out", {{"metrics", "brisque, brisque_excess"},
                                  {"reason", std::string("no model in ") + kSystemBrisque +
                                                 " (Debian package opencv-data)"}});
  }
  options.config_json = command.config.to_json(evaluate_config_prefixes());
  options.config_sha256 = command.config.digest(evaluate_config_prefixes());
  return options;
}

ExitCode exit_code_of(const EvaluationSummary& summary) {
  if (summary.stopped) {
    return exit_code_of_stop();
  }
  return summary.status == "ok" ? ExitCode::kOk : ExitCode::kSomeItemsFailed;
}

ExitCode run_score_verb(const Command& command) {
  install_stop_signal();
  const Config& config = command.config;
  const EvaluationOptions options = evaluation_options(command);
  if (command.dry_run) {
    Database reader = Database::open_reader(config.get_path("catalog"));
    print_summary(command, plan_evaluation(reader, options));
    return ExitCode::kOk;
  }
  // Unless asked otherwise one thread: batches of a few small crops gain little from a second one,
  // and on a busy machine LibTorch's threads wait for each other most of the time.
  configure_compute(std::max(1, static_cast<int>(config.get_int("threads"))));
  Database database = Database::open_writer(config.get_path("catalog"));
  const BlobStore blobs(objects_folder(database.path()));
  const CorpusRoots roots(database.path());
  std::unique_ptr<Progress> progress;
  EvaluationHooks hooks;
  hooks.make_face_meter = [&config] {
    return make_network_face_meter(config.get_path("models.dir"), segmentation_file(config));
  };
  hooks.make_square_meter = [&config] {
    return make_model_square_meter(config.get_path("models.dir"), brisque_folder(config));
  };
  hooks.make_feature_meter = [&config] {
    return make_network_feature_meter(config.get_path("models.dir"));
  };
  hooks.stop_requested = [] { return stop_requested() != 0; };
  hooks.on_start = [&](std::int64_t n_clips) {
    progress = std::make_unique<Progress>("evaluate", n_clips, "clips", command.progress);
  };
  hooks.on_clip_end = [&](const std::string& status) {
    progress->set_note(status);
    progress->add(1);
  };
  const EvaluationSummary summary = run_evaluation(database, blobs, roots, options, hooks);
  progress.reset();
  print_summary(command, summary);
  return exit_code_of(summary);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  changeling::Verb root;
  root.name = "changeling-evaluate";
  root.summary = "Measure fakes against their sources and targets";
  root.sub_verbs = {changeling::evaluate_verb(), changeling::detector_verb()};
  const std::vector<changeling::VerbEntry> functions = {
      {{"evaluate", "score"}, changeling::run_score_verb},
      {{"evaluate", "protocol"}, changeling::run_protocol_verb},
      {{"detector", "train"}, changeling::run_detector_train},
      {{"detector", "score"}, changeling::run_detector_score},
  };
  changeling::ProgramHooks hooks;
  hooks.self_report = changeling::self_report;
  return changeling::run_program(root, functions, argc, argv, hooks);
}
