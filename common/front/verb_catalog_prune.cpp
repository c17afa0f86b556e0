#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalog/store/pruning.h"
#include "common/cli/option_makers.h"
#include "common/front/json_output.h"
#include "common/front/user_name.h"
#include "common/front/verb_catalog.h"

namespace changeling {
namespace {

using nlohmann::json;

void print_report_json(const PruneReport& report, const PruneRequest& request) {
  json runs = json::array();
  for (const PrunedRun& run : report.runs) {
    runs.push_back({{"run_id", run.run_id},
                    {"started_at", run.started_at},
                    {"files", run.files},
                    {"bytes", run.bytes},
                    {"frame_scores", run.frame_scores}});
  }
  print_json({{"suite", request.suite},
              {"dry_run", request.dry_run},
              {"runs", std::move(runs)},
              {"kept_baselines", report.kept_baselines},
              {"kept_jobs", report.kept_jobs},
              {"shared_files", report.shared_files},
              {"files", report.removed.files},
              {"bytes", report.removed.bytes}});
}

void print_report(const PruneReport& report, const PruneRequest& request) {
  for (const PrunedRun& run : report.runs) {
    std::cout << "run " << run.run_id << " of " << run.started_at << ": " << run.files
              << " files of " << run.bytes << " bytes";
    std::cout << (run.frame_scores > 0
                      ? ", " + std::to_string(run.frame_scores) + " scores of frames\n"
                      : "\n");
  }
  std::cout << "kept of older runs: " << report.kept_baselines << " baselines, " << report.kept_jobs
            << " jobs of data sets, " << report.shared_files << " files that others share\n"
            << (request.dry_run ? "would remove " : "removed ") << report.removed.files
            << " files of " << report.removed.bytes << " bytes, of " << report.runs.size()
            << " runs\n";
}

}  // namespace

Verb catalog_prune_verb() {
  Verb verb;
  verb.name = "prune";
  verb.summary = "Free the files of a suite's old runs; their numbers stay";
  verb.description =
      "Removes the clips, masks and sidecars of all but the newest runs of a suite. Rows stay: "
      "runs, jobs, labels, spans, scores, aggregates, verdicts, signatures; the audit log says "
      "when and by whom, and reports of these runs have everything but pictures. Kept are files of "
      "baselines of any suite, of clips in a data set, and what another run, an analysis or a "
      "medium shares. Nothing more can be measured on a pruned run, and it cannot become a "
      "baseline. Rows of backups do not hold files. A call that was killed is ended by the next "
      "one.";
  verb.examples = {"changeling catalog prune nightly --keep 14 --dry-run",
                   "changeling catalog prune nightly --keep 14 --frame-scores"};
  verb.positionals = {{"SUITE", "Suite whose old runs lose their files.", true, false}};
  verb.options = {
      make_int("catalog_prune.keep", "keep", "14",
               "Newest runs of the suite, of those that made a clip, that keep their "
               "files.",
               1, 1e6),
      make_option(OptionType::kBool, "catalog_prune.frame_scores", "frame-scores", "false",
                  "Also forget what each frame of these runs scored; clips' scores and "
                  "all aggregates stay.")};
  return verb;
}

ExitCode run_catalog_prune(const Command& command) {
  PruneRequest request;
  request.suite = command.positionals.at(0);
  request.keep_runs = command.config.get_int("catalog_prune.keep");
  request.frame_scores = command.config.get_bool("catalog_prune.frame_scores");
  request.by = user_name();
  request.dry_run = command.dry_run;
  const std::filesystem::path file = command.config.get_path("catalog");
  Database database = request.dry_run ? Database::open_reader(file) : Database::open_writer(file);
  const PruneReport report = prune_runs(database, BlobStore(objects_folder(file)), request);
  if (command.json) {
    print_report_json(report, request);
  } else if (!command.quiet) {
    print_report(report, request);
  }
  return ExitCode::kOk;
}

}  // namespace changeling
