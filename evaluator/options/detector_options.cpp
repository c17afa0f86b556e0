#include "evaluator/options/detector_options.h"

#include "common/cli/option_makers.h"

namespace changeling {
namespace {

Option set_option() {
  return make_option(
      OptionType::kString, "detector.set", "set-name", "",
      "Clips: NAME@VERSION of a frozen data set, corpus:NAME of a corpus that ships "
      "fakes, or a generate run (its id, the beginning of one, or latest); latest when left "
      "out.");
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

Option frames_option() {
  return make_int("detector.frames", "frames", "8", "Frames of each clip, evenly spread.", 1, 1000);
}

Verb train_verb() {
  Verb verb;
  verb.name = "train";
  verb.summary = "Train a baseline detector on labelled clips";
  verb.description =
      "Fits on part train of the set and chooses the weights by part val; without clips in part "
      "val the last ones are kept. Part test cannot be used, and pairs of people who withdrew are "
      "left out. The catalog remembers what was used. Same "
      "clips, options and number of threads give the same weights on a CPU.";
  verb.examples = {"changeling detector train meso@1 --set-name faces@1.0.0",
                   "changeling detector train quick@1 --steps 60 --resolution 32 --frames 4"};
  verb.positionals = {{"DETECTOR", "NAME@VERSION to store it under.", true, false}};
  verb.options = {
      set_option(),
      frames_option(),
      make_choice("detector.kind", "kind", "mesoinception", "What is trained.",
                  {"mesoinception", "xception", "spectrum"}),
      make_int("detector.width", "width", "0",
               "Width of the network: 1 to 16 for mesoinception (full size 1), a multiple of 4 for "
               "xception (full size 32); 0 = full size.",
               0, 64),
      make_int("detector.resolution", "resolution", "64",
               "Side of the face crops, px, a multiple of 32.", 32, 256),
      make_int("detector.steps", "steps", "500", "Training steps.", 1, 1e7),
      make_int("detector.batch", "batch", "16", "Crops of a step.", 2, 4096),
      make_double("detector.learning_rate", "learning-rate", "0.001", "Adam's rate.", 1e-7, 1),
      make_int("detector.validate_every", "validate-every", "50",
               "Steps between looks at part val.", 1, 1e7)};
  verb.program = "changeling-evaluate";
  return verb;
}

Verb score_verb() {
  Verb verb;
  verb.name = "score";
  verb.summary = "Score clips of part test with a trained detector";
  verb.description =
      "Refuses clips with people whom the training used. Frames are chosen without regard to "
      "labels; those without a face, and clips that cannot be read, are counted. Warns of a "
      "detector whose training saw somebody who was withdrawn since.";
  verb.examples = {"changeling detector score meso@1 --set-name faces@1.0.0"};
  verb.positionals = {{"DETECTOR", "NAME@VERSION, or NAME for its newest version.", true, false}};
  verb.options = {set_option(), frames_option(), replicates_option()};
  verb.program = "changeling-evaluate";
  return verb;
}

Verb mine_verb() {
  Verb verb;
  verb.name = "mine";
  verb.summary =
      "Find the good fakes that a detector took for real, and ask for more of their kind";
  verb.description =
      "Ranks fakes of a detector run by loss times identity margin, at most 3 of a person, and "
      "prints settings for 'changeling sample pairs' in their proportions. New pairs are drawn in "
      "part train only.";
  verb.examples = {"changeling detector mine RUN > hard.yaml",
                   "changeling sample pairs hard --config hard.yaml"};
  verb.positionals = {{"RUN", "Whole id of the detector run.", true, false}};
  verb.options = {make_int("detector.mine.count", "count", "50", "Hard examples to take.", 1, 1e6),
                  make_int("detector.mine.pairs", "pairs", "100", "New pairs to ask for.", 1, 1e9)};
  return verb;
}

Verb probe_verb() {
  Verb verb;
  verb.name = "probe";
  verb.summary = "Try to tell fakes from real clips without looking at the swap";
  verb.description =
      "Codec, metadata, background and box probes over every part of the set, cross-validated by "
      "person. Exits 4 when one tells more than its limit and chance allow. Fewer than 10 people "
      "have no AUC.";
  verb.examples = {"changeling detector probe --set-name faces@1.0.0"};
  verb.options = {set_option()};
  return verb;
}

}  // namespace

Verb detector_verb() {
  Verb verb;
  verb.name = "detector";
  verb.summary = "Train and measure detectors on labelled clips";
  verb.sub_verbs = {train_verb(), score_verb(), import_verb(), probe_verb(), mine_verb()};
  return verb;
}

}  // namespace changeling
