#include "generator/methods/mesh_swap/face_layout.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

Landmarks canonical_landmarks() {
  return {canonical_layout().begin(), canonical_layout().begin() + kLandmarkCount};
}

TEST(ExtendLandmarks, GivesBackTheAverageFace) {
  const std::vector<PointF> points = extend_landmarks(canonical_landmarks());
  ASSERT_EQ(points.size(), kMeshPointCount);
  for (std::size_t i = 0; i < kMeshPointCount; ++i) {
    EXPECT_NEAR(points[i].x, canonical_layout()[i].x, 1e-3) << i;
    EXPECT_NEAR(points[i].y, canonical_layout()[i].y, 1e-3) << i;
  }
}

TEST(ExtendLandmarks, FollowsASimilarity) {
  // Turned by 30 degrees, three times as large, moved: the forehead moves along.
  const auto moved = [](PointF p) {
    return PointF{3 * (0.8660254F * p.x - 0.5F * p.y) + 100,
                  3 * (0.5F * p.x + 0.8660254F * p.y) + 90};
  };
  Landmarks landmarks;
  for (const PointF& point : canonical_landmarks()) {
    landmarks.push_back(moved(point));
  }
  const std::vector<PointF> points = extend_landmarks(landmarks);
  for (std::size_t i = 0; i < kMeshPointCount; ++i) {
    EXPECT_NEAR(points[i].x, moved(canonical_layout()[i]).x, 0.01) << i;
    EXPECT_NEAR(points[i].y, moved(canonical_layout()[i]).y, 0.01) << i;
  }
}

TEST(ExtendLandmarks, ForeheadLiesAboveTheBrows) {
  for (const float yaw : {-35.0F, 0.0F, 35.0F}) {
    LandmarkFace face;
    face.yaw_deg = yaw;
    const std::vector<PointF> points = extend_landmarks(landmarks_of(face));
    for (std::size_t i = kLandmarkCount + 2; i + 2 < kMeshPointCount; ++i) {
      EXPECT_LT(points[i].y, points[19].y) << "yaw " << yaw << " point " << i;
    }
  }
}

TEST(ExtendLandmarks, UncrossesLipsAndLids) {
  Landmarks landmarks = canonical_landmarks();
  std::swap(landmarks[62], landmarks[66]);
  std::swap(landmarks[37], landmarks[41]);
  const std::vector<PointF> points = extend_landmarks(landmarks);
  EXPECT_EQ(points[62].y, points[66].y);
  EXPECT_EQ(points[37].y, points[41].y);
}

TEST(ExtendLandmarks, RefusesWrongCountAndInfinity) {
  Landmarks landmarks = canonical_landmarks();
  landmarks[3].x = std::numeric_limits<float>::infinity();
  EXPECT_THROW(static_cast<void>(extend_landmarks(landmarks)), Error);
  landmarks.pop_back();
  EXPECT_THROW(static_cast<void>(extend_landmarks(landmarks)), Error);
}

TEST(FaceOutline, RunsOnceAroundTheFace) {
  const std::vector<PointF> outline = face_outline(canonical_layout());
  EXPECT_EQ(outline.size(), 17 + kForeheadCount);
  double area2 = 0;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const PointF& a = outline[i];
    const PointF& b = outline[(i + 1) % outline.size()];
    area2 += double(a.x) * b.y - double(b.x) * a.y;
  }
  // About a rectangle of 15 x 17 units less its corners; a self-crossing outline would have far
  // less.
  EXPECT_GT(std::abs(area2 / 2), 190);
  EXPECT_LT(std::abs(area2 / 2), 260);
}

TEST(Openness, GrowsWithMouthAndEyes) {
  LandmarkFace face;
  face.mouth_open = 0;
  face.eye_open = 1;
  const Landmarks awake = landmarks_of(face);
  face.mouth_open = 1;
  face.eye_open = 0.2F;
  const Landmarks yawning = landmarks_of(face);
  EXPECT_NEAR(mouth_openness(awake), 0, 0.02);
  EXPECT_GT(mouth_openness(yawning), 0.3F);
  EXPECT_GT(eye_openness(awake), 3 * eye_openness(yawning));
}

TEST(MouthShape, KnowsASmile) {
  Landmarks landmarks = canonical_landmarks();
  const float width = mouth_width(landmarks);
  const float lift = mouth_corner_lift(landmarks);
  for (const std::size_t corner : {48, 54}) {
    landmarks[corner].y -= 0.8F;
    landmarks[corner].x *= 1.2F;
  }
  EXPECT_GT(mouth_width(landmarks), width + 0.1F);
  EXPECT_NEAR(mouth_corner_lift(landmarks) - lift, 0.8F / (landmarks[45].x - landmarks[36].x),
              1e-4);
}

TEST(FaceSize, IsTheGeometricMeanOfTheSides) {
  EXPECT_FLOAT_EQ(face_size_px({{0, 0}, {40, 10}}), 20);
  EXPECT_FLOAT_EQ(face_size_px({{5, 5}}), 0);
}

}  // namespace
}  // namespace changeling
