#include "generator/train/reenactment_recipe.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "common/base/error.h"
#include "common/face/mesh_warp.h"
#include "common/nets/landmark_context.h"
#include "generator/train/reconstruction.h"

namespace changeling {
namespace {

constexpr int kEvaluationBatch = 16;
constexpr int kPictures = 8;

class ReenactmentRecipe : public Recipe {
 public:
  ReenactmentRecipe(FaceSet train, FaceSet validation,
                    std::shared_ptr<const PerceptualNet> perception,
                    const ReenactmentOptions& options)
      : train_(std::move(train)),
        validation_(std::move(validation)),
        perception_(std::move(perception)),
        options_(options),
        drawer_(train_),
        validation_pairs_(PairDrawer(validation_).all()) {
    // Every k-th pair, so that all people stay in.
    const auto wanted = static_cast<std::size_t>(options.max_validation_pairs);
    if (validation_pairs_.size() > wanted) {
      std::vector<CropPair> spread;
      for (std::size_t i = 0; i < wanted; ++i) {
        spread.push_back(validation_pairs_[i * validation_pairs_.size() / wanted]);
      }
      validation_pairs_ = std::move(spread);
    }
  }

  [[nodiscard]] NetInfo net_info() const override {
    const bool has_prior = options_.prior == ReenactmentPrior::kMeshWarp;
    NetInfo info;
    info.kind = NetKind::kMsResUnetV2;
    info.role = "reenactment";
    info.landmarks = 68;
    info.in = 3 + 68 + (has_prior ? 4 : 0);
    info.out = has_prior ? std::vector<int>{3, 1} : std::vector<int>{3};
    info.ngf = options_.ngf;
    info.flat = {2, 2, 2, 2};
    info.crop_scale = train_.crop_scale;
    info.resolution_px = static_cast<int>(train_.images.size(1));
    if (has_prior) {
      info.notes["prior"] = kMeshWarpPrior;
    }
    return info;
  }

  [[nodiscard]] StepOutput train_step(const NetWeights& net, int batch, CounterRng& rng,
                                      const StepMode& mode) const override {
    const auto start = std::chrono::steady_clock::now();
    std::vector<CropPair> pairs;
    std::vector<bool> flip;
    for (int i = 0; i < batch; ++i) {
      pairs.push_back(drawer_.draw(rng));
      flip.push_back(rng.below(2) == 1);  // both frames of a pair together
    }
    const PairBatch faces = flipped(gather_pairs(train_, pairs), flip).to(device_of(net));
    const Pyramid input = network_input(faces);
    const std::chrono::duration<double> prepared = std::chrono::steady_clock::now() - start;
    StepOutput output = losses(reenact(net, input, Mode::kTrain, mode), faces.target, mode);
    output.prepare_seconds = prepared.count();
    return output;
  }

  [[nodiscard]] double validate(const NetWeights& net) const override {
    const at::NoGradGuard no_grad;
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < validation_pairs_.size(); i += kEvaluationBatch) {
      const std::size_t end = std::min(validation_pairs_.size(), i + kEvaluationBatch);
      const std::vector<CropPair> pairs(
          validation_pairs_.begin() + static_cast<std::ptrdiff_t>(i),
          validation_pairs_.begin() + static_cast<std::ptrdiff_t>(end));
      const PairBatch faces = gather_pairs(validation_, pairs).to(device_of(net));
      const at::Tensor made = reenact(net, network_input(faces), Mode::kEval, {});
      sum += losses(made, faces.target, {}).loss.item<double>() * static_cast<double>(pairs.size());
      count += pairs.size();
    }
    return sum / static_cast<double>(count);
  }

  /// Rows: source, what the prior alone gives (if any), result, target.
  [[nodiscard]] at::Tensor picture(const NetWeights& net) const override {
    const at::NoGradGuard no_grad;
    std::vector<CropPair> pairs;
    for (std::size_t i = 0; i < kPictures; ++i) {
      pairs.push_back(validation_pairs_[i * validation_pairs_.size() / kPictures]);
    }
    const PairBatch faces = gather_pairs(validation_, pairs).to(device_of(net));
    std::vector<at::Tensor> rows = {faces.source.images};
    if (options_.prior == ReenactmentPrior::kMeshWarp) {
      rows.push_back(
          mesh_warp_prior(faces.source.images, faces.source.landmarks, faces.target.landmarks)
              .narrow(1, 0, 3));
    }
    rows.push_back(reenact(net, network_input(faces), Mode::kEval, {}));
    rows.push_back(faces.target.images);
    return picture_grid(rows);
  }

 private:
  /// Two levels: source, prior, landmark maps.
  [[nodiscard]] Pyramid network_input(const PairBatch& faces) const {
    const at::Tensor images = reenactment_images(options_.prior, faces.source.images,
                                                 faces.source.landmarks, faces.target.landmarks);
    return with_landmark_maps(make_pyramid(images, 2), faces.target.landmarks);
  }

  [[nodiscard]] at::Tensor reenact(const NetWeights& net, Pyramid pyramid, Mode mode,
                                   const StepMode& step) const {
    if (step.base_only) {
      pyramid.levels.erase(pyramid.levels.begin());
    }
    const std::vector<at::Tensor> heads = run_network(net, pyramid, mode, step.compute);
    if (options_.prior == ReenactmentPrior::kNone) {
      return heads.front();
    }
    return blend_with_prior(pyramid.levels.front().narrow(1, 3, 3), at::cat(heads, 1));
  }

  [[nodiscard]] StepOutput losses(const at::Tensor& made, const FaceBatch& target,
                                  const StepMode& mode) const {
    const at::Tensor truth =
        mode.base_only ? make_pyramid(target.images, 2).levels.back() : target.images;
    return reconstruction(made, truth, target.landmarks, options_.weights, perception_.get(),
                          pixel_weight(target, truth.size(2)));
  }

  /// (B,1,R,R): 1 on the target's face, background_weight elsewhere; undefined when all count 1.
  [[nodiscard]] at::Tensor pixel_weight(const FaceBatch& target, std::int64_t side) const {
    if (!target.classes.defined() || options_.background_weight >= 1) {
      return {};
    }
    const at::Tensor face = target.classes.eq(1).to(at::kFloat).unsqueeze(1);
    const at::Tensor scaled =
        face.size(2) == side ? face : at::adaptive_avg_pool2d(face, {side, side});
    return scaled * (1 - options_.background_weight) + options_.background_weight;
  }

  FaceSet train_;
  FaceSet validation_;
  std::shared_ptr<const PerceptualNet> perception_;
  ReenactmentOptions options_;
  PairDrawer drawer_;
  std::vector<CropPair> validation_pairs_;
};

}  // namespace

at::Tensor reenactment_images(ReenactmentPrior prior, const at::Tensor& images,
                              const at::Tensor& source_landmarks,
                              const at::Tensor& target_landmarks) {
  if (prior == ReenactmentPrior::kNone) {
    return images;
  }
  return at::cat({images, mesh_warp_prior(images, source_landmarks, target_landmarks)}, 1);
}

std::unique_ptr<Recipe> make_reenactment_recipe(FaceSet train, FaceSet validation,
                                                std::shared_ptr<const PerceptualNet> perception,
                                                const ReenactmentOptions& options) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  return std::make_unique<ReenactmentRecipe>(std::move(train), std::move(validation),
                                             std::move(perception), options);
}

}  // namespace changeling
