#include "generator/options/generate_options.h"

#include <algorithm>
#include <iterator>

#include "common/cli/option_makers.h"
#include "generator/options/fsgan_options.h"

namespace changeling {
namespace {

std::vector<Option> analysis_options() {
  return {
      make_int("generate.max_frames", "max-frames", "0",
               "Frames of each clip that are analysed and swapped, from the first on; 0 = all.", 0,
               1e9),
      make_int("analysis.detect_every", "", "5", "The face detector runs on every n-th frame.", 1,
               1000),
      make_double("analysis.score_threshold", "", "0.65",
                  "Smallest detector score of a face, 0..1.", 0, 1),
      make_int("analysis.tile_px", "", "640",
               "Frames with a longer side than this are searched in overlapping tiles, too: small "
               "faces of HD; 64 or more, 0 = off.",
               0, 16384),
      make_int("analysis.min_face_px", "", "32", "Smaller detections are not tracked, px.", 8,
               4096),
      make_int("analysis.max_gap_frames", "", "12",
               "A track survives this many frames without a face.", 0, 10000),
      make_double("analysis.min_track_iou", "", "0.3", "Overlap that continues a track, 0..1.", 0,
                  1),
      make_double("analysis.min_identity_cosine", "", "0.35",
                  "id512 cosine that re-joins a track, -1..1.", -1, 1),
      make_int("analysis.identity_every", "", "15", "Every n-th observation is embedded.", 1,
               10000),
      make_double("analysis.smoothing_sigma_frames", "", "1.0",
                  "Gaussian over landmarks and poses inside a shot, frames; 0 = off.", 0, 100),
      make_int("run.queue_frames", "", "16", "Frames that may wait between two lanes.", 2, 4096),
  };
}

std::vector<Option> analyze_options() {
  std::vector<Option> options = analysis_options();
  options.push_back(make_option(OptionType::kString, "analyze.split", "split", "",
                                "Frozen split: clips that show somebody of it; none = all clips."));
  options.push_back(make_list("analyze.parts", "parts", "",
                              "Parts of the split to analyse; none = all.",
                              {"train", "val", "test"}));
  return options;
}

std::vector<Option> run_options() {
  std::vector<Option> options = analysis_options();
  const std::vector<Option> more = {
      make_list("generate.method", "method", "mesh_swap",
                "Swap methods; every pair becomes a job of each. fsgan_* are fsgan up to a stage; "
                "self_blend takes the pairs of stratum self, the others the rest.",
                {"mesh_swap", "fsgan", "fsgan_inpainted", "fsgan_poisson", "fsgan_reenacted",
                 "self_blend"}),
      make_choice("generate.codec", "codec", "h264",
                  "Encoder of fakes and controls; masks are always FFV1.", {"h264", "ffv1"}),
      make_int("generate.crf", "crf", "23", "x264 constant rate factor, 0 = lossless.", 0, 51),
      make_choice("generate.preset", "preset", "medium", "x264 preset.",
                  {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow",
                   "slower", "veryslow"}),
      make_int("generate.gop_frames", "", "250", "Key frame distance, frames.", 1, 100000),
      make_option(OptionType::kBool, "generate.keep_audio", "", "true",
                  "Copy the target's audio to the fake and its control; exports leave it out."),
      make_choice("generate.trim", "", "none",
                  "Whole clips, or from the first to the last frame with the swapped face.",
                  {"none", "swapped"}),
      make_double("generate.partial.share", "", "0",
                  "Share of pairs that are swapped in some seconds only, by seed; the other frames "
                  "stay the target's bit for bit before encoding.",
                  0, 1),
      make_double("generate.partial.seconds", "", "1",
                  "Length of a swapped part, s; at most half of the time that shows the face.",
                  0.01, 3600),
      make_int("generate.partial.segments", "", "1", "Swapped parts of such a clip.", 1, 100),
      make_option(OptionType::kString, "run.suite", "suite", "",
                  "Suite that the run belongs to: what its gate is compared within."),
      make_int("run.clips_in_flight", "clips-in-flight", "1",
               "Target clips that are swapped at a time; as many more are claimed and planned.", 1,
               1024),
      make_int("run.batch_frames", "", "0",
               "Frames of all open clips that are swapped in one batch; 0 = as the method likes.",
               0, 1024),
      make_int("run.max_attempts", "", "3", "Tries of a job before it is quarantined.", 1, 100),
      make_int("run.claim_expiry_s", "", "600",
               "A claim not renewed for this long is taken over, s.", 1, 86400),
      make_double("run.max_failed_share", "", "0.5",
                  "A larger share of failed jobs ends with exit code 1 instead of 3.", 0, 1),
      make_option(OptionType::kPath, "run.dump_stages", "dump-stages", "",
                  "Folder, outside of the catalog, for pictures of what each network of fsgan made "
                  "(views, I_r, completion, transfer, soft mask, results, target); no fake depends "
                  "on it, and no erasure reaches it."),
      make_int("run.dump_every", "dump-every", "10", "Every n-th frame is shown there.", 1, 1e9),
      make_option(OptionType::kBool, "run.resume", "resume", "true",
                  "Continue an equal run instead of starting a new one."),
      make_int("mesh_swap.min_face_px", "", "64", "Smallest median face side of either clip, px.",
               16, 4096),
      make_int("mesh_swap.min_track_frames", "", "10",
               "Shortest usable track of either clip, frames.", 1, 100000),
      make_double("mesh_swap.max_pose_gap_deg", "", "30",
                  "Largest distance from a target pose to its source pose, degrees; the swap fades "
                  "over the last five.",
                  1, 180),
      make_int("mesh_swap.max_views", "", "6", "Distinct source frames that a clip may draw from.",
               1, 1000),
      make_int("self_blend.min_face_px", "", "64", "Smallest median face side, px.", 16, 4096),
      make_int("self_blend.min_track_frames", "", "10", "Shortest usable track, frames.", 1,
               100000),
  };
  options.insert(options.end(), more.begin(), more.end());
  const std::vector<Option> fsgan = fsgan_options();
  options.insert(options.end(), fsgan.begin(), fsgan.end());
  return options;
}

bool is_fsgan(const std::string& method) {
  return method.rfind("fsgan", 0) == 0;
}

}  // namespace

Verb generate_verb() {
  Verb run;
  run.name = "run";
  run.summary = "Swap the pairs of a frozen list into labelled fakes, masks and real controls";
  run.description =
      "Every pair becomes one job per method. Finished jobs are never repeated: run the same "
      "command again "
      "after a "
      "stop and it goes on. A failing job is recorded with its reason and never touches another's "
      "output.";
  run.examples = {"changeling generate run demo --catalog demo.db --max-frames 120",
                  "changeling generate run demo --method fsgan,mesh_swap --fsgan-weights nets",
                  "changeling generate run nightly --config configs/nightly.yaml --json"};
  run.positionals = {{"LIST", "Name of the pair list (changeling sample pairs).", true, false}};
  run.options = run_options();

  Verb analyze;
  analyze.name = "analyze";
  analyze.summary = "Find, track and measure the faces of a corpus";
  analyze.description =
      "Stores face tracks in the catalog, so that the sampler can draw by pose and face size. The "
      "results are cached by content; `generate run` and, of a corpus that ships fakes, `evaluate "
      "score corpus:NAME` use the same cache. What is left out is "
      "counted by reason: image, frame_seq (no video), withdrawn (shows somebody who took back "
      "their consent), not_in_split and other_part (shows nobody of the chosen split, or parts).";
  analyze.examples = {"changeling generate analyze clips --catalog demo.db",
                      "changeling generate analyze clips --split main --parts train,val --dry-run"};
  analyze.positionals = {{"CORPUS", "Name of a registered corpus.", true, false}};
  analyze.options = analyze_options();

  Verb verb;
  verb.name = "generate";
  verb.summary = "Analyse faces and make labelled face swaps";
  verb.sub_verbs = {run, analyze};
  verb.program = "changeling-generate";
  return verb;
}

bool takes_self_pairs(const std::string& method) {
  return method == "self_blend";
}

std::vector<std::string> generate_config_prefixes(const std::vector<std::string>& methods) {
  std::vector<std::string> prefixes = {"generate", "analysis", "seed"};
  std::copy_if(methods.begin(), methods.end(), std::back_inserter(prefixes),
               [](const std::string& method) { return !is_fsgan(method); });
  if (std::any_of(methods.begin(), methods.end(), is_fsgan)) {
    const std::vector<std::string> keys = fsgan_result_keys();
    prefixes.insert(prefixes.end(), keys.begin(), keys.end());
  }
  return prefixes;
}

}  // namespace changeling
