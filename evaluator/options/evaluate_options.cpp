#include "evaluator/options/evaluate_options.h"

#include "common/cli/option_makers.h"

namespace changeling {
namespace {

/// Limits of auto_reject, in the order of its rules.
std::vector<Option> reject_options() {
  const std::string uncalibrated = " A start value, calibrated on no real set.";
  return {
      make_double("evaluate.reject.id_margin", "", "0",
                  "auto_reject, rule 1: fakes of this id_margin or less." + uncalibrated, -2, 2),
      make_double("evaluate.reject.pose_deg", "", "15",
                  "auto_reject, rule 2: fakes of a larger pose_l2_deg, degrees." + uncalibrated, 0,
                  1e3),
      make_double("evaluate.reject.coverage", "", "0.8",
                  "auto_reject, rule 3: fakes of a smaller coverage." + uncalibrated, 0, 1),
      make_double("evaluate.reject.seam_low", "", "0.5",
                  "auto_reject, rule 4: fakes of a smaller seam_ratio." + uncalibrated, 0, 1e6),
      make_double("evaluate.reject.seam_high", "", "2",
                  "auto_reject, rule 4: fakes of a larger seam_ratio." + uncalibrated, 0, 1e6),
      make_double(
          "evaluate.reject.jitter_medians", "", "3",
          "auto_reject, rule 5: fakes whose lmk_jitter_excess is more than this many medians "
          "of the run's fakes by that method." +
              uncalibrated,
          0, 1e6)};
}

}  // namespace

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
  const std::vector<Option> rejects = reject_options();
  score.options.insert(score.options.end(), rejects.begin(), rejects.end());

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
