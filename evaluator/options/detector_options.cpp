#include "evaluator/options/detector_options.h"

#include "common/cli/option_makers.h"

namespace changeling {
namespace {

Option set_option() {
  return make_option(OptionType::kString, "detector.set", "set-name", "",
                     "Clips: NAME@VERSION of a frozen data set, or the id of a generate run; the "
                     "newest generate run when left out.");
}

Option replicates_option() {
  return make_int("detector.replicates", "replicates", "2000",
                  "Bootstrap replicates of each interval; 10000 for a release.", 100, 1e6);
}

Verb import_verb() {
  Verb verb;
  verb.name = "import";
  verb.summary = "Take in the scores of an outside detector";
  verb.description =
      "FILE is CSV or JSON lines: key (or artifact), p_fake, and as needed frame and status. Frame "
      "scores of a clip are pooled by their mean. A clip that the file does not name counts as one "
      "without a face. Missing scores count as p = 0.5, and are left out in the slice ok_only.";
  verb.examples = {"changeling detector import scores.csv xception@1 --set-name faces@1.0.0"};
  verb.positionals = {{"FILE", "Scores; docs/formats/detector-scores.md.", true, false},
                      {"DETECTOR", "NAME@VERSION to store them under.", true, false}};
  verb.options = {set_option(), replicates_option(),
                  make_option(OptionType::kBool, "detector.all_parts", "all-parts", "false",
                              "Score clips of every part, not of part test alone."),
                  make_option(OptionType::kString, "detector.trained_on", "trained-on", "",
                              "What the detector was trained on, for the report.")};
  return verb;
}

}  // namespace

Verb detector_verb() {
  Verb verb;
  verb.name = "detector";
  verb.summary = "Measure detectors on labelled clips";
  verb.sub_verbs = {import_verb()};
  return verb;
}

}  // namespace changeling
