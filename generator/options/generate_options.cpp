#include "generator/options/generate_options.h"

namespace changeling {
namespace {

Option integer(std::string key, std::string flag, std::string value, std::string help, double min,
               double max) {
  Option option;
  option.key = std::move(key);
  option.flag = std::move(flag);
  option.type = OptionType::kInt;
  option.default_value = std::move(value);
  option.help = std::move(help);
  option.min = min;
  option.max = max;
  return option;
}

Option number(std::string key, std::string value, std::string help, double min, double max) {
  Option option = integer(std::move(key), "", std::move(value), std::move(help), min, max);
  option.type = OptionType::kDouble;
  return option;
}

Option choice(std::string key, std::string flag, std::string value, std::string help,
              std::vector<std::string> choices) {
  Option option;
  option.key = std::move(key);
  option.flag = std::move(flag);
  option.type = OptionType::kEnum;
  option.default_value = std::move(value);
  option.help = std::move(help);
  option.choices = std::move(choices);
  return option;
}

Option boolean(std::string key, std::string flag, std::string value, std::string help) {
  Option option = choice(std::move(key), std::move(flag), std::move(value), std::move(help), {});
  option.type = OptionType::kBool;
  return option;
}

std::vector<Option> analysis_options() {
  return {
      integer("generate.max_frames", "max-frames", "0",
              "Frames of each clip that are analysed and swapped, from the first on; 0 = all.", 0,
              1e9),
      integer("analysis.detect_every", "", "5", "The face detector runs on every n-th frame.", 1,
              1000),
      number("analysis.score_threshold", "0.65", "Smallest detector score of a face, 0..1.", 0, 1),
      integer("analysis.min_face_px", "", "32", "Smaller detections are not tracked, px.", 8, 4096),
      integer("analysis.max_gap_frames", "", "12",
              "A track survives this many frames without a face.", 0, 10000),
      number("analysis.min_track_iou", "0.3", "Overlap that continues a track, 0..1.", 0, 1),
      number("analysis.min_identity_cosine", "0.35", "id512 cosine that re-joins a track, -1..1.",
             -1, 1),
      integer("analysis.identity_every", "", "15", "Every n-th observation is embedded.", 1, 10000),
      number("analysis.smoothing_sigma_frames", "1.0",
             "Gaussian over landmarks and poses inside a shot, frames; 0 = off.", 0, 100),
      integer("run.queue_frames", "", "16", "Frames that may wait between two lanes.", 2, 4096),
  };
}

std::vector<Option> run_options() {
  std::vector<Option> options = analysis_options();
  const std::vector<Option> more = {
      choice("generate.method", "method", "mesh_swap", "Swap method.", {"mesh_swap"}),
      choice("generate.codec", "codec", "h264",
             "Encoder of fakes and controls; masks are always FFV1.", {"h264", "ffv1"}),
      integer("generate.crf", "crf", "23", "x264 constant rate factor, 0 = lossless.", 0, 51),
      choice("generate.preset", "preset", "medium", "x264 preset.",
             {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
              "veryslow"}),
      integer("generate.gop_frames", "", "250", "Key frame distance, frames.", 1, 100000),
      boolean("generate.keep_audio", "", "true",
              "Copy the target's audio to the fake and its control."),
      integer("run.max_attempts", "", "3", "Tries of a job before it is quarantined.", 1, 100),
      integer("run.claim_expiry_s", "", "600",
              "A claim not renewed for this long is taken over, s.", 1, 86400),
      number("run.max_failed_share", "0.5",
             "A larger share of failed jobs ends with exit code 1 instead of 3.", 0, 1),
      boolean("run.resume", "resume", "true",
              "Continue an equal run instead of starting a new one."),
      integer("mesh_swap.min_face_px", "", "64", "Smallest median face side of either clip, px.",
              16, 4096),
      integer("mesh_swap.min_track_frames", "", "10",
              "Shortest usable track of either clip, frames.", 1, 100000),
      number("mesh_swap.max_pose_gap_deg", "30",
             "Largest distance from a target pose to the nearest source pose, degrees.", 1, 180),
      integer("mesh_swap.max_views", "", "6", "Distinct source frames that a clip may draw from.",
              1, 1000),
  };
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

Verb generate_verb() {
  Verb run;
  run.name = "run";
  run.summary = "Swap the pairs of a frozen list into labelled fakes, masks and real controls";
  run.description =
      "Every pair becomes one job. Finished jobs are never repeated: run the same command again "
      "after a "
      "stop and it goes on. A failing job is recorded with its reason and never touches another's "
      "output.";
  run.examples = {"changeling generate run demo --catalog demo.db --max-frames 120",
                  "changeling generate run nightly --config configs/nightly.yaml --json"};
  run.positionals = {{"LIST", "Name of the pair list (changeling sample pairs).", true, false}};
  run.options = run_options();

  Verb analyze;
  analyze.name = "analyze";
  analyze.summary = "Find, track and measure the faces of a corpus";
  analyze.description =
      "Stores face tracks in the catalog, so that the sampler can draw by pose and face size. The "
      "results "
      "are cached by content; `generate run` uses the same cache.";
  analyze.examples = {"changeling generate analyze clips --catalog demo.db"};
  analyze.positionals = {{"CORPUS", "Name of a registered corpus.", true, false}};
  analyze.options = analysis_options();

  Verb verb;
  verb.name = "generate";
  verb.summary = "Analyse faces and make labelled face swaps";
  verb.sub_verbs = {run, analyze};
  verb.program = "changeling-generate";
  return verb;
}

const std::vector<std::string>& generate_config_prefixes() {
  static const std::vector<std::string> prefixes = {"generate", "analysis", "mesh_swap", "seed"};
  return prefixes;
}

}  // namespace changeling
