#include "generator/methods/mesh_swap/target_shape.h"

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/rng.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

/// A head that sways; landmarks with uniform noise of +-noise_px.
FaceTrack swaying(int n_frames, float noise_px) {
  HeadClip clip;
  clip.n_frames = n_frames;
  FaceTrack track = analyze(clip).face();
  CounterRng rng(7);
  for (FaceObservation& observation : track.observations) {
    for (PointF& point : observation.landmarks) {
      point.x += noise_px * static_cast<float>(2 * rng.uniform() - 1);
      point.y += noise_px * static_cast<float>(2 * rng.uniform() - 1);
    }
  }
  return track;
}

double mean_distance(const std::vector<std::vector<PointF>>& a,
                     const std::vector<std::vector<PointF>>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < kLandmarkCount; ++k) {
      sum += std::hypot(a[i][k].x - b[i][k].x, a[i][k].y - b[i][k].y);
    }
  }
  return sum / static_cast<double>(a.size() * kLandmarkCount);
}

TEST(SteadyMeshPoints, RemovesNoiseAndKeepsMotion) {
  const auto exact = steady_mesh_points(swaying(60, 0), {}, 0);
  const auto noisy = steady_mesh_points(swaying(60, 2), {}, 0);
  const auto steady = steady_mesh_points(swaying(60, 2), {}, 2);
  EXPECT_LT(mean_distance(exact, steady), 0.75 * mean_distance(exact, noisy));
  EXPECT_LT(mean_distance(exact, steady_mesh_points(swaying(60, 0), {}, 2)), 0.3);
}

TEST(SteadyMeshPoints, KeepsABlinkAndASyllable) {
  FaceTrack track = swaying(31, 0);
  LandmarkFace face;
  face.mouth_open = 0.8F;
  face.eye_open = 0.1F;
  for (std::size_t i = 14; i < 17; ++i) {  // three frames
    track.observations[i].landmarks = landmarks_of(face);
  }
  const std::vector<PointF> middle = steady_mesh_points(track, {}, 2)[15];
  EXPECT_GT(mouth_openness(middle), 0.8F * mouth_openness(track.observations[15].landmarks));
  EXPECT_LT(eye_openness(middle), 0.6F * eye_openness(track.observations[5].landmarks));
}

TEST(SteadyMeshPoints, DoesNotMixShots) {
  FaceTrack track = swaying(20, 0);
  LandmarkFace other = other_person();
  for (std::size_t i = 10; i < 20; ++i) {
    track.observations[i].landmarks = landmarks_of(other);
  }
  const auto steady = steady_mesh_points(track, {10}, 3);
  const auto alone = extend_landmarks(landmarks_of(other));
  for (std::size_t k = 0; k < kMeshPointCount; ++k) {
    EXPECT_NEAR(steady[10][k].x, alone[k].x, 0.01);
    EXPECT_NEAR(steady[10][k].y, alone[k].y, 0.01);
  }
}

}  // namespace
}  // namespace changeling
