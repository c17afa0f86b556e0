#include "evaluator/detectors/detector.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/tensor/device.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

using testing::HasSubstr;

constexpr int kSide = 32;

/// Clips of grey noise, two crops each; fakes carry a faint checkerboard besides.
CropSet crops(int n_clips, std::uint64_t seed) {
  CropSet set;
  CounterRng rng(seed);
  std::vector<at::Tensor> images;
  for (int clip = 0; clip < n_clips; ++clip) {
    const bool is_fake = clip % 2 == 1;
    for (int i = 0; i < 2; ++i) {
      at::Tensor image = at::empty({kSide, kSide, 3}, at::kByte);
      auto* pixel = image.data_ptr<std::uint8_t>();
      for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
          const int board = is_fake && (x + y) % 2 == 0 ? 24 : 0;
          const int value = 100 + static_cast<int>(rng.below(40)) + board;
          for (int c = 0; c < 3; ++c) {
            *pixel++ = static_cast<std::uint8_t>(value);
          }
        }
      }
      images.push_back(image);
      set.is_fake.push_back(is_fake);
      set.clip.push_back(clip);
    }
  }
  set.images = at::stack(images);
  return set;
}

DetectorFitOptions quick(DetectorKind kind) {
  DetectorFitOptions options;
  options.kind = kind;
  options.width = kind == DetectorKind::kXception ? 4 : 0;
  options.steps = kind == DetectorKind::kXception ? 60 : 200;
  options.learning_rate = 3e-3;
  options.batch = 8;
  options.validate_every = 20;
  return options;
}

class EveryDetector : public testing::TestWithParam<DetectorKind> {
 protected:
  void SetUp() override { configure_torch(1); }
};

TEST_P(EveryDetector, FindsAPlantedPatternInOtherClips) {
  const DetectorFit fit = fit_detector(crops(16, 1), crops(8, 2), quick(GetParam()));
  const CropSet test = crops(8, 3);
  const std::vector<double> scores = fit.detector->score(test.images);
  double fake = 0, real = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    ASSERT_GE(scores[i], 0);
    ASSERT_LE(scores[i], 1);
    (test.is_fake[i] ? fake : real) += scores[i] / 8;
  }
  EXPECT_GT(fake, real + 0.02) << "mean scores";
}

TEST_P(EveryDetector, OneSeedGivesTheSameBytes) {
  DetectorFitOptions options = quick(GetParam());
  options.steps = 4;
  const std::string first = fit_detector(crops(8, 1), {}, options).detector->serialize();
  EXPECT_EQ(fit_detector(crops(8, 1), {}, options).detector->serialize(), first);
  if (GetParam() != DetectorKind::kSpectrum) {  // which draws nothing
    options.seed = 2;
    EXPECT_NE(fit_detector(crops(8, 1), {}, options).detector->serialize(), first);
  }
}

TEST_P(EveryDetector, AStoredOneScoresAlike) {
  DetectorFitOptions options = quick(GetParam());
  options.steps = 3;
  const CropSet train = crops(8, 1);
  const DetectorFit fit = fit_detector(train, {}, options);
  EXPECT_FALSE(fit.was_selected);
  const auto read = read_detector(fit.detector->serialize(), "stored");
  EXPECT_EQ(read->kind(), GetParam());
  EXPECT_EQ(read->resolution_px(), kSide);
  EXPECT_EQ(read->score(train.images), fit.detector->score(train.images));
}

TEST_P(EveryDetector, OneClassAloneIsRefused) {
  CropSet set = crops(4, 1);
  set.is_fake.assign(set.is_fake.size(), true);
  EXPECT_THROW((void)fit_detector(set, {}, quick(GetParam())), Error);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryDetector,
                         testing::Values(DetectorKind::kMesoInception, DetectorKind::kXception,
                                         DetectorKind::kSpectrum),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST(Detector, KeepsTheStepThatTheValidationClipsLike) {
  configure_torch(1);
  // Validation labels are turned round: every step that learns makes it worse.
  CropSet turned = crops(8, 2);
  turned.is_fake.flip();
  DetectorFitOptions options = quick(DetectorKind::kMesoInception);
  options.validate_every = 5;
  const DetectorFit fit = fit_detector(crops(16, 1), turned, options);
  EXPECT_TRUE(fit.was_selected);
  EXPECT_LT(fit.steps, options.steps);
}

TEST(Detector, AStopRequestEndsTheTraining) {
  DetectorFitHooks hooks;
  hooks.stop_requested = [] { return true; };
  try {
    (void)fit_detector(crops(4, 1), {}, quick(DetectorKind::kMesoInception), hooks);
    ADD_FAILURE() << "the training went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

/// What read_detector says of `bytes`.
std::string refusal(const std::string& bytes) {
  return refusal_of(ErrorKind::kModel, [&] { (void)read_detector(bytes, "x"); });
}

TEST(Detector, RefusesFilesThatAreNone) {
  DetectorFitOptions options = quick(DetectorKind::kMesoInception);
  options.steps = 1;
  const std::string whole = fit_detector(crops(4, 1), {}, options).detector->serialize();
  EXPECT_FALSE(refusal("").empty());
  EXPECT_FALSE(refusal(whole.substr(0, whole.size() / 2)).empty());
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = whole;
    bytes.replace(bytes.find(from), from.size(), to);
    return refusal(bytes);
  };
  EXPECT_THAT(changed("mesoinception", "mesoinceptiom"), HasSubstr("is not known"));
  EXPECT_THAT(changed("\"32\"", "\"33\""), HasSubstr("multiples of 32"));
  EXPECT_THAT(changed("\"width\":\"1\"", "\"width\":\"2\""), HasSubstr("does not fit"));
  EXPECT_THAT(changed("changeling-detector", "changeling-detectoR"), HasSubstr("no detector"));
}

TEST(Detector, SizesThatCannotBeAreRefused) {
  DetectorFitOptions options = quick(DetectorKind::kXception);
  options.width = 6;
  EXPECT_THROW((void)fit_detector(crops(4, 1), {}, options), Error);
  options = quick(DetectorKind::kMesoInception);
  options.width = 17;
  EXPECT_THROW((void)fit_detector(crops(4, 1), {}, options), Error);
  EXPECT_THROW((void)detector_kind("resnet"), Error);
}

}  // namespace
}  // namespace changeling
