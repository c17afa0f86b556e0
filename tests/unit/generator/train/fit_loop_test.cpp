#include "generator/train/fit_loop.h"

#include <cmath>
#include <map>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/face/mesh_warp.h"
#include "generator/train/checkpoint.h"
#include "generator/train/identity_recipe.h"
#include "generator/train/reenactment_recipe.h"
#include "generator/train/segmentation_recipe.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/train/drawn_faces.h"
#include "tests/unit/generator/train/short_fit.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kSize = 32;

constexpr double kRate = 2e-3;

std::unique_ptr<Recipe> reenactment(ReenactmentPrior prior) {
  ReenactmentOptions options;
  options.ngf = 4;
  options.prior = prior;
  return make_reenactment_recipe(drawn_faces(2, 4, kSize), drawn_faces(2, 4, kSize), nullptr,
                                 options);
}

void expect_same_weights(const NetWeights& a, const NetWeights& b) {
  for (const auto& [name, tensor] : a.tensors) {
    EXPECT_TRUE(at::equal(tensor, b.tensors.at(name))) << name;
  }
}

TEST(LearningRate, FollowsItsSchedule) {
  FitOptions options;
  options.steps = 100;
  options.halve_every = 10;
  options.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(0, 1, options), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate_at(9, 1, options), 1);
  EXPECT_DOUBLE_EQ(learning_rate_at(10, 1, options), 0.5);
  options.schedule = Schedule::kCosine;
  EXPECT_DOUBLE_EQ(learning_rate_at(50, 1, options), 0.5);
}

TEST(LearningRate, StartsAnewWithTheFullResolutionWhereAsked) {
  FitOptions options;
  options.steps = 100;
  options.base_steps = 20;
  options.halve_every = 10;
  options.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(19, 1, options), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_at(20, 1, options), 0.25) << "one schedule";
  options.full_rate = 0.4;
  EXPECT_DOUBLE_EQ(learning_rate_at(19, 1, options), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_at(20, 1, options), 0.1);
  options.restarts_schedule = true;
  EXPECT_DOUBLE_EQ(learning_rate_at(19, 1, options), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_at(20, 1, options), 0.1) << "a quarter of the warm-up";
  EXPECT_DOUBLE_EQ(learning_rate_at(29, 1, options), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(30, 1, options), 0.2);
  options.schedule = Schedule::kCosine;
  EXPECT_DOUBLE_EQ(learning_rate_at(10, 1, options), 0.5) << "half of the base stage";
  EXPECT_DOUBLE_EQ(learning_rate_at(60, 1, options), 0.2) << "half of the rest";
  options.base_steps = 0;
  EXPECT_DOUBLE_EQ(learning_rate_at(50, 1, options), 0.5) << "a single stage";
}

TEST(AdversarialWeight, GrowsInItsWarmup) {
  FitOptions options;
  options.adversarial = 0.1;
  EXPECT_DOUBLE_EQ(adversarial_weight_at(0, options), 0.1);
  options.adversarial_warmup = 4;
  EXPECT_DOUBLE_EQ(adversarial_weight_at(0, options), 0.025);
  EXPECT_DOUBLE_EQ(adversarial_weight_at(9, options), 0.1);
}

TEST(Adam, TakesTheStepOfItsPaper) {
  NetInfo info;
  info.kind = NetKind::kSegUnet;
  info.ngf = 4;
  NetWeights net = random_net_weights(info, 1);
  const std::string name = trainable_names(net.info).front();
  const at::Tensor before = net.tensors.at(name).clone();
  Adam adam(net, {name}, {0.5, 0.999, 1e-8});
  net.tensors.at(name).mutable_grad() = at::full_like(before, 0.1);
  adam.step(0.01);
  // Both corrected moments of the first step equal the gradient and its square.
  EXPECT_LT((before - net.tensors.at(name).detach() - 0.01).abs().max().item<double>(), 1e-6);
  net.tensors.at(name).mutable_grad() = at::full_like(before, NAN);
  EXPECT_THROW(adam.step(0.01), Error);
}

class FitReenactment : public ::testing::TestWithParam<ReenactmentPrior> {};

TEST_P(FitReenactment, LearnsAFewPairs) {
  const TempDir dir;
  const std::unique_ptr<Recipe> recipe = reenactment(GetParam());
  FitOptions options = few_steps(48, kRate);
  options.learning_rate = 5e-3;
  options.schedule = Schedule::kCosine;
  options.validate_every = 16;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.weights.info.role, "reenactment");
  const NetWeights untrained = random_net_weights(recipe->net_info(), 1);
  EXPECT_LT(recipe->validate(result.weights), 0.8 * recipe->validate(untrained));
}

INSTANTIATE_TEST_SUITE_P(Priors, FitReenactment,
                         ::testing::Values(ReenactmentPrior::kNone, ReenactmentPrior::kMeshWarp),
                         [](const auto& test) {
                           return test.param == ReenactmentPrior::kNone ? "None" : "MeshWarp";
                         });

TEST(Fit, LearnsToSegment) {
  const TempDir dir;
  SegmentationOptions segmentation;
  segmentation.ngf = 4;
  const std::unique_ptr<Recipe> recipe =
      make_segmentation_recipe(drawn_faces(2, 4, kSize), drawn_faces(2, 4, kSize), segmentation);
  FitOptions options = few_steps(60, kRate);
  options.learning_rate = 5e-3;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  EXPECT_LT(result.best_validation.value(), 0.35) << "1 - mean IoU of background and face";
}

TEST(Fit, LearnsToTellPeopleApart) {
  const TempDir dir;
  IdentityOptions identity;
  identity.ngf = 4;
  identity.augmentation = {5, 0.95, 1.05, 0.02, 0.05, 0, 0};
  const FaceSet people = drawn_faces(4, 6, kSize);
  const std::unique_ptr<Recipe> recipe = make_identity_recipe(people, people, identity);
  const NetWeights untrained = random_net_weights(recipe->net_info(), 1);
  FitOptions options = few_steps(200, kRate);
  options.batch = 8;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  EXPECT_LT(result.best_validation.value(), 0.15);
  EXPECT_LT(result.best_validation.value(), recipe->validate(untrained) - 0.1);
  EXPECT_EQ(recipe->picture(result.weights).sizes(), (at::IntArrayRef{2 * kSize, 8 * kSize, 3}));
}

TEST(Fit, TellingPeopleApartResumesToTheSameBits) {
  IdentityOptions identity;
  identity.ngf = 2;
  const FaceSet people = drawn_faces(3, 3, kSize);
  const std::unique_ptr<Recipe> recipe = make_identity_recipe(people, people, identity);
  const FitOptions options = few_steps(7, kRate);
  const TempDir unbroken;
  const TempDir sliced;
  const FitResult whole = fit(*recipe, options, unbroken.path(), {});
  int slices = 0;
  const FitResult part = fit_in_slices(*recipe, options, 3, sliced.path(), slices);
  EXPECT_EQ(slices, 3);
  expect_same_weights(whole.weights, part.weights);
  expect_same_checkpoints(unbroken.path(), sliced.path());
}

TEST(VerificationError, IsOneLessTheAreaUnderTheCurve) {
  // Persons 0 0 1: cosines 0-1 0.8, 0-2 0.6, 1-2 0.96: the pair of one person beats one of two.
  const at::Tensor points = at::tensor({2.0F, 0.0F, 4.0F, 3.0F, 3.0F, 4.0F}).view({3, 2});
  EXPECT_NEAR(verification_error(points, {0, 0, 1}), 0.5, 1e-9);
  EXPECT_NEAR(verification_error(points, {0, 1, 1}), 0, 1e-9);
  EXPECT_THROW((void)verification_error(points, {0, 0, 0}), Error);
  EXPECT_THROW((void)verification_error(points, {0, 1, 2}), Error);
}

TEST(Fit, ResumesToTheSameBitsAsAnUnbrokenRun) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kMeshWarp);
  FitOptions options = few_steps(10, kRate);
  options.base_steps = 4;
  options.adversarial = 0.01;
  options.ndf = 4;
  const TempDir unbroken;
  const TempDir sliced;
  const FitResult whole = fit(*recipe, options, unbroken.path(), {});
  int slices = 0;
  const FitResult part = fit_in_slices(*recipe, options, 3, sliced.path(), slices);
  EXPECT_EQ(slices, 4);
  EXPECT_EQ(part.best_validation, whole.best_validation);
  expect_same_weights(whole.weights, part.weights);
  expect_same_checkpoints(unbroken.path(), sliced.path());
}

TEST(Fit, TheBaseStageTrainsTheCoarseLevelAloneAndTheNextHasNewMoments) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kMeshWarp);
  FitOptions options = few_steps(5, kRate);
  options.base_steps = 3;
  options.start = random_net_weights(recipe->net_info(), 77);
  options.max_steps_now = 3;
  const TempDir dir;
  EXPECT_FALSE(fit(*recipe, options, dir.path(), {}).finished);
  const auto stored = [&] { return *read_checkpoint(dir.path() / "checkpoint.safetensors"); };
  const Checkpoint base = stored();
  EXPECT_EQ(base.optimizer_steps, 3);
  int enhancer = 0;
  int changed = 0;
  for (const auto& [name, tensor] : options.start->tensors) {
    const bool is_same = at::equal(tensor, base.tensors.at("net." + name));
    if (name.rfind("enhancer1.", 0) == 0) {
      EXPECT_TRUE(is_same) << name;
      ++enhancer;
    }
    changed += is_same ? 0 : 1;
  }
  EXPECT_GT(enhancer, 10);
  EXPECT_GT(changed, 10);
  options.max_steps_now = 1;
  (void)fit(*recipe, options, dir.path(), {});
  const Checkpoint full = stored();
  EXPECT_EQ(full.step, 4);
  EXPECT_EQ(full.optimizer_steps, 1) << "new optimizers";
  // One step after the start the second moment is (1 - beta2) g^2, the first (1 - beta1) g.
  const std::string name = "enhancer1.out_conv1.1.weight";
  const at::Tensor m = full.tensors.at("net_adam.m." + name);
  const at::Tensor v = full.tensors.at("net_adam.v." + name);
  EXPECT_GT(m.abs().max().item<double>(), 0);
  EXPECT_TRUE(at::allclose(v, (m / 0.5).square() * 0.001, 1e-4, 1e-12));
  const std::string base_name = "base.in_conv.1.weight";
  const at::Tensor base_m = full.tensors.at("net_adam.m." + base_name);
  EXPECT_TRUE(at::allclose(full.tensors.at("net_adam.v." + base_name),
                           (base_m / 0.5).square() * 0.001, 1e-4, 1e-12))
      << "the base's moments are forgotten";
}

TEST(Fit, LosesAtMostTheStepsSinceTheLastCheckpointWhenKilled) {
  // A kill leaves the files of the last checkpoint: stop without saving by throwing from a hook.
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  const FitOptions options = few_steps(9, kRate);
  const TempDir killed;
  const TempDir unbroken;
  FitHooks hooks;
  hooks.on_progress = [](const FitProgress& progress) {
    if (progress.step == 8) {
      throw Error(ErrorKind::kCancelled, "killed");
    }
  };
  EXPECT_THROW((void)fit(*recipe, options, killed.path(), hooks), Error);
  EXPECT_EQ(read_checkpoint(killed.path() / "checkpoint.safetensors")->step, 6);
  expect_same_weights(fit(*recipe, options, unbroken.path(), {}).weights,
                      fit(*recipe, options, killed.path(), {}).weights);
}

std::string refusal_to_go_on(ErrorKind kind, const Recipe& recipe, const FitOptions& options,
                             const TempDir& dir) {
  return refusal_of(kind, [&] { (void)fit(recipe, options, dir.path(), {}); });
}

TEST(Fit, NamesTheSettingThatACheckpointHadOtherwise) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  FitOptions first = few_steps(3, kRate);
  first.adversarial = 0.01;
  first.ndf = 4;
  const TempDir dir;
  (void)fit(*recipe, first, dir.path(), {});
  FitOptions now = first;
  now.seed = 6;
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kConfig, *recipe, now, dir),
              HasSubstr("seed = 5, now it is 6"));
  now = first;
  now.learning_rate = 1e-3;
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kConfig, *recipe, now, dir),
              HasSubstr("learning_rate = 0.002, now it is 0.001"));
  now = first;
  now.ndf = 8;
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kConfig, *recipe, now, dir),
              HasSubstr("ndf = 4, now it is 8"));
  EXPECT_THAT(
      refusal_to_go_on(ErrorKind::kConfig, *reenactment(ReenactmentPrior::kMeshWarp), first, dir),
      HasSubstr(std::string("prior = none, now it is ") + kMeshWarpPrior));
}

TEST(Fit, NamesTheDeviceAndTheThreadsOfACheckpointThatHadOthers) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  const FitOptions options = few_steps(3, kRate);
  const TempDir dir;
  (void)fit(*recipe, options, dir.path(), {});
  const std::filesystem::path file = dir.path() / "checkpoint.safetensors";
  Checkpoint other = *read_checkpoint(file);
  const std::string threads = other.options.at("threads");
  EXPECT_EQ(threads, std::to_string(at::get_num_threads()));
  other.options["threads"] = "99";
  write_checkpoint(file, other);
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kConfig, *recipe, options, dir),
              HasSubstr("threads = 99, now it is " + threads));
  other.options["device"] = "cuda";
  write_checkpoint(file, other);
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kConfig, *recipe, options, dir),
              HasSubstr("device = cuda, now it is cpu"));
}

TEST(Fit, RefusesADamagedCheckpoint) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  const FitOptions options = few_steps(3, kRate);
  const TempDir dir;
  (void)fit(*recipe, options, dir.path(), {});
  const std::filesystem::path file = dir.path() / "checkpoint.safetensors";
  std::string bytes = read_file(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);  // the last bit of a tensor
  write_file_atomically(file, bytes);
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kModel, *recipe, options, dir),
              HasSubstr(file.string() + "' is damaged"));
  write_file_atomically(file, bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kModel, *recipe, options, dir), HasSubstr(file.string()));
}

TEST(Fit, RefusesToGoOnWithoutTheBestWeightsOfItsCheckpoint) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  const FitOptions options = few_steps(3, kRate);
  const TempDir dir;
  (void)fit(*recipe, options, dir.path(), {});
  std::filesystem::remove(dir / "best.safetensors");
  EXPECT_THAT(refusal_to_go_on(ErrorKind::kModel, *recipe, options, dir),
              HasSubstr("best.safetensors' is missing"));
}

TEST(Fit, RefusesABaseStageThatLeavesNoStep) {
  FitOptions options = few_steps(3, kRate);
  options.base_steps = 3;
  const TempDir dir;
  EXPECT_THAT(
      refusal_to_go_on(ErrorKind::kConfig, *reenactment(ReenactmentPrior::kNone), options, dir),
      HasSubstr("the base stage has 3 of 3 steps"));
}

TEST(Fit, HasNoBestValidationBeforeTheFirst) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  FitOptions options = few_steps(8, kRate);
  options.max_steps_now = 3;
  const TempDir dir;
  const FitResult stopped = fit(*recipe, options, dir.path(), {});
  EXPECT_FALSE(stopped.best_validation.has_value());
  EXPECT_EQ(stopped.weights.info.notes.at("step"), "3") << "the network as it is now";
  EXPECT_FALSE(read_checkpoint(dir.path() / "checkpoint.safetensors")->best_validation);
  const FitResult validated = fit(*recipe, options, dir.path(), {});
  EXPECT_TRUE(std::isfinite(validated.best_validation.value()));
}

TEST(Fit, StartsFromGivenWeightsOfTheSameNetworkOnly) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kMeshWarp);
  FitOptions options = few_steps(3, kRate);
  options.learning_rate = 0;
  options.start = random_net_weights(recipe->net_info(), 77);
  const TempDir dir;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  for (const std::string& name : trainable_names(result.weights.info)) {
    const at::Tensor stored = options.start->tensors.at(name).to(at::kBFloat16).to(at::kFloat);
    EXPECT_TRUE(at::equal(result.weights.tensors.at(name), stored)) << name;
  }
  options.start = random_net_weights(reenactment(ReenactmentPrior::kNone)->net_info(), 77);
  EXPECT_THROW((void)fit(*recipe, options, dir.path(), {}), Error);
  NetInfo wide = recipe->net_info();
  wide.ngf = 8;
  options.start = random_net_weights(wide, 77);
  EXPECT_THROW((void)fit(*recipe, options, dir.path(), {}), Error);
}

TEST(Fit, StartsFromWeightsOfAnotherResolution) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kMeshWarp);
  FitOptions options = few_steps(1, kRate);
  NetInfo coarse = recipe->net_info();
  coarse.resolution_px = kSize / 2;
  options.start = random_net_weights(coarse, 77);
  const TempDir dir;
  EXPECT_EQ(fit(*recipe, options, dir.path(), {}).weights.info.resolution_px, kSize);
}

TEST(Fit, TellsEveryStep) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  const TempDir dir;
  std::vector<std::int64_t> steps;
  FitHooks hooks;
  hooks.on_step = [&steps](std::int64_t step) { steps.push_back(step); };
  (void)fit(*recipe, few_steps(3, kRate), dir.path(), hooks);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(Fit, WeightsTellHowTheyCameAbout) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kMeshWarp);
  FitOptions options = few_steps(6, kRate);
  options.seed = 11;
  options.trained_on = "drawn faces, split by hand";
  options.licence = "CC0-1.0";
  options.learning_rate = 1e-9;  // the first validation stays the best but for statistics
  options.patience = 1;
  const TempDir dir;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  const NetInfo info = read_net_weights(dir.path() / "best.safetensors").info;
  EXPECT_EQ(info.trained_on, options.trained_on);
  EXPECT_EQ(info.licence, options.licence);
  std::map<std::string, std::string> notes = info.notes;
  EXPECT_EQ(notes["seed"], "11");
  EXPECT_TRUE(notes["step"] == "4" || notes["step"] == "6") << notes["step"];
  EXPECT_EQ(notes["steps"], "6");
  EXPECT_EQ(notes["device"], "cpu");
  EXPECT_EQ(notes["threads"], std::to_string(at::get_num_threads()));
  EXPECT_EQ(notes["precision"], "fp32");
  EXPECT_EQ(notes["commit"].rfind(git_commit(), 0), 0U) << notes["commit"];
  EXPECT_FALSE(notes["libtorch"].empty());
  EXPECT_EQ(notes["prior"], kMeshWarpPrior) << "what the recipe says stays";
  EXPECT_EQ(result.weights.info.notes, info.notes);
}

TEST(Fit, EndsWhenPatienceRunsOut) {
  const std::unique_ptr<Recipe> recipe = reenactment(ReenactmentPrior::kNone);
  FitOptions options = few_steps(100, kRate);
  options.learning_rate = 0;  // nothing improves after the first validation
  options.patience = 2;
  const TempDir dir;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  EXPECT_TRUE(result.finished);
  // Running statistics still move the validation loss a little at first.
  EXPECT_LT(result.steps, 100);
}

/// What a recipe says of data that it cannot be made of.
template <typename Make>
std::string refusal_of_data(const Make& make) {
  return refusal_of(ErrorKind::kInput, [&] { (void)make(); });
}

TEST(Recipe, SegmentationRefusesPartsThatLackFaceOrBackground) {
  const FaceSet faces = drawn_faces(1, 2, kSize);
  const at::Tensor classes = all_crops(faces).classes;
  const FaceSet all_face = with_classes(faces, at::ones_like(classes));
  const FaceSet unlabelled = with_classes(faces, at::full_like(classes, 255));
  EXPECT_THAT(refusal_of_data([&] { return make_segmentation_recipe(all_face, faces, {}); }),
              HasSubstr("training part 'train': no pixel of class 0 (background)"));
  EXPECT_THAT(refusal_of_data([&] { return make_segmentation_recipe(faces, all_face, {}); }),
              HasSubstr("training part 'val': no pixel of class 0 (background)"));
  const FaceSet no_face = with_classes(faces, at::zeros_like(classes));
  EXPECT_THAT(refusal_of_data([&] { return make_segmentation_recipe(faces, no_face, {}); }),
              HasSubstr("training part 'val': no pixel of class 1 (face)"));
  EXPECT_THAT(refusal_of_data([&] { return make_segmentation_recipe(unlabelled, faces, {}); }),
              HasSubstr("training part 'train': no pixel of class 0"));
}

TEST(Recipe, SegmentationSaysThatHairIsMissing) {
  const FaceSet faces = drawn_faces(1, 2, kSize);
  const at::Tensor classes = all_crops(faces).classes;
  classes.select(1, 0).fill_(2);
  const FaceSet with_hair = with_classes(faces, classes);
  testing::internal::CaptureStderr();
  (void)make_segmentation_recipe(with_hair, faces, {});
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("class_missing part=val class=hair"));
  EXPECT_THAT(log, Not(HasSubstr("part=train")));
}

TEST(Recipe, ReenactmentRefusesSingleFrames) {
  const FaceSet singles = drawn_faces(3, 1, kSize);
  EXPECT_THAT(
      refusal_of_data([&] { return make_reenactment_recipe(singles, singles, nullptr, {}); }),
      HasSubstr("no video has two face crops"));
}

TEST(Recipe, IdentityRefusesWhatNobodyCanBeToldApartIn) {
  const FaceSet two = drawn_faces(2, 2, kSize);
  const auto refusal = [](const FaceSet& train, const FaceSet& validation) {
    return refusal_of_data([&] { return make_identity_recipe(train, validation, {}); });
  };
  EXPECT_THAT(refusal(drawn_faces(1, 4, kSize), two), HasSubstr("'train': a single person"));
  for (const FaceSet& validation : {drawn_faces(1, 4, kSize), drawn_faces(3, 1, kSize)}) {
    EXPECT_THAT(refusal(two, validation),
                HasSubstr("'val': needs two people, and one of them with two crops"));
  }
  const FaceSet odd = drawn_faces(2, 2, 48);
  EXPECT_THAT(refusal(odd, odd), HasSubstr("a multiple of 32, these are 48 px"));
}

TEST(ConfusionMatrix, GivesTheHandComputedIou) {
  ConfusionMatrix pixels;
  const at::Tensor truth = at::tensor({0, 0, 1, 1, -100, 2}, at::kLong).reshape({1, 2, 3});
  const at::Tensor predicted = at::tensor({0, 1, 1, 1, 2, 0}, at::kLong).reshape({1, 2, 3});
  pixels.add(truth, predicted);
  EXPECT_DOUBLE_EQ(pixels.iou(0), 1.0 / 3);
  EXPECT_DOUBLE_EQ(pixels.iou(1), 2.0 / 3);
  EXPECT_DOUBLE_EQ(pixels.iou(2), 0);
  EXPECT_DOUBLE_EQ(pixels.mean_iou(), 1.0 / 3);
}

TEST(ConfusionMatrix, MeansOverTheClassesThatTheTruthShows) {
  ConfusionMatrix pixels;
  pixels.add(at::tensor({0, 0, 1, 1}, at::kLong).reshape({1, 2, 2}),
             at::tensor({0, 1, 1, 1}, at::kLong).reshape({1, 2, 2}));
  EXPECT_DOUBLE_EQ(pixels.iou(2), 1) << "in neither";
  EXPECT_DOUBLE_EQ(pixels.mean_iou(), (1.0 / 2 + 2.0 / 3) / 2);
}

}  // namespace
}  // namespace changeling
