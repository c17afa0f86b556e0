// changeling-generate: face analysis and swaps; `changeling generate ...`, `changeling models run
// ...` and `changeling models init-fsgan ...` become this program.
#include <iostream>

#include <nlohmann/json.hpp>

#include "common/base/stop_signal.h"
#include "common/cli/command.h"
#include "generator/job/generate_run.h"
#include "generator/job/library_versions.h"
#include "generator/options/generate_options.h"
#include "generator/options/models_options.h"
#include "generator/programs/models_init_fsgan.h"
#include "generator/programs/models_run.h"

namespace changeling {
namespace {

void print_summary(const Command& command, const GenerateSummary& summary) {
  const RunProgress& progress = summary.progress;
  if (command.json) {
    const nlohmann::json document = {{"schema_version", 1},
                                     {"run_id", summary.run_id},
                                     {"resumed", summary.resumed},
                                     {"done", progress.done},
                                     {"skipped", progress.skipped},
                                     {"failed", progress.failed},
                                     {"quarantined", progress.quarantined},
                                     {"open", progress.open}};
    std::cout << document.dump() << "\n";
    return;
  }
  if (command.quiet) {
    return;
  }
  std::cout << "run " << (summary.run_id.empty() ? "(new)" : summary.run_id) << ": "
            << progress.done << " done, " << progress.skipped << " skipped, " << progress.failed
            << " failed, " << progress.quarantined << " quarantined, " << progress.open
            << " open\n";
}

ExitCode exit_code_of_run(const Config& config, const RunProgress& progress) {
  if (progress.stopped) {
    return exit_code_of_stop();
  }
  if (progress.failed_share() == 0) {
    return progress.open > 0 ? ExitCode::kRetry : ExitCode::kOk;
  }
  return progress.failed_share() > config.get_double("run.max_failed_share")
             ? ExitCode::kRuntimeError
             : ExitCode::kSomeItemsFailed;
}

ExitCode run_generate_verb(const Command& command) {
  install_stop_signal();
  const std::string& list = command.positionals.front();
  if (command.dry_run) {
    print_summary(command, plan_generate(command.config, list));
    return ExitCode::kOk;
  }
  const GenerateSummary summary = run_generate(command.config, list, command.progress);
  print_summary(command, summary);
  return exit_code_of_run(command.config, summary.progress);
}

void print_summary(const Command& command, const AnalyzeSummary& summary) {
  if (command.json) {
    const nlohmann::json document = {{"schema_version", 1},
                                     {"dry_run", command.dry_run},
                                     {"open", summary.open},
                                     {"analyzed", summary.analyzed},
                                     {"failed", summary.failed},
                                     {"tracks", summary.tracks},
                                     {"without_face", summary.without_face},
                                     {"left_out", summary.left_out}};
    std::cout << document.dump() << "\n";
    return;
  }
  if (command.quiet) {
    return;
  }
  if (command.dry_run) {
    std::cout << "would analyse " << summary.open << " clips\n";
  } else {
    std::cout << summary.analyzed << " clips analysed, " << summary.without_face
              << " without a face, " << summary.tracks << " face tracks, " << summary.failed
              << " failed, " << summary.open << " open\n";
  }
  for (const auto& [reason, count] : summary.left_out) {
    std::cout << "left out: " << count << " " << reason << "\n";
  }
}

ExitCode run_analyze_verb(const Command& command) {
  install_stop_signal();
  const std::string& corpus = command.positionals.front();
  if (command.dry_run) {
    print_summary(command, plan_analyze(command.config, corpus));
    return ExitCode::kOk;
  }
  const AnalyzeSummary summary = run_analyze(command.config, corpus, command.progress);
  print_summary(command, summary);
  if (summary.stopped) {
    return exit_code_of_stop();
  }
  return summary.failed > 0 ? ExitCode::kSomeItemsFailed : ExitCode::kOk;
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  changeling::Verb models;
  models.name = "models";
  models.summary = "Run the pretrained networks";
  models.sub_verbs = {changeling::models_run_verb(), changeling::models_init_fsgan_verb()};
  changeling::Verb root;
  root.name = "changeling-generate";
  root.summary = "Analyse faces and make labelled face swaps";
  root.sub_verbs = {changeling::generate_verb(), models};
  const std::vector<changeling::VerbEntry> functions = {
      {{"generate", "run"}, changeling::run_generate_verb},
      {{"generate", "analyze"}, changeling::run_analyze_verb},
      {{"models", "run"}, changeling::run_models_run},
      {{"models", "init-fsgan"}, changeling::run_models_init_fsgan},
  };
  changeling::ProgramHooks hooks;
  hooks.self_report = changeling::self_report;
  return changeling::run_program(root, functions, argc, argv, hooks);
}
