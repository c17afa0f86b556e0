#include "generator/train/identity_recipe.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/statistics/roc.h"

namespace changeling {
namespace {

constexpr std::int64_t kEvaluationBatch = 16;
constexpr std::int64_t kPictures = 8;
constexpr std::int64_t kSideUnit = 32;  // five poolings

/// Rows of each person, by ascending number.
std::vector<std::vector<std::int64_t>> crops_of_people(const FaceSet& set) {
  std::map<std::int64_t, std::vector<std::int64_t>> rows;
  for (std::int64_t i = 0; i < set.size(); ++i) {
    rows[set.person[static_cast<std::size_t>(i)]].push_back(i);
  }
  std::vector<std::vector<std::int64_t>> people;
  for (auto& [person, crops] : rows) {
    people.push_back(std::move(crops));
  }
  return people;
}

/// Cosines of all pairs (N,N).
at::Tensor cosines(const at::Tensor& embeddings) {
  const at::Tensor unit = embeddings / embeddings.norm(2, 1, true).clamp_min(1e-12);
  return unit.matmul(unit.t());
}

class IdentityRecipe : public Recipe {
 public:
  IdentityRecipe(FaceSet train, FaceSet validation, const IdentityOptions& options)
      : train_(std::move(train)),
        validation_(std::move(validation)),
        options_(options),
        people_(crops_of_people(train_)),
        validation_rows_(validation_rows(validation_)) {
    for (const std::int64_t row : validation_rows_) {
      validation_people_.push_back(validation_.person[static_cast<std::size_t>(row)]);
    }
    if (people_.size() < 2) {
      throw Error(ErrorKind::kInput,
                  "training part 'train': a single person, nobody to be told apart");
    }
    if (train_.crops->side_px() % kSideUnit != 0) {
      throw Error(ErrorKind::kInput,
                  "vgg19 needs crops whose side is a multiple of 32, these are " +
                      std::to_string(train_.crops->side_px()) + " px");
    }
    // Fails now, not at the first validation.
    (void)verification_error(at::ones({count(), 1}), validation_people_);
  }

  [[nodiscard]] NetInfo net_info() const override {
    NetInfo info;
    info.kind = NetKind::kVgg19Bn;
    info.role = "perceptual";
    info.in = 3;
    info.out = {static_cast<int>(people_.size())};
    info.ngf = options_.ngf;
    info.crop_scale = train_.crop_scale;
    info.resolution_px = static_cast<int>(train_.crops->side_px());
    return info;
  }

  [[nodiscard]] StepOutput train_step(const NetWeights& net, int batch, CounterRng& rng,
                                      const StepMode& mode) const override {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> classes;
    for (int i = 0; i < batch; ++i) {
      const std::uint64_t person = rng.below(people_.size());
      const std::vector<std::int64_t>& crops = people_[person];
      classes.push_back(static_cast<std::int64_t>(person));
      rows.push_back(crops[rng.below(crops.size())]);
    }
    const FaceBatch faces =
        augmented(gather(train_, rows, device_of(net)), options_.augmentation, rng);
    const at::Tensor truth = at::tensor(classes, at::kLong).to(device_of(net));
    const std::chrono::duration<double> prepared = std::chrono::steady_clock::now() - start;
    StepOutput output;
    at::manual_seed(rng.next());  // the dropout before the classes draws from LibTorch's generator
    output.loss = at::cross_entropy_loss(
        run_network(net, {{faces.images}}, Mode::kTrain, mode.compute).front(), truth);
    output.terms = {{"cross_entropy", output.loss.detach()}};
    output.prepare_seconds = prepared.count();
    return output;
  }

  [[nodiscard]] double validate(const NetWeights& net) const override {
    return verification_error(embed(net), validation_people_);
  }

  /// Rows: crop, the one of the others that the network finds most alike.
  [[nodiscard]] at::Tensor picture(const NetWeights& net) const override {
    const at::Tensor alike = cosines(embed(net)).fill_diagonal_(-2).argmax(1);
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> found;
    for (std::int64_t i = 0; i < kPictures; ++i) {
      const std::int64_t crop = i * count() / kPictures;
      rows.push_back(row_of(crop));
      found.push_back(row_of(alike[crop].item<std::int64_t>()));
    }
    return picture_grid({gather(validation_, rows).images, gather(validation_, found).images});
  }

 private:
  [[nodiscard]] std::int64_t count() const {
    return static_cast<std::int64_t>(validation_rows_.size());
  }

  [[nodiscard]] std::int64_t row_of(std::int64_t crop) const {
    return validation_rows_[static_cast<std::size_t>(crop)];
  }

  /// Of the crops that validation looks at.
  [[nodiscard]] at::Tensor embed(const NetWeights& net) const {
    const c10::NoGradGuard no_grad;
    std::vector<at::Tensor> logits;
    for (const std::vector<std::int64_t>& rows : batches_of(validation_rows_, kEvaluationBatch)) {
      const at::Tensor images = gather(validation_, rows, device_of(net)).images;
      logits.push_back(run_network(net, {{images}}).front().to(at::kCPU));
    }
    return at::cat(logits);
  }

  FaceSet train_;
  FaceSet validation_;
  IdentityOptions options_;
  std::vector<std::vector<std::int64_t>> people_;  ///< rows of `train`, by class
  std::vector<std::int64_t> validation_rows_;
  std::vector<std::int64_t> validation_people_;  ///< of those rows
};

}  // namespace

double verification_error(const at::Tensor& embeddings, const std::vector<std::int64_t>& person) {
  const at::Tensor alike = cosines(embeddings).contiguous();
  const auto count = static_cast<std::int64_t>(person.size());
  std::vector<ScoredItem> pairs;
  for (std::int64_t a = 0; a < count; ++a) {
    const float* row = alike.data_ptr<float>() + a * count;
    for (std::int64_t b = a + 1; b < count; ++b) {
      pairs.push_back({static_cast<double>(row[b]),
                       person[static_cast<std::size_t>(a)] == person[static_cast<std::size_t>(b)]});
    }
  }
  const std::optional<double> area = auc(pairs);
  if (!area) {
    throw Error(ErrorKind::kInput,
                "training part 'val': needs two people, and one of them with two crops");
  }
  return 1 - *area;
}

std::unique_ptr<Recipe> make_identity_recipe(FaceSet train, FaceSet validation,
                                             const IdentityOptions& options) {
  require_face_set(train, "train");
  require_face_set(validation, "val");
  return std::make_unique<IdentityRecipe>(std::move(train), std::move(validation), options);
}

}  // namespace changeling
