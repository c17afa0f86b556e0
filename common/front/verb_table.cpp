#include "common/front/verb_table.h"

#include <filesystem>
#include <iostream>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/cli/completion.h"
#include "common/cli/man_page.h"
#include "common/cli/option_makers.h"
#include "common/cli/suggestion.h"
#include "common/front/verb_catalog.h"
#include "common/front/verb_config.h"
#include "common/front/verb_corpus.h"
#include "common/front/verb_detector.h"
#include "common/front/verb_doctor.h"
#include "common/front/verb_export.h"
#include "common/front/verb_gate.h"
#include "common/front/verb_keys.h"
#include "common/front/verb_models.h"
#include "common/front/verb_nightly.h"
#include "common/front/verb_report.h"
#include "common/front/verb_sample.h"
#include "common/front/verb_version.h"
#include "evaluator/options/detector_options.h"
#include "evaluator/options/evaluate_options.h"
#include "generator/options/generate_options.h"
#include "generator/options/train_options.h"

namespace changeling {
namespace {

Verb completion_verb() {
  Verb bash;
  bash.name = "bash";
  bash.summary = "Print the completion script of bash";
  bash.examples = {"source <(changeling completion bash)",
                   "changeling completion bash > /etc/bash_completion.d/changeling"};
  Verb verb;
  verb.name = "completion";
  verb.summary = "Complete verbs, flags and settings in the shell";
  verb.sub_verbs = {bash};
  return verb;
}

Verb man_verb() {
  Verb verb;
  verb.name = "man";
  verb.summary = "Print the manual page of a verb";
  verb.examples = {"man -l <(changeling man generate)", "changeling man --out /usr/share/man/man1"};
  verb.positionals = {
      {"VERB", "First word of the verb; without it, of the program.", false, false}};
  verb.options = {make_option(OptionType::kPath, "man.out", "out", "",
                              "Write the pages of all verbs into this folder instead.")};
  return verb;
}

/// Listed here for help and completion; run_program answers it.
Verb help_verb() {
  Verb verb;
  verb.name = "help";
  verb.summary = "Print the help of a verb";
  verb.examples = {"changeling help generate run"};
  verb.positionals = {{"VERB", "Words of the verb.", false, true}};
  return verb;
}

Verb make_verb_table() {
  Verb root;
  root.name = "changeling";
  root.summary =
      "Builds labelled face-swap video sets for training and measuring deepfake detectors";
  root.examples = {"script/demo                                    # the whole chain on real clips",
                   "changeling generate run main --catalog demo.db",
                   "changeling config show --origin", "changeling help generate run"};
  root.sub_verbs = {catalog_verb(),  corpus_verb(),   sample_verb(), generate_verb(),
                    evaluate_verb(), detector_verb(), export_verb(), report_verb(),
                    nightly_verb(),  baseline_verb(), models_verb(), train_verb(),
                    keys_verb(),     config_verb(),   doctor_verb(), completion_verb(),
                    man_verb(),      version_verb(),  help_verb()};
  return root;
}

ExitCode run_completion(const Command&) {
  std::cout << bash_completion(verb_table());
  return ExitCode::kOk;
}

ExitCode run_man(const Command& command) {
  const Verb& root = verb_table();
  const std::string name = command.positionals.empty() ? "" : command.positionals.front();
  const Verb* verb = root.find(name);
  if (verb == nullptr && !name.empty()) {
    std::vector<std::string> names;
    for (const Verb& each : root.sub_verbs) {
      names.push_back(each.name);
    }
    throw Error(ErrorKind::kConfig, "unknown verb '" + name + "'" + did_you_mean(name, names));
  }
  if (!command.config.is_set("man.out")) {
    std::cout << man_page(root, verb);
    return ExitCode::kOk;
  }
  const auto write = [&](const Verb* of) {
    const std::filesystem::path file =
        command.config.get_path("man.out") / (man_page_name(root, of) + ".1");
    if (command.dry_run) {
      std::cout << "would write " << file.string() << "\n";
    } else {
      write_file_atomically(file, man_page(root, of));
    }
  };
  write(nullptr);
  for (const Verb& each : root.sub_verbs) {
    write(&each);
  }
  return ExitCode::kOk;
}

void append(std::vector<VerbEntry>& functions, const std::vector<VerbEntry>& more) {
  functions.insert(functions.end(), more.begin(), more.end());
}

}  // namespace

const Verb& verb_table() {
  static const Verb root = make_verb_table();
  return root;
}

std::vector<VerbEntry> front_functions() {
  std::vector<VerbEntry> functions = {{{"completion", "bash"}, run_completion}, {{"man"}, run_man}};
  append(functions, baseline_functions());
  append(functions, catalog_functions());
  append(functions, config_functions());
  append(functions, corpus_functions());
  append(functions, sample_functions());
  append(functions, detector_functions());
  append(functions, doctor_functions());
  append(functions, export_functions());
  append(functions, keys_functions());
  append(functions, models_functions());
  append(functions, nightly_functions());
  append(functions, report_functions());
  append(functions, version_functions());
  return functions;
}

}  // namespace changeling
