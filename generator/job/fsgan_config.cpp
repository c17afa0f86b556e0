#include "generator/job/fsgan_config.h"

#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/tensor/device.h"
#include "common/weights/model_manifest.h"
#include "generator/methods/fsgan/fsgan_method.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/train/source_finetuner.h"

namespace changeling {
namespace {

int odd_kernel(const Config& config, const std::string& key) {
  const std::int64_t kernel = config.get_int(key);
  if (kernel % 2 == 0) {
    throw Error(ErrorKind::kConfig, key + ": " + std::to_string(kernel) + " is not odd");
  }
  return static_cast<int>(kernel);
}

Precision precision_of(const std::string& name) {
  return name == "fp32"   ? Precision::kFloat32
         : name == "bf16" ? Precision::kBFloat16
                          : Precision::kAuto;
}

void read_filters(const Config& config, FsganOptions& options) {
  options.box_filter.size_kernel = odd_kernel(config, "fsgan.box_size_kernel");
  options.box_filter.center_kernel = odd_kernel(config, "fsgan.box_center_kernel");
  options.box_filter.max_motion = static_cast<float>(config.get_double("fsgan.box_max_motion"));
  options.landmark_filter.kernel = odd_kernel(config, "fsgan.landmark_kernel");
  options.landmark_filter.motion_kernel = odd_kernel(config, "fsgan.landmark_motion_kernel");
  options.landmark_filter.max_motion =
      static_cast<float>(config.get_double("fsgan.landmark_max_motion"));
  options.pose_kernel = odd_kernel(config, "fsgan.pose_kernel");
  options.segmentation_kernel = odd_kernel(config, "fsgan.segmentation_kernel");
  options.mask_kernel = odd_kernel(config, "fsgan.mask_kernel");
}

/// Null where G_r stays as it is.
std::unique_ptr<const SourceTuner> make_tuner(const Config& config, const FsganOptions& options) {
  FinetuneOptions finetune;
  finetune.samples = static_cast<int>(config.get_int("fsgan.finetune_samples"));
  if (finetune.samples == 0) {
    return nullptr;
  }
  finetune.learning_rate = config.get_double("fsgan.finetune_rate");
  finetune.perception_licence = ModelManifest::builtin().find("id512").licence;
  return std::make_unique<SourceFinetuner>(
      read_net_weights(config.get_path("fsgan.weights") / "reenactment.safetensors"),
      make_identity_perception(config.get_path("models.dir"), options.device), finetune, options);
}

}  // namespace

FsganOptions fsgan_options_from(const Config& config, std::vector<Rung> rungs) {
  FsganOptions options;
  options.rungs = std::move(rungs);
  options.mode =
      config.get_string("fsgan.mode") == "engine" ? FsganMode::kEngine : FsganMode::kFrameByFrame;
  options.precision = precision_of(config.get_string("fsgan.precision"));
  options.device = parse_device(config.get_string("device"));
  options.segmenter =
      config.get_string("fsgan.segmenter") == "net" ? SegmenterKind::kNet : SegmenterKind::kHull;
  options.crop_scale = config.get_double("fsgan.crop_scale");
  options.resolution_px = static_cast<int>(config.get_int("fsgan.resolution"));
  if (options.resolution_px % 16 != 0) {
    throw Error(ErrorKind::kConfig, "fsgan.resolution: " + std::to_string(options.resolution_px) +
                                        " is no multiple of 16");
  }
  options.min_face_px = static_cast<double>(config.get_int("fsgan.min_face_px"));
  options.min_track_frames = static_cast<int>(config.get_int("fsgan.min_track_frames"));
  options.max_pose_gap_deg = config.get_double("fsgan.max_pose_gap_deg");
  options.appearance.max_views = static_cast<int>(config.get_int("fsgan.max_views"));
  options.appearance.min_radius_deg = config.get_double("fsgan.min_radius_deg");
  options.appearance.corner_deg = config.get_double("fsgan.corner_deg");
  options.appearance.flip_fill = config.get_bool("fsgan.flip_fill");
  options.appearance.reject_blur = config.get_bool("fsgan.reject_blur");
  options.max_step_deg = config.get_double("fsgan.max_step_deg");
  options.cached_views = static_cast<int>(config.get_int("fsgan.cached_views"));
  options.match_color = config.get_bool("fsgan.match_color");
  options.remove_inner_mouth = config.get_bool("fsgan.remove_inner_mouth");
  options.mask_threshold = config.get_double("fsgan.mask_threshold");
  options.rim = config.get_string("fsgan.rim") == "inside" ? RimSide::kInside : RimSide::kOutside;
  options.max_detail = static_cast<int>(config.get_int("fsgan.max_detail"));
  read_filters(config, options);
  return options;
}

std::unique_ptr<SwapMethod> make_fsgan(const Config& config, std::vector<Rung> rungs) {
  FsganOptions options = fsgan_options_from(config, std::move(rungs));
  FsganNets nets = load_fsgan_nets(config.get_folder("fsgan.weights"), options);
  std::unique_ptr<const SourceTuner> tuner = make_tuner(config, options);
  return std::make_unique<FsganMethod>(std::move(nets), std::move(options), std::move(tuner));
}

}  // namespace changeling
