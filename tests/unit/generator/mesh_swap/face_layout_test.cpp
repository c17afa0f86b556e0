#include "generator/methods/mesh_swap/face_layout.h"

#include <set>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

Landmarks canonical_landmarks() {
  return {canonical_layout().begin(), canonical_layout().begin() + kLandmarkCount};
}

TEST(FaceTopology, UsesEveryPointAndCoversTheOutline) {
  std::set<int> used;
  double area2 = 0;
  for (const Triangle& t : face_topology()) {
    used.insert(t.begin(), t.end());
    area2 += signed_area2(canonical_layout()[static_cast<std::size_t>(t[0])],
                          canonical_layout()[static_cast<std::size_t>(t[1])],
                          canonical_layout()[static_cast<std::size_t>(t[2])]);
  }
  std::vector<cv::Point2f> outline;
  for (const PointF& point : face_outline(canonical_layout())) {
    outline.emplace_back(point.x, point.y);
  }
  EXPECT_EQ(used.size(), kMeshPointCount);
  EXPECT_GE(area2 / 2, cv::contourArea(outline) - 0.01);
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
