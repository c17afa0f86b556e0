// The terms that lead through another picture: stepwise reenactment of G_r, reenacted crops of G_s.
#include <memory>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/face/mesh_warp.h"
#include "common/nets/landmark_context.h"
#include "generator/methods/fsgan/landmark_path.h"
#include "generator/train/adam.h"
#include "generator/train/reenactment_recipe.h"
#include "generator/train/segmentation_recipe.h"
#include "tests/unit/generator/train/drawn_faces.h"

namespace changeling {
namespace {

constexpr int kSize = 32;

NetWeights to_train(const Recipe& recipe) {
  NetWeights net = random_net_weights(recipe.net_info(), 7);
  for (const std::string& name : trainable_names(net.info)) {
    net.tensors.at(name).set_requires_grad(true);
  }
  return net;
}

double sum_of_terms(const StepOutput& output) {
  double sum = 0;
  for (const LossTerm& term : output.terms) {
    sum += term.value.item<double>();
  }
  return sum;
}

class Stepwise : public ::testing::TestWithParam<ReenactmentPrior> {
 protected:
  static std::unique_ptr<Recipe> recipe(bool is_stepwise) {
    ReenactmentOptions options;
    options.ngf = 4;
    options.prior = GetParam();
    options.weights = {1, 0, 0};
    options.background_weight = 1;
    options.is_stepwise = is_stepwise;
    return make_reenactment_recipe(faces(), faces(), nullptr, options);
  }

  static FaceSet faces() { return drawn_faces(2, 3, kSize); }

  /// One pass from a picture with landmarks `from` to landmarks `to`.
  static at::Tensor pass(const NetWeights& net, const at::Tensor& image, const at::Tensor& from,
                         const at::Tensor& to) {
    const at::Tensor images = reenactment_images(GetParam(), image, from, to);
    const auto heads = run_network(
        net, with_landmark_maps(net.info.kind, make_pyramid(images, 2), to), Mode::kEval);
    return GetParam() == ReenactmentPrior::kNone
               ? heads.front()
               : blend_with_prior(images.narrow(1, 3, 3), at::cat(heads, 1));
  }
};

TEST_P(Stepwise, IsHalfTheDirectLossAndHalfThatOfTwoSteps) {
  NetWeights net = to_train(*recipe(true));
  StepMode mode;
  mode.network = Mode::kEval;
  CounterRng rng(3);
  const StepOutput output = recipe(true)->train_step(net, 1, rng, mode);
  output.loss.backward();
  const std::string name = "base.in_conv.1.weight";
  const at::Tensor gradient = net.tensors.at(name).grad().clone();
  net.tensors.at(name).mutable_grad() = at::Tensor();

  CounterRng again(3);
  const CropPair pair = PairDrawer(faces()).draw(again);
  const PairBatch crops = flipped(gather_pairs(faces(), {pair}), {again.below(2) == 1});
  const at::Tensor from = crops.source.landmarks;
  const at::Tensor to = crops.target.landmarks;
  const at::Tensor middle = halfway_landmarks(from, to);
  const at::Tensor direct = pass(net, crops.source.images, from, to);
  const at::Tensor stepped = pass(net, pass(net, crops.source.images, from, middle), middle, to);
  const at::Tensor expected =
      ((direct - crops.target.images).abs().mean() + (stepped - crops.target.images).abs().mean()) /
      2;
  EXPECT_NEAR(output.loss.item<double>(), expected.item<double>(), 1e-6);
  EXPECT_NEAR(sum_of_terms(output), expected.item<double>(), 1e-6);
  EXPECT_EQ(output.terms.back().name, "stepwise");
  EXPECT_TRUE(at::equal(output.made, direct)) << "what the discriminators judge";
  expected.backward();
  EXPECT_TRUE(at::allclose(gradient, net.tensors.at(name).grad(), 1e-3, 1e-7))
      << "through both passes";
}

TEST_P(Stepwise, TrainsTheCoarseLevelToo) {
  NetWeights net = to_train(*recipe(true));
  StepMode mode;
  mode.base_only = true;
  CounterRng rng(3);
  const StepOutput output = recipe(true)->train_step(net, 2, rng, mode);
  EXPECT_EQ(output.made.size(2), kSize / 2);
  output.loss.backward();
  EXPECT_TRUE(net.tensors.at("base.in_conv.1.weight").grad().defined());
}

TEST_P(Stepwise, IsOffByDefault) {
  NetWeights net = to_train(*recipe(false));
  CounterRng rng(3);
  for (const LossTerm& term : recipe(false)->train_step(net, 1, rng, {}).terms) {
    EXPECT_NE(term.name, "stepwise");
  }
  EXPECT_FALSE(ReenactmentOptions().is_stepwise);
}

INSTANTIATE_TEST_SUITE_P(Priors, Stepwise,
                         ::testing::Values(ReenactmentPrior::kNone, ReenactmentPrior::kMeshWarp),
                         [](const auto& test) {
                           return test.param == ReenactmentPrior::kNone ? "None" : "MeshWarp";
                         });

/// Three upright stripes: background, face, not labelled.
FaceSet striped_faces() {
  const FaceSet faces = drawn_faces(2, 3, kSize);
  const at::Tensor classes = at::full_like(all_crops(faces).classes, 255);
  classes.narrow(2, 0, kSize / 4).fill_(0);
  classes.narrow(2, kSize / 4, kSize / 2).fill_(1);
  return with_classes(faces, classes);
}

class BackgroundWeight : public ::testing::Test {
 protected:
  static constexpr double kWeight = 0.25;

  static StepOutput one_step(const FaceSet& faces, double background_weight) {
    ReenactmentOptions options;
    options.ngf = 4;
    options.prior = ReenactmentPrior::kNone;
    options.weights = {1, 0, 0};
    options.background_weight = background_weight;
    const auto recipe = make_reenactment_recipe(faces, faces, nullptr, options);
    StepMode mode;
    mode.network = Mode::kEval;
    CounterRng rng(3);
    return recipe->train_step(to_train(*recipe), 1, rng, mode);
  }

  /// Whether the pair of that step is mirrored.
  static bool is_mirrored(const FaceSet& faces) {
    CounterRng rng(3);
    (void)PairDrawer(faces).draw(rng);
    return rng.below(2) == 1;
  }
};

TEST_F(BackgroundWeight, LowersKnownBackgroundAlone) {
  const FaceSet faces = striped_faces();
  const StepOutput output = one_step(faces, kWeight);
  at::Tensor weight = at::ones({kSize});
  weight.narrow(0, is_mirrored(faces) ? kSize - kSize / 4 : 0, kSize / 4).fill_(kWeight);
  const at::Tensor expected = ((output.made - output.real).abs() * weight).mean();
  EXPECT_NEAR(output.loss.item<double>(), expected.item<double>(), 1e-6);
}

TEST_F(BackgroundWeight, OfALabelledSetHasTheBitsItHad) {
  const FaceSet faces = drawn_faces(2, 3, kSize);
  ASSERT_LE(all_crops(faces).classes.max().item<int>(), 2);
  const StepOutput output = one_step(faces, kWeight);
  CounterRng rng(3);
  const CropPair pair = PairDrawer(faces).draw(rng);
  const at::Tensor face =
      flipped(gather_pairs(faces, {pair}), {rng.below(2) == 1}).target.classes.eq(1);
  const at::Tensor weight = face.to(at::kFloat).unsqueeze(1) * (1 - kWeight) + kWeight;
  const at::Tensor expected = ((output.made - output.real).abs() * weight).mean();
  EXPECT_EQ(output.loss.item<double>(), expected.item<double>());
}

TEST_F(BackgroundWeight, OfCropsWithoutMasksLeavesAllPixelsAlike) {
  const FaceSet faces = drawn_faces(2, 3, kSize);
  const double alike = one_step(faces, 1).loss.item<double>();
  const FaceSet bare = with_classes(faces, at::full_like(all_crops(faces).classes, 255));
  EXPECT_EQ(one_step(bare, kWeight).loss.item<double>(), alike);
}

/// A G_r that darkens: what it paints shows no face any more.
class Darkening : public NetRunner {
 public:
  Darkening() {
    info_.role = "reenactment";
    info_.landmarks = 68;
  }

  [[nodiscard]] const NetInfo& info() const override { return info_; }

  [[nodiscard]] at::Tensor run(const at::Tensor& input) const override { return input - 0.5; }

  [[nodiscard]] at::Tensor run(const at::Tensor& images, const at::Tensor& /*landmarks*/,
                               const at::Tensor& /*context*/) const override {
    return images - 0.5;
  }

 private:
  NetInfo info_;
};

TEST(ReenactedSegmentation, AddsWhatGsSaysOfReenactedCrops) {
  const FaceSet faces = drawn_faces(2, 2, kSize);
  SegmentationOptions options;
  options.ngf = 4;
  options.reenactment_weight = 2;
  options.augmentation = {0, 1, 1, 0, 0, 0, 0};  // crops as they are
  const auto recipe =
      make_segmentation_recipe(faces, faces, options, std::make_shared<Darkening>());
  NetWeights net = to_train(*recipe);
  StepMode mode;
  CounterRng start(3);
  const StepOutput first = recipe->train_step(net, 2, start, mode);
  ASSERT_EQ(first.terms.size(), 2U);
  EXPECT_EQ(first.terms[1].name, "reenacted");
  EXPECT_EQ(first.terms[1].value.item<double>(), 0) << "it grows from 0";

  mode.done_share = 0.25;
  CounterRng rng(3);
  const StepOutput output = recipe->train_step(net, 2, rng, mode);
  EXPECT_NEAR(sum_of_terms(output), output.loss.item<double>(), 1e-6);
  CounterRng again(3);
  std::vector<std::int64_t> rows;
  for (int i = 0; i < 2; ++i) {
    rows.push_back(static_cast<std::int64_t>(again.below(4)));
  }
  const at::Tensor images = gather(faces, rows).images;
  const auto shares = [&](const at::Tensor& x) {
    return run_network(net, {{x}}, Mode::kTrain).front().softmax(1);
  };
  const at::Tensor expected =
      (shares(images - 0.5) - shares(images).detach()).abs().mean() * (2 * 0.25);
  EXPECT_NEAR(output.terms[1].value.item<double>(), expected.item<double>(), 1e-5);
  EXPECT_GT(expected.item<double>(), 0);
}

TEST(ReenactedSegmentation, IsOffWithoutAReenactmentNetwork) {
  const FaceSet faces = drawn_faces(2, 2, kSize);
  SegmentationOptions options;
  options.ngf = 4;
  const auto recipe = make_segmentation_recipe(faces, faces, options);
  NetWeights net = to_train(*recipe);
  CounterRng rng(3);
  EXPECT_EQ(recipe->train_step(net, 2, rng, {}).terms.size(), 1U);
}

}  // namespace
}  // namespace changeling
