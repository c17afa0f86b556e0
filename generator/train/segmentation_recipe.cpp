#include "generator/train/segmentation_recipe.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "generator/train/losses.h"
#include "generator/train/swap_stages.h"

namespace changeling {
namespace {

constexpr std::int64_t kClasses = 3;
constexpr std::int64_t kHair = 2;
constexpr std::int64_t kEvaluationBatch = 16;
constexpr std::int64_t kPictures = 8;

/// Background black, face red, hair green, not labelled grey.
at::Tensor class_colors(const at::Tensor& classes) {
  const at::Tensor face = classes.eq(1).to(at::kFloat);
  const at::Tensor hair = classes.eq(2).to(at::kFloat);
  const at::Tensor unknown = classes.lt(0).to(at::kFloat) * 0.5;
  return at::stack({face + unknown, hair + unknown, unknown}, 1) * 2 - 1;
}

constexpr std::array<const char*, kClasses> kClassNames = {"background", "face", "hair"};

/// Face masks without hair teach two of the three classes, which is enough for a swap's masks.
void check_classes(const CropRows& crops, const std::string& part) {
  for (int cls = 0; cls < kClasses; ++cls) {
    bool is_shown = false;
    for (std::int64_t row = 0; row < crops.size() && !is_shown; ++row) {
      is_shown = crops.shows(row, cls);
    }
    if (is_shown) {
      continue;
    }
    const char* name = kClassNames.at(static_cast<std::size_t>(cls));
    if (cls == kHair) {
      log_warn("class_missing", {{"part", part}, {"class", name}});
      continue;
    }
    throw Error(ErrorKind::kInput, "training part '" + part + "': no pixel of class " +
                                       std::to_string(cls) + " (" + name + ")");
  }
}

class SegmentationRecipe : public Recipe {
 public:
  SegmentationRecipe(FaceSet train, FaceSet validation, const SegmentationOptions& options,
                     std::shared_ptr<const NetRunner> reenactment)
      : train_(std::move(train)),
        validation_(std::move(validation)),
        validation_rows_(validation_rows(validation_)),
        options_(options) {
    if (reenactment != nullptr) {
      stages_.emplace(TrainedNets{std::move(reenactment), nullptr, nullptr},
                      static_cast<int>(train_.crops->side_px()));
    }
    if (!train_.crops->has_classes() || !validation_.crops->has_classes()) {
      throw Error(ErrorKind::kInput, "segmentation needs crops with class maps");
    }
    check_classes(*train_.crops, "train");
    check_classes(*validation_.crops, "val");
  }

  [[nodiscard]] NetInfo net_info() const override {
    NetInfo info;
    info.kind = NetKind::kSegUnet;
    info.role = "segmentation";
    info.in = 3;
    info.out = {static_cast<int>(kClasses)};
    info.ngf = options_.ngf;
    info.crop_scale = train_.crop_scale;
    info.resolution_px = static_cast<int>(train_.crops->side_px());
    return info;
  }

  [[nodiscard]] StepOutput train_step(const NetWeights& net, int batch, CounterRng& rng,
                                      const StepMode& mode) const override {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::int64_t> rows;
    for (int i = 0; i < batch; ++i) {
      rows.push_back(
          static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(train_.size()))));
    }
    const FaceBatch faces =
        augmented(gather(train_, rows, device_of(net)), options_.augmentation, rng);
    const std::chrono::duration<double> prepared = std::chrono::steady_clock::now() - start;
    StepOutput output;
    const at::Tensor logits =
        run_network(net, {{faces.images}}, Mode::kTrain, mode.compute).front();
    output.loss = segmentation_loss(logits, faces.classes);
    output.terms = {{"cross_entropy", output.loss.detach()}};
    if (stages_) {
      const auto begin = std::chrono::steady_clock::now();
      const at::Tensor reenacted = stages_->reenact(faces, stages_->align(faces, faces)).painted;
      const std::chrono::duration<double> making = std::chrono::steady_clock::now() - begin;
      output.input_seconds = making.count();
      const at::Tensor term =
          reenacted_segmentation_loss(
              logits, run_network(net, {{reenacted}}, Mode::kTrain, mode.compute).front()) *
          (options_.reenactment_weight * mode.done_share);
      output.loss = output.loss + term;
      output.terms.push_back({"reenacted", term.detach()});
    }
    output.prepare_seconds = prepared.count();
    return output;
  }

  [[nodiscard]] double validate(const NetWeights& net) const override {
    ConfusionMatrix pixels;
    for (const std::vector<std::int64_t>& rows : batches_of(validation_rows_, kEvaluationBatch)) {
      const FaceBatch faces = gather(validation_, rows);
      pixels.add(faces.classes, predict(net, faces.images));
    }
    return 1 - pixels.mean_iou();
  }

  /// Rows: crop, prediction, label.
  [[nodiscard]] at::Tensor picture(const NetWeights& net) const override {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < kPictures; ++i) {
      rows.push_back(i * validation_.size() / kPictures);
    }
    const FaceBatch faces = gather(validation_, rows);
    return picture_grid(
        {faces.images, class_colors(predict(net, faces.images)), class_colors(faces.classes)});
  }

 private:
  static at::Tensor predict(const NetWeights& net, const at::Tensor& images) {
    const c10::NoGradGuard no_grad;
    return run_network(net, {{images.to(device_of(net))}}).front().argmax(1).to(at::kCPU);
  }

  FaceSet train_;
  FaceSet validation_;
  std::vector<std::int64_t> validation_rows_;
  SegmentationOptions options_;
  std::optional<SwapStages> stages_;  ///< with G_r, if there is one
};

}  // namespace

void ConfusionMatrix::add(const at::Tensor& truth, const at::Tensor& predicted) {
  for (std::int64_t t = 0; t < kClasses; ++t) {
    const at::Tensor of_class = truth.eq(t);
    for (std::int64_t p = 0; p < kClasses; ++p) {
      pixels_.at(static_cast<std::size_t>(t)).at(static_cast<std::size_t>(p)) +=
          (of_class & predicted.eq(p)).sum().item<std::int64_t>();
    }
  }
}

double ConfusionMatrix::iou(int cls) const {
  const auto at = static_cast<std::size_t>(cls);
  std::int64_t either = -pixels_.at(at).at(at);
  for (std::size_t i = 0; i < pixels_.size(); ++i) {
    either += pixels_.at(at).at(i) + pixels_.at(i).at(at);
  }
  return either == 0 ? 1 : static_cast<double>(pixels_.at(at).at(at)) / static_cast<double>(either);
}

double ConfusionMatrix::mean_iou() const {
  double sum = 0;
  int present = 0;
  for (int cls = 0; cls < kClasses; ++cls) {
    const auto& of_class = pixels_.at(static_cast<std::size_t>(cls));
    if (std::any_of(of_class.begin(), of_class.end(), [](std::int64_t n) { return n > 0; })) {
      sum += iou(cls);
      ++present;
    }
  }
  return sum / present;
}

std::unique_ptr<Recipe> make_segmentation_recipe(FaceSet train, FaceSet validation,
                                                 const SegmentationOptions& options,
                                                 std::shared_ptr<const NetRunner> reenactment) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  return std::make_unique<SegmentationRecipe>(std::move(train), std::move(validation), options,
                                              std::move(reenactment));
}

}  // namespace changeling
