#include "common/face/temporal_smoothing.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/rng.h"

namespace changeling {
namespace {

FaceObservation face_at(std::int64_t frame, float x) {
  FaceObservation face;
  face.frame_index = frame;
  face.bbox_px = {x, 2 * x, 50, 60};
  face.landmarks = {{x, 0}, {0, x}};
  face.pose_deg = {x, -x, 0};
  face.score = 0.9F;
  return face;
}

double roughness(const std::vector<FaceObservation>& faces) {
  double sum = 0;
  for (std::size_t i = 1; i + 1 < faces.size(); ++i) {
    sum += std::abs(faces[i - 1].landmarks[0].x - 2 * faces[i].landmarks[0].x +
                    faces[i + 1].landmarks[0].x);
  }
  return sum;
}

TEST(SmoothObservations, KeepsEvenMotionExactlyUpToBothEnds) {
  std::vector<FaceObservation> faces;
  for (int i = 0; i < 12; ++i) {
    faces.push_back(face_at(i, 10 + 3 * static_cast<float>(i)));
  }
  const auto smoothed = smooth_observations(faces, 1.5F);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    EXPECT_NEAR(smoothed[i].landmarks[0].x, faces[i].landmarks[0].x, 1e-4);
    EXPECT_NEAR(smoothed[i].bbox_px.y, faces[i].bbox_px.y, 1e-4);
    EXPECT_NEAR(smoothed[i].pose_deg.pitch_deg, faces[i].pose_deg.pitch_deg, 1e-4);
    EXPECT_EQ(smoothed[i].frame_index, faces[i].frame_index);
    EXPECT_FLOAT_EQ(smoothed[i].score, 0.9F);
  }
}

TEST(SmoothObservations, WeighsNeighboursByTheGaussian) {
  const auto smoothed = smooth_observations({face_at(0, 0), face_at(1, 9), face_at(2, 0)}, 1);
  const double side = std::exp(-0.5);
  EXPECT_NEAR(smoothed[1].landmarks[0].x, 9 / (1 + 2 * side), 1e-4);
  EXPECT_FLOAT_EQ(smoothed[0].landmarks[0].x, 0);
}

TEST(SmoothObservations, RemovesJitter) {
  CounterRng rng(7);
  std::vector<FaceObservation> faces;
  for (int i = 0; i < 60; ++i) {
    faces.push_back(face_at(i, 100 + static_cast<float>(rng.uniform())));
  }
  EXPECT_LT(roughness(smooth_observations(faces, 1)), 0.35 * roughness(faces));
}

TEST(SmoothObservations, IsOffAtSigmaZero) {
  const auto smoothed = smooth_observations({face_at(0, 1), face_at(1, 9), face_at(2, 4)}, 0);
  EXPECT_FLOAT_EQ(smoothed[1].landmarks[0].x, 9);
}

TEST(InterpolateBetween, WalksTheStraightLine) {
  const auto filled = interpolate_between(face_at(10, 0), face_at(13, 6));
  ASSERT_EQ(filled.size(), 2U);
  EXPECT_EQ(filled[0].frame_index, 11);
  EXPECT_EQ(filled[1].frame_index, 12);
  EXPECT_NEAR(filled[0].landmarks[0].x, 2, 1e-5);
  EXPECT_NEAR(filled[1].bbox_px.y, 8, 1e-5);
  EXPECT_NEAR(filled[1].pose_deg.yaw_deg, 4, 1e-5);
  EXPECT_EQ(filled[0].status, FaceStatus::kInterpolated);
  EXPECT_TRUE(interpolate_between(face_at(1, 0), face_at(2, 0)).empty());
}

}  // namespace
}  // namespace changeling
