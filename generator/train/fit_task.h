// generator/train/fit_task.h: one training from its settings: frame sets, recipe, losses, files.
// Layer 6, Torch only.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/train/fit_loop.h"
#include "generator/train/identity_recipe.h"
#include "generator/train/load_faces.h"
#include "generator/train/reenactment_recipe.h"
#include "generator/train/segmentation_recipe.h"
#include "generator/train/stage_recipe.h"

namespace changeling {

/// Networks that can be trained; spelling on the command line: to_string.
enum class TrainedNet { kSegmentation, kReenactment, kInpainting, kBlending, kVgg19 };

[[nodiscard]] std::string_view to_string(TrainedNet net);

/// Inverse; nullopt for any other name.
[[nodiscard]] std::optional<TrainedNet> trained_net_of(std::string_view name);

/// Which network L_perc looks through.
enum class Perception { kNone, kIdentity, kVgg };

struct FitSettings {
  TrainedNet net = TrainedNet::kReenactment;
  std::vector<std::filesystem::path> packs;  ///< frame sets, joined
  std::filesystem::path out;                 ///< folder of the training
  Perception perception = Perception::kIdentity;
  std::filesystem::path models_dir;   ///< for kIdentity
  std::filesystem::path vgg_weights;  ///< for kVgg
  ReenactmentOptions reenactment;
  SegmentationOptions segmentation;
  IdentityOptions identity;  ///< of vgg19
  StageOptions stage;        ///< of inpainting and blending
  /// Networks by role ("reenactment", "segmentation", "inpainting") that make the input of
  /// inpainting and blending; see TrainedNets for what stands in. Segmentation takes
  /// "reenactment" for its reenactment term; none = no such term.
  std::map<std::string, std::filesystem::path> trained_nets;
  /// Which packs were found whole, kept for later calls (CheckedPacks); empty = in `out`.
  std::filesystem::path checked_packs;
  std::filesystem::path start;  ///< weights of the same network to start from; empty = random ones
  FitOptions fit;
};

/// Where the sample picture of a step belongs below a training's folder; names sort by step.
[[nodiscard]] std::filesystem::path picture_path(const std::filesystem::path& out,
                                                 std::int64_t step);

/// Writes the sample picture of a step, a PNG, atomically; nothing for no bytes. Where the network
/// draws faces the file is labelled as a fake; those of segmentation and vgg19 show real crops.
/// Throws Error(kResource) when it cannot be written.
void write_sample_picture(const FitSettings& settings, std::int64_t step, std::string_view png);

/// Loads the parts "train" and "val", trains as fit() does, and writes into `out` besides its
/// files: curve.csv, one row a validation, and end.json: `end` ("steps", "patience" or "stopped"),
/// `step`, `peak_memory_bytes` of the last call that trained. trained_on and licence of the weights
/// name corpora, people, split and the digest of every set, and the trained networks that were
/// used, and what `start` was made from. What it takes to read counts in fit.max_seconds_now.
/// Throws as load_faces, read_net_weights, require_net, the recipes and fit; Error(kCancelled) when
/// a stop was asked for, or the time was over, before all packs were checked: the same call goes
/// on.
[[nodiscard]] FitResult run_fit(const FitSettings& settings, const FitHooks& hooks);

/// What run_fit would do.
struct FitPreview {
  NetInfo net;
  PartSize train;
  PartSize validation;
  std::optional<std::int64_t> resumes_at;  ///< steps that the checkpoint has done; nullopt = none
};

/// Opens and checks everything that run_fit does before its first step, and writes nothing. Throws
/// as run_fit.
[[nodiscard]] FitPreview preview_fit(const FitSettings& settings);

}  // namespace changeling
