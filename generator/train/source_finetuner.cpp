#include "generator/train/source_finetuner.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/rng.h"
#include "common/tensor/frame_tensor.h"
#include "common/weights/model_manifest.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/train/adam.h"
#include "generator/train/reenactment_recipe.h"
#include "generator/train/training_mode.h"

namespace changeling {
namespace {

constexpr const char* kVersion = "finetune 2";
constexpr int kBatch = 3;

FaceSet face_set_of(const TunerCrops& crops, double crop_scale) {
  FaceSet set;
  const std::int64_t count = crops.images.size(0);
  const auto side = static_cast<int>(crops.images.size(2));
  set.landmarks = crops.landmarks.clone();
  set.crops = crops_in_memory(
      {to_pixels(crops.images), face_hull_mask(set.landmarks, side).squeeze(1).to(at::kByte)});
  set.sequence.assign(static_cast<std::size_t>(count), 0);
  set.person = set.sequence;
  set.crop_scale = crop_scale;
  return set;
}

ReenactmentOptions recipe_options(const NetInfo& info) {
  ReenactmentOptions options;
  options.ngf = info.ngf;
  options.prior =
      starts_from_mesh_warp(info) ? ReenactmentPrior::kMeshWarp : ReenactmentPrior::kNone;
  return options;
}

std::string_view bytes_of(const at::Tensor& contiguous) {
  return {static_cast<const char*>(contiguous.data_ptr()), contiguous.nbytes()};
}

}  // namespace

SourceFinetuner::SourceFinetuner(NetWeights base, std::unique_ptr<const PerceptualNet> perception,
                                 const FinetuneOptions& options, const FsganOptions& swap)
    : base_(std::move(base)), perception_(std::move(perception)), options_(options), swap_(swap) {}

SourceFinetuner::~SourceFinetuner() = default;

std::shared_ptr<const NetRunner> SourceFinetuner::tune(
    const TunerCrops& crops, SourceStore* store, const std::function<void()>& heartbeat) const {
  if (crops.images.size(0) < 2) {
    return nullptr;
  }
  const c10::InferenceMode training(false);  // plans are made in inference mode
  const FaceSet set =
      face_set_of({crops.images.clone(), crops.landmarks.clone()}, swap_.crop_scale);
  const Digest key = key_of(set);
  if (const auto file = store != nullptr ? store->find(key) : std::nullopt) {
    return make_fsgan_runner(read_net_weights(*file), swap_);
  }
  const NetWeights tuned = train(set, key, heartbeat);
  if (store != nullptr) {
    const std::filesystem::path file = store->staging() / (key.hex() + ".safetensors");
    write_net_weights(file, tuned, at::kBFloat16);
    store->keep(key, file);
  }
  return make_fsgan_runner(tuned, swap_);
}

std::vector<ProvenanceModel> SourceFinetuner::models() const {
  if (perception_ == nullptr) {
    return {};
  }
  ProvenanceModel model;
  model.role = "fsgan_finetune_perception";
  model.name = perception_->name();
  model.version = kVersion;
  model.sha256 = perception_->sha256();
  model.licence = options_.perception_licence;
  return {model};
}

/// All that the tuned weights depend on.
Digest SourceFinetuner::key_of(const FaceSet& set) const {
  Sha256 hash;
  hash.update_field(kVersion);
  hash.update_field(base_.sha256.hex());
  hash.update_field(perception_ == nullptr ? "none" : perception_->sha256().hex());
  hash.update_field(std::to_string(options_.samples));
  hash.update_field(std::to_string(options_.learning_rate * 1e6));
  hash.update_field(swap_.device.str());
  std::vector<std::int64_t> all(static_cast<std::size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  const at::Tensor planes = set.crops->read(all).images.movedim(-1, -3).contiguous();
  hash.update_field(bytes_of(planes));  // this order is that of every stored result's key
  hash.update_field(bytes_of(set.landmarks));
  return hash.finish();
}

/// Equal for an equal key (CPU, one number of threads).
NetWeights SourceFinetuner::train(const FaceSet& set, const Digest& key,
                                  const std::function<void()>& heartbeat) const {
  const TrainingMode kernels(swap_.device.type(), GpuKernels::kAny);
  const std::unique_ptr<Recipe> recipe =
      make_reenactment_recipe(set, set, perception_, recipe_options(base_.info));
  NetWeights net = copy_of(base_, swap_.device);
  Adam adam(net, trainable_names(net.info), {});
  StepMode mode;
  mode.network = Mode::kEval;
  int seen = 0;
  double first = 0;
  double last = 0;
  for (int step = 0; seen < options_.samples; ++step) {
    if (heartbeat) {
      heartbeat();
    }
    const int batch = std::min(kBatch, options_.samples - seen);
    CounterRng rng(derive_seed(1, {key.hex(), std::to_string(step)}));
    const StepOutput output = recipe->train_step(net, batch, rng, mode);
    adam.zero_gradients();
    output.loss.backward();
    adam.step(options_.learning_rate);
    last = output.loss.item<double>();
    first = step == 0 ? last : first;
    seen += batch;
  }
  log_info("finetuned", {{"views", std::to_string(set.size())},
                         {"samples", std::to_string(seen)},
                         {"first_loss", std::to_string(first)},
                         {"last_loss", std::to_string(last)}});
  NetWeights tuned = copy_of(net, c10::kCPU);
  for (auto& [name, tensor] : tuned.tensors) {
    tensor = tensor.to(at::kBFloat16).to(at::kFloat);  // as it comes back from a file
  }
  return tuned;
}

}  // namespace changeling
