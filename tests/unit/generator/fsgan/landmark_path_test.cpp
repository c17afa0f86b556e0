#include "generator/methods/fsgan/landmark_path.h"

#include <array>
#include <cmath>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/golden_values.h"

namespace changeling {
namespace {

constexpr double kRadians = 3.14159265358979323846 / 180;

std::vector<Point3F> face_points() {
  return {average_face().begin(), average_face().begin() + kLandmarkCount};
}

/// Turned about the vertical axis through the origin, then moved.
std::vector<Point3F> turned(const std::vector<Point3F>& points, double yaw_deg, Point3F move) {
  const double c = std::cos(yaw_deg * kRadians);
  const double s = std::sin(yaw_deg * kRadians);
  std::vector<Point3F> result;
  for (const Point3F& p : points) {
    result.push_back({static_cast<float>(c * p.x + s * p.z) + move.x, p.y + move.y,
                      static_cast<float>(c * p.z - s * p.x) + move.z});
  }
  return result;
}

void expect_near(const std::vector<Point3F>& a, const std::vector<Point3F>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i].x, b[i].x, tolerance) << i;
    EXPECT_NEAR(a[i].y, b[i].y, tolerance) << i;
    EXPECT_NEAR(a[i].z, b[i].z, tolerance) << i;
  }
}

TEST(LandmarkPathGolden, StepCounts) {
  // n = max(1, ceil(angle / 30 degrees)).
  const auto steps = [](double yaw_deg) {
    return LandmarkPath(face_points(), turned(face_points(), yaw_deg, {})).step_count(30);
  };
  expect_golden("steps_for_0_deg", steps(0), 1, 0);
  expect_golden("steps_for_20_deg", steps(20), 1, 0);
  expect_golden("steps_for_31_deg", steps(31), 2, 0);
  expect_golden("steps_for_-75_deg", steps(-75), 3, 0);
}

TEST(LandmarkPath, ReturnsItsEndsThemselves) {
  std::vector<Point3F> to = turned(face_points(), 40, {2, -1, 0});
  to[8].y += 1.5F;  // the mouth opens: no rotation explains that
  const LandmarkPath path(face_points(), to);
  expect_near(path.at(0), face_points(), 0);
  expect_near(path.at(1), to, 0);
}

TEST(LandmarkPath, GoesPartOfTheWayAboutTheCentroid) {
  const LandmarkPath path(face_points(), turned(face_points(), 60, {8, -4, 2}));
  EXPECT_NEAR(path.angle_deg(), 60, 1e-4);
  // A rigid motion: every part of the way turns that part of the angle, the centroid moves evenly.
  const auto mean = [](const std::vector<Point3F>& points) {
    Point3F sum;
    for (const Point3F& p : points) {
      sum = {sum.x + p.x / 68, sum.y + p.y / 68, sum.z + p.z / 68};
    }
    return sum;
  };
  const Point3F start = mean(path.at(0));
  const Point3F end = mean(path.at(1));
  const Point3F middle = mean(path.at(0.25));
  EXPECT_NEAR(middle.x, start.x + 0.25 * (end.x - start.x), 1e-4);
  EXPECT_NEAR(middle.y, start.y + 0.25 * (end.y - start.y), 1e-4);
  EXPECT_NEAR(middle.z, start.z + 0.25 * (end.z - start.z), 1e-4);
  EXPECT_NEAR(LandmarkPath(face_points(), path.at(0.25)).angle_deg(), 15, 1e-3);
  EXPECT_NEAR(LandmarkPath(path.at(0.25), path.at(1)).angle_deg(), 45, 1e-3);
}

TEST(LandmarkPath, NeverReflects) {
  // The mirror image of a face: the best orthogonal map is a reflection, the path stays a rotation.
  std::vector<Point3F> mirrored = face_points();
  for (Point3F& p : mirrored) {
    p = {-p.x + 0.3F * p.y, p.y, p.z};
  }
  const LandmarkPath path(face_points(), mirrored);
  const std::vector<Point3F> middle = path.at(0.5);
  const auto volume = [](const std::vector<Point3F>& p) {
    const auto from_nose = [&](std::size_t i) {
      return std::array<double, 3>{double(p[i].x) - p[30].x, double(p[i].y) - p[30].y,
                                   double(p[i].z) - p[30].z};
    };
    const std::array<double, 3> a = from_nose(0);
    const std::array<double, 3> b = from_nose(16);
    const std::array<double, 3> c = from_nose(8);
    return (a[1] * b[2] - a[2] * b[1]) * c[0] + (a[2] * b[0] - a[0] * b[2]) * c[1] +
           (a[0] * b[1] - a[1] * b[0]) * c[2];
  };
  EXPECT_NEAR(volume(middle), volume(face_points()), 1e-2 * std::abs(volume(face_points())));
}

TEST(LandmarkSteps, EndAtTheTargetsLandmarks) {
  const auto to_tensor = [](const std::vector<Point3F>& points) {
    return at::tensor(at::ArrayRef<float>(&points[0].x, 3 * points.size())).view({-1, 3});
  };
  const at::Tensor view = to_tensor(face_points());
  const at::Tensor target = to_tensor(turned(face_points(), 70, {1, 2, 0}));
  const std::vector<at::Tensor> steps = landmark_steps(view, target, 30);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_TRUE(at::equal(steps[2], target.slice(1, 0, 2)));
  EXPECT_EQ(steps[0].sizes(), (at::IntArrayRef{68, 2}));
  EXPECT_TRUE(at::equal(landmark_steps(view, view, 30).at(0), view.slice(1, 0, 2)));
}

TEST(HalfwayLandmarks, AreTheFirstOfTwoSteps) {
  at::Tensor view = at::empty({2, 68, 2});
  for (std::int64_t i = 0; i < 68; ++i) {
    const Point3F& p = average_face()[static_cast<std::size_t>(i)];
    view[0][i][0] = 0.03F * p.x + 0.5F;
    view[0][i][1] = 0.03F * p.y + 0.5F;
  }
  view[1] = view[0] * 0.5F;
  at::Tensor target = view.flip(0) + 0.1;
  target[0] += lift_landmarks(view)[0].narrow(1, 2, 1) * at::tensor({0.4F, 0.0F});  // a turned head
  const at::Tensor halfway = halfway_landmarks(view, target);
  ASSERT_EQ(halfway.sizes(), view.sizes());
  for (std::int64_t i = 0; i < 2; ++i) {
    std::vector<at::Tensor> steps;
    for (double most = 64; steps.size() < 2; most /= 1.05) {
      steps = landmark_steps(lift_landmarks(view)[i], lift_landmarks(target)[i], most);
    }
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_TRUE(at::equal(halfway[i], steps[0]));
  }
  EXPECT_THROW((void)halfway_landmarks(at::zeros({1, 98, 2}), at::zeros({1, 98, 2})), Error);
}

TEST(LiftLandmarksTensor, KeepsTheLandmarksAndAddsDepth) {
  at::Tensor landmarks = at::empty({2, 68, 2});
  for (std::int64_t i = 0; i < 68; ++i) {
    const Point3F& p = average_face()[static_cast<std::size_t>(i)];
    landmarks[0][i][0] = 0.03F * p.x + 0.5F;
    landmarks[0][i][1] = 0.03F * p.y + 0.5F;
  }
  landmarks[1] = landmarks[0] * 0.5F;
  const at::Tensor lifted = lift_landmarks(landmarks);
  ASSERT_EQ(lifted.sizes(), (at::IntArrayRef{2, 68, 3}));
  EXPECT_TRUE(at::equal(lifted.slice(2, 0, 2), landmarks));
  EXPECT_NEAR(lifted[0][30][2].item<float>(), 0.03 * average_face()[30].z, 1e-4);
  EXPECT_NEAR(lifted[1][30][2].item<float>(), 0.015 * average_face()[30].z, 1e-4);
}

TEST(LiftLandmarksTensor, RefusesOtherLayouts) {
  try {
    static_cast<void>(lift_landmarks(at::rand({1, 98, 2})));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
  }
}

TEST(LandmarkPath, RefusesDifferentAndTooFewPoints) {
  EXPECT_THROW(LandmarkPath(face_points(), {}), Error);
  EXPECT_THROW(LandmarkPath({{}, {}}, {{}, {}}), Error);
  EXPECT_THROW(static_cast<void>(LandmarkPath(face_points(), face_points()).step_count(0)), Error);
}

}  // namespace
}  // namespace changeling
