#include "generator/methods/fsgan/color_match.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

constexpr std::int64_t kSide = 24;

/// Smooth faces (n,3,S,S) of different colours.
at::Tensor shaded(std::int64_t n) {
  const at::Tensor ramp = at::linspace(-0.3, 0.3, kSide * kSide).view({1, 1, kSide, kSide});
  const at::Tensor tint = at::tensor({0.1F, -0.1F, -0.2F}).view({1, 3, 1, 1});
  const at::Tensor scale = at::tensor({1.0F, 0.8F, 0.5F}).view({1, 3, 1, 1});
  const at::Tensor each = at::arange(n, at::kFloat).view({n, 1, 1, 1}) * 0.05;
  return ramp * scale + tint + each;
}

AlignedBatch target_of(const at::Tensor& images, const at::Tensor& mask) {
  AlignedBatch aligned;
  aligned.target = images;
  aligned.face_mask = mask;
  return aligned;
}

ReenactedBatch painted(const at::Tensor& images, const at::Tensor& mask) {
  ReenactedBatch reenacted;
  reenacted.painted = images;
  reenacted.face_mask = mask;
  return reenacted;
}

at::Tensor all_face(std::int64_t n) {
  return at::ones({n, 1, kSide, kSide});
}

float worst(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<float>();
}

TEST(MatchColor, UndoesALightOfTheSameContrast) {
  const at::Tensor target = shaded(2);
  const at::Tensor light = at::tensor({0.3F, -0.2F, 0.1F}).view({1, 3, 1, 1});
  const ReenactedBatch out =
      match_color(target_of(target, all_face(2)), painted(target + light, all_face(2)));
  EXPECT_LT(worst(out.painted, target), 1e-5);
}

TEST(MatchColor, ChangesContrastByAThirdAtMost) {
  const at::Tensor target = shaded(1);
  const at::Tensor flat = target.mean({2, 3}, true) + (target - target.mean({2, 3}, true)) * 0.1;
  const ReenactedBatch out =
      match_color(target_of(target, all_face(1)), painted(flat, all_face(1)));
  const at::Tensor contrast =
      out.painted.std(at::IntArrayRef({2, 3}), true) / flat.std(at::IntArrayRef({2, 3}), true);
  EXPECT_LT(worst(contrast, at::full_like(contrast, 1.3)), 1e-3);
  EXPECT_LT(worst(out.painted.mean({2, 3}), target.mean({2, 3})), 1e-5);
}

TEST(MatchColor, CountsOnlyWhatIsFaceInBothAndNoOutliers) {
  const at::Tensor target = shaded(1);
  at::Tensor face = target + 0.2F;
  at::Tensor mask = all_face(1);
  mask.narrow(2, 0, 8).zero_();
  face.narrow(2, 0, 8).fill_(-1);                  // hair: not counted
  face.narrow(2, 20, 2).narrow(3, 0, 2).fill_(1);  // a highlight of four pixels
  const ReenactedBatch out = match_color(target_of(target, all_face(1)), painted(face, mask));
  const at::Tensor skin = out.painted.narrow(2, 10, 8);
  EXPECT_LT(worst(skin, target.narrow(2, 10, 8)), 0.02);
  EXPECT_EQ(out.image().narrow(2, 0, 8).amax().item<float>(), -1);
}

TEST(MatchColor, LeavesAFaceOfAFewPixelsAlone) {
  const at::Tensor target = shaded(1);
  at::Tensor mask = at::zeros({1, 1, kSide, kSide});
  mask.narrow(2, 0, 7).narrow(3, 0, 9).fill_(1);  // 63 pixels
  const ReenactedBatch out = match_color(target_of(target, mask), painted(target + 0.2F, mask));
  EXPECT_TRUE(at::equal(out.painted, target + 0.2F));
}

TEST(MatchColor, AFaceDoesNotDependOnTheOthers) {
  const at::Tensor target = shaded(5);
  const at::Tensor face = (target * 0.8).flip({3}) + 0.1;
  const ReenactedBatch all =
      match_color(target_of(target, all_face(5)), painted(face, all_face(5)));
  for (std::int64_t i = 0; i < 5; ++i) {
    const ReenactedBatch one = match_color(target_of(target.narrow(0, i, 1), all_face(1)),
                                           painted(face.narrow(0, i, 1), all_face(1)));
    EXPECT_TRUE(at::equal(one.painted[0], all.painted[i]));
  }
}

TEST(ColorLikelihood, TellsTheFacesColoursFromHair) {
  at::Tensor image = shaded(1);
  image.narrow(2, 0, 4).fill_(-0.95);  // dark hair, not in the mask
  at::Tensor mask = all_face(1);
  mask.narrow(2, 0, 4).zero_();
  const at::Tensor likelihood = color_likelihood(image, mask);
  EXPECT_EQ(likelihood.sizes(), at::IntArrayRef({1, 1, kSide, kSide}));
  EXPECT_EQ(likelihood.narrow(2, 0, 4).amax().item<float>(), 0);
  EXPECT_GT(likelihood.narrow(2, 4, 20).amin().item<float>(), 0.9);
}

TEST(ColorLikelihood, TrustsEverythingWithoutAFace) {
  const at::Tensor likelihood = color_likelihood(shaded(2), at::zeros({2, 1, kSide, kSide}));
  EXPECT_EQ(likelihood.amin().item<float>(), 1);
}

}  // namespace
}  // namespace changeling
