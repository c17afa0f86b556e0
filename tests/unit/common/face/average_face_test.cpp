#include "common/face/average_face.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

std::vector<PointF> frontal_points() {
  std::vector<PointF> points;
  for (const Point3F& p : average_face()) {
    points.push_back({p.x, p.y});
  }
  return points;
}

Landmarks canonical_landmarks() {
  std::vector<PointF> points = frontal_points();
  points.resize(kLandmarkCount);
  return points;
}

/// The average face's landmarks turned by `yaw_deg` about the vertical axis, in 3-D.
std::vector<Point3F> turned(double yaw_deg) {
  const double yaw = yaw_deg * 3.14159265358979 / 180;
  std::vector<Point3F> points;
  for (std::size_t i = 0; i < kLandmarkCount; ++i) {
    const Point3F& p = average_face()[i];
    points.push_back({static_cast<float>(std::cos(yaw) * p.x + std::sin(yaw) * p.z), p.y,
                      static_cast<float>(std::cos(yaw) * p.z - std::sin(yaw) * p.x)});
  }
  return points;
}

TEST(ExtendLandmarks, GivesBackTheAverageFace) {
  const std::vector<PointF> points = extend_landmarks(canonical_landmarks());
  ASSERT_EQ(points.size(), kFacePointCount);
  for (std::size_t i = 0; i < kFacePointCount; ++i) {
    EXPECT_NEAR(points[i].x, average_face()[i].x, 1e-3) << i;
    EXPECT_NEAR(points[i].y, average_face()[i].y, 1e-3) << i;
  }
}

TEST(ExtendLandmarks, FollowsASimilarity) {
  // Turned by 30 degrees, three times as large, moved: the forehead moves along.
  const auto moved = [](auto p) {
    return PointF{3 * (0.8660254F * p.x - 0.5F * p.y) + 100,
                  3 * (0.5F * p.x + 0.8660254F * p.y) + 90};
  };
  Landmarks landmarks;
  for (const PointF& point : canonical_landmarks()) {
    landmarks.push_back(moved(point));
  }
  const std::vector<PointF> points = extend_landmarks(landmarks);
  for (std::size_t i = 0; i < kFacePointCount; ++i) {
    EXPECT_NEAR(points[i].x, moved(average_face()[i]).x, 0.01) << i;
    EXPECT_NEAR(points[i].y, moved(average_face()[i]).y, 0.01) << i;
  }
}

TEST(ExtendLandmarks, ForeheadLiesAboveTheBrows) {
  for (const double yaw_deg : {-35.0, 0.0, 35.0}) {
    Landmarks seen;
    for (const Point3F& p : turned(yaw_deg)) {
      seen.push_back({p.x, p.y});
    }
    const std::vector<PointF> points = extend_landmarks(seen);
    for (std::size_t i = kLandmarkCount + 2; i + 2 < kFacePointCount; ++i) {
      EXPECT_LT(points[i].y, points[19].y) << "yaw " << yaw_deg << " point " << i;
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
  const std::vector<PointF> outline = face_outline(frontal_points());
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

TEST(LiftLandmarks, RecoversTheDepthOfATurnedFace) {
  for (const double yaw_deg : {-50.0, 0.0, 35.0}) {
    const std::vector<Point3F> expected = turned(yaw_deg);
    Landmarks seen;
    for (const Point3F& p : expected) {
      seen.push_back({0.02F * p.x + 0.5F, 0.02F * p.y + 0.5F});
    }
    const std::vector<Point3F> lifted = lift_landmarks(seen);
    for (std::size_t i = 0; i < kLandmarkCount; ++i) {
      EXPECT_EQ(lifted[i].x, seen[i].x);
      EXPECT_EQ(lifted[i].y, seen[i].y);
      EXPECT_NEAR(lifted[i].z, 0.02F * expected[i].z, 1e-4) << yaw_deg << " " << i;
    }
  }
}

TEST(LiftLandmarks, RefusesPointsOnALineAndNoNumbers) {
  Landmarks line;
  for (std::size_t i = 0; i < kLandmarkCount; ++i) {
    line.push_back({static_cast<float>(i), 2.0F * static_cast<float>(i)});
  }
  EXPECT_THROW(static_cast<void>(lift_landmarks(line)), Error);
  line[5].y = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(lift_landmarks(line)), Error);
}

}  // namespace
}  // namespace changeling
