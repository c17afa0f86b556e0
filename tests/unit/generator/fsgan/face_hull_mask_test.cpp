#include "generator/methods/fsgan/face_hull_mask.h"

#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/face/average_face.h"
#include "common/face/landmark_layout.h"

namespace changeling {
namespace {

/// The average face, (1,68,2), `scale` crop widths a centimetre.
at::Tensor face_landmarks(float scale, float x = 0.5F, float y = 0.5F) {
  at::Tensor landmarks = at::empty({1, 68, 2});
  for (std::int64_t i = 0; i < 68; ++i) {
    const Point3F& p = average_face()[static_cast<std::size_t>(i)];
    landmarks[0][i][0] = scale * p.x + x;
    landmarks[0][i][1] = scale * p.y + y;
  }
  return landmarks;
}

TEST(FaceHullMask, ReachesTheForeheadAndTheChin) {
  const at::Tensor mask = face_hull_mask(face_landmarks(0.04F), 100)[0][0];
  EXPECT_EQ(mask[22][50].item<float>(), 1) << "well above the brows (row 30)";
  EXPECT_EQ(mask[86][50].item<float>(), 1) << "just above the chin (row 87.6)";
  EXPECT_EQ(mask[89][50].item<float>(), 0);
  EXPECT_EQ(mask[15][50].item<float>(), 0);
}

TEST(FaceHullMask, AFaceOutsideTheCropIsCutOrEmpty) {
  const at::Tensor masks =
      face_hull_mask(at::cat({face_landmarks(0.04F, 0, 0), face_landmarks(0.04F, 7, -3)}), 64);
  EXPECT_EQ(masks[0][0][0][0].item<float>(), 1);
  EXPECT_EQ(masks[0][0][63][63].item<float>(), 0);
  EXPECT_EQ(masks[1].sum().item<float>(), 0);
}

TEST(FaceHullMask, TakesThe68OutOf98) {
  // 98 points that hold the 68 in their places, the others far away.
  at::Tensor landmarks = at::full({1, 98, 2}, 50.0F);
  Landmarks numbers;
  for (int i = 0; i < 98; ++i) {
    numbers.push_back({static_cast<float>(i), 0});
  }
  const Landmarks subset = landmarks_98_to_68(numbers);
  const at::Tensor face = face_landmarks(0.04F);
  for (std::size_t i = 0; i < subset.size(); ++i) {
    landmarks[0][static_cast<std::int64_t>(subset[i].x)] = face[0][static_cast<std::int64_t>(i)];
  }
  EXPECT_TRUE(at::equal(face_hull_mask(landmarks, 48), face_hull_mask(face, 48)));
}

TEST(FaceHullMask, RefusesUnknownLayoutsAndNoNumbers) {
  EXPECT_THROW(static_cast<void>(face_hull_mask(at::rand({1, 5, 2}), 32)), Error);
  EXPECT_THROW(static_cast<void>(face_hull_mask(at::rand({68, 2}), 32)), Error);
  at::Tensor landmarks = face_landmarks(0.04F);
  landmarks[0][20][1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(face_hull_mask(landmarks, 32)), Error);
}

TEST(ClearInnerMouth, ClearsTheOpenMouthOnly) {
  at::Tensor landmarks = face_landmarks(0.04F);
  for (const std::int64_t lower_lip : {65, 66, 67}) {
    landmarks[0][lower_lip][1] += 0.1F;
  }
  const at::Tensor mask = face_hull_mask(landmarks, 100);
  const at::Tensor cleared = clear_inner_mouth(mask, landmarks);
  EXPECT_EQ(cleared[0][0][72][50].item<float>(), 0);
  EXPECT_EQ(mask[0][0][72][50].item<float>(), 1);
  const double removed = (mask - cleared).sum().item<double>();
  EXPECT_GT(removed, 60);
  EXPECT_LT(removed, 180);
  EXPECT_EQ(cleared[0][0][50][50].item<float>(), 1);
  EXPECT_THROW(static_cast<void>(clear_inner_mouth(mask[0], landmarks)), Error);
}

}  // namespace
}  // namespace changeling
