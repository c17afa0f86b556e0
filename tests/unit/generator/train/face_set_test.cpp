#include "generator/train/face_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "generator/train/augmentation.h"
#include "tests/unit/generator/train/drawn_faces.h"

namespace changeling {
namespace {

TEST(FaceSet, RefusesWhatCannotBeTrainedOn) {
  EXPECT_THROW(require_face_set({}, "train"), Error);
  FaceSet set = drawn_faces(1, 2, 32);
  EXPECT_NO_THROW(require_face_set(set, "train"));
  set.landmarks = set.landmarks.clone();
  set.landmarks.data_ptr<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(require_face_set(set, "train"), Error);
  set = drawn_faces(1, 2, 32);
  set.person.pop_back();
  EXPECT_THROW(require_face_set(set, "train"), Error);
}

TEST(Gather, ScalesBytesAndMarksUnlabelledPixels) {
  FaceSet set = drawn_faces(1, 2, 32);
  const CropBytes crops = all_crops(set);
  crops.images[1].fill_(255);
  crops.classes[1].fill_(255);
  set.crops = crops_in_memory(crops);
  const FaceBatch batch = gather(set, {1});
  EXPECT_EQ(batch.images.min().item<float>(), 1);
  EXPECT_TRUE(batch.classes.eq(-100).all().item<bool>());
}

TEST(Flipped, MirrorsPixelsAndRenumbersLandmarks) {
  const FaceBatch batch = gather(drawn_faces(1, 2, 32), {0, 1});
  const FaceBatch once = flipped(batch, {true, false});
  EXPECT_TRUE(at::equal(once.images[0], batch.images[0].flip(2)));
  EXPECT_TRUE(at::equal(once.images[1], batch.images[1]));
  // The jaw's first point becomes its last one, mirrored.
  EXPECT_FLOAT_EQ(once.landmarks[0][16][0].item<float>(),
                  1 - batch.landmarks[0][0][0].item<float>());
  const FaceBatch twice = flipped(once, {true, false});
  EXPECT_TRUE(at::equal(twice.images, batch.images));
  EXPECT_LT((twice.landmarks - batch.landmarks).abs().max().item<float>(), 1e-6);
  EXPECT_TRUE(at::equal(twice.classes, batch.classes));
}

TEST(ValidationRows, AreAllOfASmallPartAndSpreadPairsOfALargeOne) {
  const FaceSet set = drawn_faces(4, 5, 16);
  const std::vector<std::int64_t> all = validation_rows(set);
  ASSERT_EQ(all.size(), 20U);
  EXPECT_EQ(all.front(), 0);
  EXPECT_EQ(all.back(), 19);
  EXPECT_EQ(validation_rows(set, 8),
            (std::vector<std::int64_t>{2, 3, 6, 7, 12, 13, 16, 17}));  // of 10 pairs the 2nd, ...
  EXPECT_EQ(validation_rows(set, 20), all);
}

TEST(BatchesOf, CutsIntoRunsAndKeepsTheRest) {
  EXPECT_EQ(batches_of({4, 7, 9, 1, 3}, 2),
            (std::vector<std::vector<std::int64_t>>{{4, 7}, {9, 1}, {3}}));
  EXPECT_TRUE(batches_of({}, 2).empty());
}

TEST(PairDrawer, PairsDifferentCropsOfOneVideo) {
  const FaceSet set = drawn_faces(3, 3, 32);
  const PairDrawer drawer(set);
  EXPECT_EQ(drawer.all().size(), 3U * 6U);
  std::set<std::int64_t> videos;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CounterRng rng(seed);
    const CropPair pair = drawer.draw(rng);
    EXPECT_NE(pair.source, pair.target);
    EXPECT_EQ(set.sequence[static_cast<std::size_t>(pair.source)],
              set.sequence[static_cast<std::size_t>(pair.target)]);
    videos.insert(set.sequence[static_cast<std::size_t>(pair.source)]);
  }
  EXPECT_EQ(videos.size(), 3U);
  EXPECT_THROW(PairDrawer(drawn_faces(3, 1, 32)), Error);
}

TEST(Augmented, MovesLandmarksAndClassesWithThePixels) {
  // A bright square around one landmark must stay around it.
  FaceSet set = drawn_faces(1, 1, 64);
  const CropBytes crops = {at::zeros({1, 64, 64, 3}, at::kByte), at::zeros({1, 64, 64}, at::kByte)};
  set.landmarks = set.landmarks.clone();
  set.landmarks[0][30][0] = 0.40625F;  // the middle of pixels 24..27
  set.landmarks[0][30][1] = 0.59375F;
  crops.images[0].narrow(0, 36, 4).narrow(1, 24, 4).fill_(255);
  crops.classes[0].narrow(0, 36, 4).narrow(1, 24, 4).fill_(1);
  set.crops = crops_in_memory(crops);
  AugmentationOptions options;
  options.flip_share = 0;
  options.blur_share = 0;
  options.color_jitter = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CounterRng rng(seed);
    const FaceBatch moved = augmented(gather(set, {0}), options, rng);
    const auto column = static_cast<std::int64_t>(moved.landmarks[0][30][0].item<float>() * 64);
    const auto row = static_cast<std::int64_t>(moved.landmarks[0][30][1].item<float>() * 64);
    EXPECT_GT(moved.images[0][0][row][column].item<float>(), 0) << "seed " << seed;
    EXPECT_EQ(moved.classes[0][row][column].item<std::int64_t>(), 1) << "seed " << seed;
  }
}

/// Nothing varies.
AugmentationOptions as_it_is() {
  return {0, 1, 1, 0, 0, 0, 0};
}

TEST(Augmented, CropsStayAsTheyAreWhereNothingVaries) {
  const FaceBatch batch = gather(drawn_faces(1, 2, 32), {0, 1});
  CounterRng rng(1);
  const FaceBatch same = augmented(batch, as_it_is(), rng);
  EXPECT_LT((same.images - batch.images).abs().max().item<float>(), 1e-4);
  EXPECT_TRUE(at::equal(same.classes, batch.classes));
}

TEST(Augmented, BlursAnImpulseTo14641) {
  const at::Tensor images = at::zeros({1, 32, 32, 3}, at::kByte);
  images[0][12][20].fill_(255);
  const FaceSet set = with_images(drawn_faces(1, 1, 32), images);
  AugmentationOptions options = as_it_is();
  options.blur_share = 1;
  CounterRng rng(1);
  const at::Tensor blurred = (augmented(gather(set, {0}), options, rng).images[0] + 1) / 2;
  const at::Tensor row = at::tensor({1.0F, 4.0F, 6.0F, 4.0F, 1.0F}) / 16;
  at::Tensor expected = at::zeros({3, 32, 32});
  expected.narrow(1, 10, 5).narrow(2, 18, 5).copy_(at::ger(row, row).expand({3, 5, 5}));
  EXPECT_LT((blurred - expected).abs().max().item<float>(), 1e-4);
}

TEST(Augmented, JitterScalesBrightnessContrastAndSaturation) {
  const at::Tensor images = at::zeros({1, 32, 32, 3}, at::kByte);
  const std::array<double, 3> left = {153 / 255.0, 102 / 255.0, 51 / 255.0};
  const std::array<double, 3> right = {51 / 255.0, 102 / 255.0, 102 / 255.0};
  for (std::int64_t c = 0; c < 3; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    images.select(3, c).narrow(2, 0, 16).fill_(std::lround(left[channel] * 255));
    images.select(3, c).narrow(2, 16, 16).fill_(std::lround(right[channel] * 255));
  }
  const FaceSet set = with_images(drawn_faces(1, 1, 32), images);
  AugmentationOptions options = as_it_is();
  options.color_jitter = 0.3;
  CounterRng rng(5);
  const at::Tensor found = (augmented(gather(set, {0}), options, rng).images[0] + 1) / 2;

  CounterRng again(5);
  for (int i = 0; i < 5; ++i) {
    (void)again.uniform();  // flip, turn, scale, two shifts
  }
  std::array<double, 3> factor{};  // brightness, contrast, saturation
  for (double& f : factor) {
    f = 0.7 + 0.6 * again.uniform();
  }
  const double mean = factor[0] * (1.2 + 1.0) / 6;
  const auto contrasted = [&](double value) {
    return (factor[0] * value - mean) * factor[1] + mean;
  };
  const auto expected = [&](const std::array<double, 3>& color, std::size_t channel) {
    const double gray =
        0.299 * contrasted(color[0]) + 0.587 * contrasted(color[1]) + 0.114 * contrasted(color[2]);
    return (contrasted(color[channel]) - gray) * factor[2] + gray;
  };
  double change = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const at::Tensor plane = found[static_cast<std::int64_t>(c)];
    EXPECT_NEAR(plane[8][4].item<double>(), expected(left, c), 1e-3) << c;
    EXPECT_NEAR(plane[8][28].item<double>(), expected(right, c), 1e-3) << c;
    change = std::max(change, std::abs(expected(left, c) - left[c]));
  }
  EXPECT_GT(change, 0.02);
}

TEST(Augmented, KeepsTheRangeAndDependsOnTheSeedAlone) {
  const FaceBatch batch = gather(drawn_faces(2, 2, 32), {0, 1, 2, 3});
  CounterRng a(3);
  CounterRng b(3);
  const FaceBatch first = augmented(batch, {}, a);
  EXPECT_TRUE(at::equal(first.images, augmented(batch, {}, b).images));
  EXPECT_LE(first.images.abs().max().item<float>(), 1);
  EXPECT_FALSE(at::equal(first.images, batch.images));
}

}  // namespace
}  // namespace changeling
