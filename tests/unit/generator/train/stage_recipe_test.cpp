#include "generator/train/stage_recipe.h"

#include <set>
#include <string>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "generator/train/checkpoint.h"
#include "generator/train/fit_loop.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/generator/train/drawn_faces.h"
#include "tests/unit/generator/train/short_fit.h"

namespace changeling {
namespace {

using testing::HasSubstr;

constexpr int kSize = 32;

/// The first `rows` crops of a set, each its own source.
PairBatch themselves(const FaceSet& set, std::int64_t rows) {
  std::vector<CropPair> pairs;
  for (std::int64_t i = 0; i < rows; ++i) {
    pairs.push_back({i, i});
  }
  return gather_pairs(set, pairs);
}

double worst_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

std::string refusal(const FaceSet& set, SourceRule rule) {
  return refusal_of(ErrorKind::kInput, [&] { (void)StagePairDrawer(set, "train", rule); });
}

TEST(CutOut, PutsMinusOneWhereTheMaskIsZero) {
  const at::Tensor image = at::tensor({0.5F, -0.25F}).reshape({1, 1, 1, 2});
  const at::Tensor mask = at::tensor({1.0F, 0.0F}).reshape({1, 1, 1, 2});
  EXPECT_TRUE(at::equal(cut_out(image, mask), at::tensor({0.5F, -1.0F}).reshape({1, 1, 1, 2})));
}

TEST(StagePairDrawer, TakesTheTargetItselfOrAnotherCropOfItsVideo) {
  const FaceSet set = drawn_faces(3, 3, kSize);
  const StagePairDrawer drawer(set, "train", SourceRule::kSameVideo);
  int themselves = 0;
  std::set<std::int64_t> targets;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CounterRng rng(seed);
    const CropPair pair = drawer.draw(rng);
    EXPECT_EQ(pair.source / 3, pair.target / 3);
    themselves += pair.source == pair.target ? 1 : 0;
    targets.insert(pair.target);
  }
  EXPECT_NEAR(themselves, 100, 30);
  EXPECT_EQ(targets.size(), 9U);
}

TEST(StagePairDrawer, ASingleCropIsItsOwnSource) {
  const StagePairDrawer drawer(drawn_faces(2, 1, kSize), "train", SourceRule::kSameVideo);
  for (const CropPair& pair : drawer.fixed(10)) {
    EXPECT_EQ(pair.source, pair.target);
  }
}

TEST(StagePairDrawer, TakesEveryOtherPersonAndNeverTheSame) {
  FaceSet set = drawn_faces(5, 2, kSize);
  set.person = {7, 7, 3, 3, 7, 7, 9, 9, 3, 3};  // two videos of 7 and of 3, one of 9
  const StagePairDrawer drawer(set, "train", SourceRule::kOtherPerson);
  std::set<std::pair<std::int64_t, std::int64_t>> seen;  // source, target
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    CounterRng rng(seed);
    const CropPair pair = drawer.draw(rng);
    EXPECT_NE(set.person[static_cast<std::size_t>(pair.source)],
              set.person[static_cast<std::size_t>(pair.target)]);
    seen.emplace(pair.source, pair.target);
  }
  EXPECT_EQ(seen.size(), 2 * (4U * 4U + 4U * 2U + 4U * 2U));
}

TEST(StagePairDrawer, LeavesOutCropsWithoutAFace) {
  const CropBytes crops = all_crops(drawn_faces(3, 2, kSize));
  crops.classes[2].zero_();
  const FaceSet set = with_classes(drawn_faces(3, 2, kSize), crops.classes);
  const StagePairDrawer drawer(set, "train", SourceRule::kSameVideo);
  const std::vector<CropPair> pairs = drawer.fixed(100);
  EXPECT_EQ(pairs.size(), 5U);
  for (const CropPair& pair : pairs) {
    EXPECT_NE(pair.target, 2);
    EXPECT_NE(pair.source, 2);
  }
}

TEST(StagePairDrawer, FixedPairsAreSpreadAndTheSame) {
  const StagePairDrawer drawer(drawn_faces(4, 2, kSize), "val", SourceRule::kOtherPerson);
  const std::vector<CropPair> pairs = drawer.fixed(4);
  ASSERT_EQ(pairs.size(), 4U);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(pairs[i].target, static_cast<std::int64_t>(2 * i));
    EXPECT_EQ(pairs[i].source, drawer.fixed(4)[i].source);
  }
}

TEST(StagePairDrawer, RefusesWhatCannotBePaired) {
  FaceSet set = drawn_faces(2, 2, kSize);
  EXPECT_THAT(refusal(drawn_faces(1, 3, kSize), SourceRule::kOtherPerson),
              HasSubstr("'train': a single person"));
  set = with_classes(set, at::full_like(all_crops(set).classes, 255));
  EXPECT_THAT(refusal(set, SourceRule::kSameVideo),
              HasSubstr("'train': no crop has a pixel of class 1 (face)"));
  set = with_classes(set, {});
  EXPECT_THAT(refusal(set, SourceRule::kSameVideo), HasSubstr("without class maps"));
}

TEST(InpaintingExamples, RemoveAnOccluderFromTheFaceAndAskForAllOfIt) {
  const SwapStages stages({}, kSize);
  const PairBatch faces = themselves(drawn_faces(3, 2, kSize), 6);
  CounterRng rng(1);
  const PairExamples examples = inpainting_examples(stages, faces.source, faces.target, rng);
  ASSERT_EQ(examples.input.sizes(), at::IntArrayRef({6, 4, kSize, kSize}));
  const at::Tensor given = examples.input.narrow(1, 0, 3);
  const at::Tensor inside = examples.mask.gt(0).expand_as(given);
  EXPECT_TRUE(at::equal(examples.input.narrow(1, 3, 1), examples.mask));
  EXPECT_TRUE(
      at::equal(examples.goal.masked_select(inside), faces.target.images.masked_select(inside)));
  EXPECT_TRUE(examples.goal.masked_select(inside.logical_not()).eq(-1).all().item<bool>());
  // A crop that is bent onto its own landmarks stays as it is; what is missing is -1.
  const at::Tensor kept = given.gt(-1).all(1, true).expand_as(given);
  EXPECT_LT(worst_difference(given.masked_select(kept), faces.target.images.masked_select(kept)),
            0.02);
  const at::Tensor missing = (inside & kept.logical_not()).flatten(1).sum(1);
  EXPECT_GT(missing.min().item<std::int64_t>(), 0) << "every face has an occluder";
  EXPECT_LT(missing.max().item<std::int64_t>(), inside[0].sum().item<std::int64_t>());
}

TEST(InpaintingExamples, HaveHolesWhereTheSourceShowsNoFace) {
  const SwapStages stages({}, kSize);
  PairBatch faces = themselves(drawn_faces(1, 1, kSize), 1);
  faces.source.classes = faces.source.classes.clone();
  faces.source.classes.narrow(2, 0, kSize / 2).zero_();  // hair over the left half
  CounterRng rng(1);
  const PairExamples examples = inpainting_examples(stages, faces.source, faces.target, rng);
  const std::int64_t half = kSize / 2 - 1;  // bilinear sampling reaches one pixel further
  const at::Tensor left = examples.input.narrow(1, 0, 3).narrow(3, 0, half);
  EXPECT_TRUE(left.eq(-1).all().item<bool>());
  EXPECT_GT(examples.mask.narrow(3, 0, half).sum().item<double>(), 0);
  EXPECT_TRUE(examples.goal.narrow(3, 0, half).gt(-1).any().item<bool>());
}

TEST(BlendingExamples, PasteTheFaceInsideTheMaskOnly) {
  const FaceSet set = drawn_faces(2, 1, kSize);
  const PairBatch faces = gather_pairs(set, {{0, 1}, {1, 0}});
  const PairExamples examples =
      blending_examples(SwapStages({}, kSize), faces.source, faces.target);
  ASSERT_EQ(examples.input.sizes(), at::IntArrayRef({2, 7, kSize, kSize}));
  EXPECT_FALSE(examples.mask.defined()) << "all of the result is used";
  const at::Tensor pasted = examples.input.narrow(1, 0, 3);
  const at::Tensor mask = examples.input.narrow(1, 6, 1);
  const at::Tensor outside = mask.eq(0).expand_as(pasted);
  EXPECT_TRUE(at::equal(examples.input.narrow(1, 3, 3), faces.target.images));
  EXPECT_TRUE(at::equal(pasted.masked_select(outside), faces.target.images.masked_select(outside)));
  EXPECT_TRUE(
      at::equal(examples.goal.masked_select(outside), faces.target.images.masked_select(outside)));
  EXPECT_GT(mask.sum().item<double>(), 0);
  EXPECT_GT(worst_difference(pasted, faces.target.images), 0.1);
}

TEST(BlendingExamples, AFaceInOtherLightBecomesTheTarget) {
  PairBatch faces = themselves(drawn_faces(2, 1, kSize), 2);
  // Soft shades: a clone takes no edge over that lies on the rim of its mask.
  const at::Tensor wave = (at::arange(kSize, at::kFloat) * (6.0 / kSize)).cos() * 0.2;
  faces.target.images =
      (wave.unsqueeze(0) + wave.unsqueeze(1)).expand_as(faces.target.images).contiguous();
  faces.source.images = faces.target.images + 0.25;
  const PairExamples examples =
      blending_examples(SwapStages({}, kSize), faces.source, faces.target);
  EXPECT_LT(worst_difference(examples.input.narrow(1, 0, 3), faces.target.images), 0.02);
  EXPECT_LT(worst_difference(examples.goal, faces.target.images), 0.05);
}

struct StageCase {
  const char* name = nullptr;
  const char* role = nullptr;
  bool starts_from_input = false;
  std::unique_ptr<Recipe> (*make)(FaceSet, FaceSet, std::shared_ptr<const PerceptualNet>,
                                  TrainedNets, const StageOptions&) = nullptr;
};

class FitStage : public ::testing::TestWithParam<StageCase> {
 protected:
  static std::unique_ptr<Recipe> recipe() {
    StageOptions options;
    options.ngf = 4;
    options.starts_from_input = GetParam().starts_from_input;
    return GetParam().make(drawn_faces(2, 4, kSize), drawn_faces(2, 4, kSize), nullptr, {},
                           options);
  }
};

TEST_P(FitStage, LearnsAFewFaces) {
  const TempDir dir;
  const std::unique_ptr<Recipe> recipe = FitStage::recipe();
  FitOptions options = few_steps(48, 5e-3);
  options.schedule = Schedule::kCosine;
  options.validate_every = 16;
  const FitResult result = fit(*recipe, options, dir.path(), {});
  EXPECT_EQ(result.weights.info.role, GetParam().role);
  const NetWeights untrained = random_net_weights(recipe->net_info(), 1);
  const double untrained_loss = recipe->validate(untrained);
  EXPECT_LT(recipe->validate(result.weights), 0.75 * untrained_loss);
  const at::Tensor picture = recipe->picture(result.weights);
  EXPECT_EQ(picture.size(1), 8 * kSize);
}

TEST_P(FitStage, ResumesToTheSameBitsAsAnUnbrokenRun) {
  const std::unique_ptr<Recipe> recipe = FitStage::recipe();
  FitOptions options = few_steps(7, 5e-3);
  options.base_steps = 3;
  options.adversarial = 0.01;
  options.adversarial_warmup = 5;
  options.ndf = 4;
  const TempDir unbroken;
  const TempDir sliced;
  const FitResult whole = fit(*recipe, options, unbroken.path(), {});
  int slices = 0;
  const FitResult part = fit_in_slices(*recipe, options, 2, sliced.path(), slices);
  EXPECT_EQ(part.best_validation, whole.best_validation);
  expect_same_checkpoints(unbroken.path(), sliced.path());
}

INSTANTIATE_TEST_SUITE_P(
    Nets, FitStage,
    ::testing::Values(StageCase{"Inpainting", "inpainting", false, make_inpainting_recipe},
                      StageCase{"Blending", "blending", false, make_blending_recipe},
                      StageCase{"InpaintingFromInput", "inpainting", true, make_inpainting_recipe},
                      StageCase{"BlendingFromInput", "blending", true, make_blending_recipe}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace changeling
