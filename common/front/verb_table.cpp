#include "common/front/verb_table.h"

#include <iostream>

#include "common/cli/completion.h"
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
                    version_verb(),  help_verb()};
  return root;
}

ExitCode run_completion(const Command&) {
  std::cout << bash_completion(verb_table());
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
  std::vector<VerbEntry> functions = {{{"completion", "bash"}, run_completion}};
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
