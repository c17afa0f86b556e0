#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

const Frame& picture() {
  static const Frame frame = constant_frame(2, 2, 0);
  return frame;
}

FrameSample two_faces() {
  FrameSample frame;
  frame.fake = &picture();
  frame.target = &picture();
  frame.fake_face.found = true;
  frame.target_face.found = true;
  return frame;
}

Sample score_poses(const EulerPose& fake, const EulerPose& target) {
  FrameSample frame = two_faces();
  frame.fake_face.pose_deg = fake;
  frame.target_face.pose_deg = target;
  return score_one(*make_pose_l2_deg(), frame);
}

Sample score_landmarks(const Landmarks& fake, const Landmarks& target) {
  FrameSample frame = two_faces();
  frame.fake_face.landmarks = fake;
  frame.target_face.landmarks = target;
  return score_one(*make_lmk_nme(), frame);
}

Landmarks shifted(Landmarks points, float dx, float dy) {
  for (PointF& point : points) {
    point.x += dx;
    point.y += dy;
  }
  return points;
}

TEST(PoseL2Deg, SamePoseIsExactlyZero) {
  EXPECT_EQ(score_poses({12.5F, -3, 4}, {12.5F, -3, 4}).value, 0);
}

TEST(PoseL2Deg, MatchesHandComputedValue) {
  EXPECT_NEAR(score_poses({3, 0, 1}, {1, -2, 0}).value, 3, 1e-6);  // (2, 2, 1)
}

TEST(PoseL2Deg, WrapsAngles) {
  EXPECT_NEAR(score_poses({179, 0, 0}, {-178, 0, 0}).value, 3, 1e-4);
}

TEST(PoseL2Deg, GrowsWithTheAngle) {
  double last = -1;
  for (float yaw = 0; yaw < 90; yaw += 10) {
    const double value = score_poses({yaw, 0, 0}, {0, 5, 0}).value;
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST(PoseL2Deg, IsSymmetric) {
  EXPECT_EQ(score_poses({1, 2, 3}, {9, -4, 2}).value, score_poses({9, -4, 2}, {1, 2, 3}).value);
}

TEST(PoseL2Deg, InvalidInputGivesAStatus) {
  FrameSample frame = two_faces();
  frame.fake_face.found = false;
  EXPECT_EQ(score_one(*make_pose_l2_deg(), frame).status, SampleStatus::kNoFace);
  frame = two_faces();
  frame.target_face.found = false;
  EXPECT_EQ(score_one(*make_pose_l2_deg(), frame).status, SampleStatus::kNoFace);
  EXPECT_EQ(score_poses({std::nanf(""), 0, 0}, {0, 0, 0}).status, SampleStatus::kNan);
}

TEST(PoseL2Deg, VersionOneIsLocked) {
  EXPECT_NEAR(score_poses({10.5F, -3.25F, 1.75F}, {7, 2, -0.5F}).value, 6.69888, 1e-4);
  EXPECT_EQ(make_pose_l2_deg()->info().version, 1);
}

Sample score_expression(const Landmarks& fake, const Landmarks& target) {
  FrameSample frame = two_faces();
  frame.fake_face.landmarks = fake;
  frame.target_face.landmarks = target;
  return score_one(*make_expr_aspect(), frame);
}

/// Eyes 40 px wide and 8 px open, a mouth 60 px wide and `mouth_px` open.
Landmarks plain_face(float mouth_px) {
  Landmarks points = grid_landmarks();
  const auto set_eye = [&](std::size_t first, float x) {
    points[first] = {x, 100};
    points[first + 1] = {x + 12, 96};
    points[first + 2] = {x + 28, 96};
    points[first + 3] = {x + 40, 100};
    points[first + 4] = {x + 28, 104};
    points[first + 5] = {x + 12, 104};
  };
  set_eye(36, 50);
  set_eye(42, 130);
  points[60] = {80, 180};
  points[64] = {140, 180};
  for (std::size_t i = 1; i < 4; ++i) {
    const float x = 80 + 15 * static_cast<float>(i);
    points[60 + i] = {x, 180 - mouth_px / 2};
    points[68 - i] = {x, 180 + mouth_px / 2};
  }
  return points;
}

TEST(ExprAspect, SameLandmarksAreExactlyZero) {
  EXPECT_EQ(score_expression(plain_face(9), plain_face(9)).value, 0);
}

TEST(ExprAspect, MatchesHandComputedValue) {
  // The mouth opens from 6 to 24 px of 60: (0.4 - 0.1) / 3; the eyes stay.
  EXPECT_NEAR(score_expression(plain_face(24), plain_face(6)).value, 0.1, 1e-7);
  // Both eyes close: 8 / 40 each.
  Landmarks closed = plain_face(6);
  for (const std::size_t i : {37, 38, 40, 41, 43, 44, 46, 47}) {
    closed[i].y = 100;
  }
  EXPECT_NEAR(score_expression(closed, plain_face(6)).value, 2 * 0.2 / 3, 1e-7);
}

TEST(ExprAspect, GrowsWithTheMouth) {
  double last = -1;
  for (float mouth = 4; mouth < 40; mouth += 6) {
    const double value = score_expression(plain_face(mouth), plain_face(4)).value;
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST(ExprAspect, IsSymmetricAndIgnoresPositionAndSize) {
  EXPECT_EQ(score_expression(plain_face(9), plain_face(20)).value,
            score_expression(plain_face(20), plain_face(9)).value);
  Landmarks far_and_large = plain_face(9);
  for (PointF& point : far_and_large) {
    point = {2 * point.x + 30, 2 * point.y - 7};
  }
  EXPECT_NEAR(score_expression(far_and_large, plain_face(9)).value, 0, 1e-12);
}

TEST(ExprAspect, InvalidInputGivesAStatus) {
  Landmarks no_width = plain_face(9);
  no_width[64] = no_width[60];
  EXPECT_EQ(score_expression(plain_face(9), no_width).status, SampleStatus::kNan);
  EXPECT_EQ(score_expression({{1, 2}}, plain_face(9)).status, SampleStatus::kNoFace);
  FrameSample frame = two_faces();
  frame.fake_face.found = false;
  EXPECT_EQ(score_one(*make_expr_aspect(), frame).status, SampleStatus::kNoFace);
}

TEST(ExprAspect, VersionOneIsLocked) {
  Landmarks fake = plain_face(9);
  for (std::size_t i = 0; i < fake.size(); ++i) {
    fake[i].y += 0.05F * static_cast<float>(i % 7);
  }
  EXPECT_NEAR(score_expression(fake, plain_face(9)).value, 0.0026844, 1e-6);
  EXPECT_EQ(make_expr_aspect()->info().version, 1);
}

TEST(LmkNme, SameLandmarksAreExactlyZero) {
  EXPECT_EQ(score_landmarks(grid_landmarks(), grid_landmarks()).value, 0);
}

TEST(LmkNme, MatchesHandComputedValue) {
  // Every point 5 px away (3, 4), outer eye corners 60 px apart: 100 * 5 / 60.
  EXPECT_NEAR(score_landmarks(shifted(grid_landmarks(), 3, 4), grid_landmarks()).value, 500.0 / 60,
              1e-9);
}

TEST(LmkNme, GrowsWithTheShift) {
  double last = -1;
  for (float shift = 0; shift < 10; ++shift) {
    const double value =
        score_landmarks(shifted(grid_landmarks(), shift, 0), grid_landmarks()).value;
    EXPECT_GT(value, last);
    last = value;
  }
}

TEST(LmkNme, IsScaledByTheTargetAlone) {
  Landmarks wide = grid_landmarks();
  wide[45].x += 60;  // eye distance 120 instead of 60
  const double as_fake = score_landmarks(wide, grid_landmarks()).value;
  const double as_target = score_landmarks(grid_landmarks(), wide).value;
  EXPECT_NEAR(as_fake, 2 * as_target, 1e-9);
}

TEST(LmkNme, InvalidInputGivesAStatus) {
  Landmarks closed = grid_landmarks();
  closed[45] = closed[36];
  EXPECT_EQ(score_landmarks(grid_landmarks(), closed).status, SampleStatus::kNan);
  EXPECT_EQ(score_landmarks({{1, 2}}, grid_landmarks()).status, SampleStatus::kNoFace);
  FrameSample frame = two_faces();
  frame.fake_face.found = false;
  EXPECT_EQ(score_one(*make_lmk_nme(), frame).status, SampleStatus::kNoFace);
}

TEST(LmkNme, VersionOneIsLocked) {
  Landmarks fake = grid_landmarks();
  for (std::size_t i = 0; i < fake.size(); ++i) {
    fake[i].x += 0.1F * static_cast<float>(i);
  }
  EXPECT_NEAR(score_landmarks(fake, grid_landmarks()).value, 5.58333, 1e-4);
  EXPECT_EQ(make_lmk_nme()->info().version, 1);
}

}  // namespace
}  // namespace changeling
