#include "evaluator/options/evaluate_options.h"

#include "common/cli/option_makers.h"

namespace changeling {

Verb evaluate_verb() {
  Verb score;
  score.name = "score";
  score.summary = "Measure the fakes of a generate run, or of a corpus, with every metric";
  score.description =
      "Only missing values are computed, so the verb can be stopped and run again. A clip that "
      "cannot "
      "be scored is stored with its reason and counted in the coverage. Means come with intervals "
      "that resample whole people. Of fakes that a corpus ships (corpus:NAME; run 'generate "
      "analyze "
      "NAME' first) only what is known is measured: a metric that needs a mask, a control or an "
      "unknown person is stored as skipped.";
  score.examples = {"changeling evaluate score --catalog demo-run/catalog.db",
                    "changeling evaluate score 0190a3c2 --json",
                    "changeling evaluate score corpus:ffpp"};
  score.positionals = {
      {"RUN", "An id, the beginning of one, latest, or corpus:NAME; latest when left out.", false,
       false}};
  const Option replicates =
      make_int("evaluate.replicates", "replicates", "2000",
               "Bootstrap replicates of each interval; 10000 for a release.", 100, 1e6);
  score.options = {
      replicates,
      make_int("evaluate.baseline_pairs", "baseline-pairs", "2",
               "Pairs on which the baselines (target, re-encoded target, own and "
               "source's face pasted) are measured; 0 for none.",
               0, 1e6),
      make_option(
          OptionType::kBool, "evaluate.small_sets", "small-sets", "false",
          "Also kid_dn121x_30, the kernel distance by subsets of 30 faces, for sets of less "
          "than 1,000; ten faces a clip are looked at."),
      make_option(OptionType::kPath, "evaluate.segmentation", "segmentation", "",
                  "Weights of G_s, for mask_iou; without them that metric is left out."),
      make_option(
          OptionType::kPath, "evaluate.brisque", "brisque", "",
          "Folder of OpenCV's brisque_model_live.yml and brisque_range_live.yml, for "
          "brisque; unless set /usr/share/opencv4/quality, and where that lacks them (Debian "
          "package opencv-data) the metric is left out.")};

  Verb protocol;
  protocol.name = "protocol";
  protocol.summary = "Measure a run as papers do, to print beside their numbers";
  protocol.description =
      "ffpp: ten evenly chosen frames of every fake; identity retrieval at 1 and 5 against one "
      "mean "
      "embedding per person and video of the run's pairs, with the gallery's size and chance; pose "
      "and expression of the same frames. Networks and gallery are this program's own: a number of "
      "a "
      "paper is context, never a baseline. Nothing is stored.";
  protocol.examples = {"changeling evaluate protocol ffpp --catalog demo-run/catalog.db",
                       "changeling evaluate protocol ffpp --json"};
  protocol.positionals = {
      {"PROTOCOL", "ffpp.", true, false},
      {"RUN", "An id, the beginning of one, or latest; latest when left out.", false, false}};
  protocol.options = {replicates};

  Verb verb;
  verb.name = "evaluate";
  verb.summary = "Measure fakes against their sources and targets";
  verb.sub_verbs = {score, protocol};
  verb.program = "changeling-evaluate";
  return verb;
}

const std::vector<std::string>& evaluate_config_prefixes() {
  static const std::vector<std::string> prefixes = {"evaluate"};
  return prefixes;
}

}  // namespace changeling
