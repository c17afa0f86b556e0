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
