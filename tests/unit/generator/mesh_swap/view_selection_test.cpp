#include "generator/methods/mesh_swap/view_selection.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

FaceObservation observe(std::int64_t frame_index, float yaw_deg, float mouth_open = 0,
                        float eye_open = 1) {
  LandmarkFace face;
  face.yaw_deg = yaw_deg;
  face.mouth_open = mouth_open;
  face.eye_open = eye_open;
  FaceObservation observation;
  observation.frame_index = frame_index;
  observation.landmarks = landmarks_of(face);
  observation.bbox_px = bounding_box(observation.landmarks);
  observation.pose_deg = {yaw_deg, 0, 0};
  return observation;
}

/// yaw from `first` to `last` in equal steps.
FaceTrack turning(int n_frames, float first, float last) {
  FaceTrack track;
  for (int i = 0; i < n_frames; ++i) {
    const float share = n_frames > 1 ? static_cast<float>(i) / static_cast<float>(n_frames - 1) : 0;
    track.observations.push_back(observe(i, first + share * (last - first)));
  }
  return track;
}

float yaw_of_view(const ViewAssignment& assignment, const FaceTrack& source, std::size_t frame) {
  float yaw = 0;
  for (const ViewWeight& share : assignment.frames.at(frame).shares) {
    yaw += share.weight * source.observations.at(assignment.views.at(share.view)).pose_deg.yaw_deg;
  }
  return yaw;
}

/// yaw going to and fro between two angles, frame by frame.
FaceTrack trembling(int n_frames, float even, float odd) {
  FaceTrack track;
  for (int i = 0; i < n_frames; ++i) {
    track.observations.push_back(observe(i, i % 2 == 0 ? even : odd));
  }
  return track;
}

void expect_one_view(const ViewAssignment& assignment, std::size_t source_index) {
  for (const FrameViews& frame : assignment.frames) {
    ASSERT_EQ(frame.shares.size(), 1U);
    EXPECT_EQ(assignment.views.at(frame.shares[0].view), source_index);
  }
}

TEST(AssignViews, FollowsThePose) {
  const FaceTrack source = turning(60, -30, 30);
  const FaceTrack target = turning(80, -28, 28);
  const ViewAssignment assignment = assign_views(source, target, {}, {});
  EXPECT_LE(assignment.views.size(), 6U);
  EXPECT_GE(assignment.views.size(), 2U);
  ASSERT_EQ(assignment.frames.size(), 80U);
  for (std::size_t i = 0; i < 80; ++i) {
    EXPECT_NEAR(yaw_of_view(assignment, source, i), target.observations[i].pose_deg.yaw_deg, 15);
    EXPECT_EQ(assignment.frames[i].opacity, 1);
  }
}

TEST(AssignViews, LeavesBlurredSourceFramesAlone) {
  FaceTrack source = turning(60, -30, 30);
  for (std::size_t i = 0; i < source.observations.size(); ++i) {
    source.observations[i].sharpness = i < 30 ? 20.0F : 100.0F;
  }
  const ViewAssignment assignment = assign_views(source, turning(80, -28, 28), {}, {});
  for (const std::size_t view : assignment.views) {
    EXPECT_GE(view, 30U);
  }
}

TEST(AssignViews, WeightsSumToOneAndMoveSlowly) {
  const ViewAssignment assignment =
      assign_views(turning(60, -30, 30), turning(80, -28, 28), {}, {});
  for (std::size_t i = 0; i < 80; ++i) {
    float sum = 0;
    for (const ViewWeight& share : assignment.frames[i].shares) {
      EXPECT_GT(share.weight, 0);
      sum += share.weight;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_LE(assignment.frames[i].shares.size(), 2U);
  }
}

TEST(AssignViews, DoesNotFlickerBetweenEqualViews) {
  // The target trembles by a degree between two equally good views.
  FaceTrack source;
  source.observations = {observe(0, -6), observe(1, 6)};
  expect_one_view(assign_views(source, trembling(40, -1, 1), {}, {}), 0);
}

/// A neutral view from the front, and one turned by 20 degrees with a wide open mouth.
FaceTrack neutral_and_turned() {
  FaceTrack source;
  source.observations = {observe(0, 0, 0), observe(1, 20, 1)};
  return source;
}

TEST(AssignViews, AViewWithinTheLimitOfPoseComesBeforeABetterExpression) {
  const ViewAssignment assignment = assign_views(neutral_and_turned(), turning(20, 31, 33), {}, {});
  expect_one_view(assignment, 1);
  EXPECT_EQ(assignment.frames[0].opacity, 1);
  EXPECT_EQ(assignment.faint_by_gap, 0U);
}

TEST(AssignViews, ExpressionDecidesWellWithinTheLimit) {
  expect_one_view(assign_views(neutral_and_turned(), turning(20, 22, 24), {}, {}), 0);
}

TEST(AssignViews, WhereNoViewIsWithinTheLimitExpressionDecides) {
  const ViewAssignment assignment = assign_views(neutral_and_turned(), turning(20, 51, 53), {}, {});
  EXPECT_EQ(assignment.views, std::vector<std::size_t>{0});
  EXPECT_EQ(assignment.faint_by_gap, 20U);
}

TEST(AssignViews, DoesNotFlickerWhereOneOfTwoViewsReachesItsLimit) {
  expect_one_view(assign_views(neutral_and_turned(), trembling(40, 24, 30), {}, {}), 1);
}

TEST(AssignViews, DoesNotFlickerBetweenTwoViewsAtTheirLimits) {
  FaceTrack source;
  source.observations = {observe(0, -28), observe(1, 28)};
  expect_one_view(assign_views(source, trembling(40, -1, 1), {}, {}), 0);
}

TEST(AssignViews, PrefersAClosedMouthWhateverTheTargetsDoes) {
  FaceTrack source;
  source.observations = {observe(0, 3, 0), observe(1, 0, 1)};
  FaceTrack target;
  for (int i = 0; i < 20; ++i) {
    target.observations.push_back(observe(i, 0, i < 10 ? 0.0F : 1.0F));
  }
  const ViewAssignment assignment = assign_views(source, target, {}, {});
  EXPECT_EQ(assignment.views, std::vector<std::size_t>{0});
}

TEST(AssignViews, PrefersTheSmileForASmile) {
  const auto smiling = [](std::int64_t frame_index) {
    FaceObservation observation = observe(frame_index, 0);
    for (const std::size_t corner : {48, 54}) {
      observation.landmarks[corner].x += corner == 48 ? -8.0F : 8.0F;
      observation.landmarks[corner].y -= 6;
    }
    return observation;
  };
  FaceTrack source;
  FaceTrack target;
  for (int i = 0; i < 30; ++i) {
    source.observations.push_back(i < 20 ? observe(i, 0) : smiling(i));
    target.observations.push_back(i < 20 ? observe(i, 0) : smiling(i));
  }
  MeshSwapOptions options;
  options.crossfade_frames = 0;
  const ViewAssignment assignment = assign_views(source, target, {}, options);
  EXPECT_LT(assignment.views.at(assignment.frames[5].shares[0].view), 20U);
  EXPECT_GE(assignment.views.at(assignment.frames[25].shares[0].view), 20U);
}

TEST(AssignViews, KeepsTheTargetsEyesInABlink) {
  const FaceTrack source = turning(20, 0, 0);
  FaceTrack target;
  for (int i = 0; i < 40; ++i) {
    const float open = i == 20 ? 0.05F : i == 10 ? 0.75F : 1.0F;  // a blink, a narrowed look
    target.observations.push_back(observe(i, 0, 0, open));
  }
  const ViewAssignment assignment = assign_views(source, target, {}, {});
  EXPECT_EQ(assignment.frames[5].keep_eyes, 0);
  EXPECT_EQ(assignment.frames[10].keep_eyes, 0);
  EXPECT_EQ(assignment.frames[20].keep_eyes, 1);
}

TEST(AssignViews, FadesOutTowardTheLimits) {
  MeshSwapOptions options;
  options.max_views = 1;
  const FaceTrack source = turning(12, 0, 0);
  const ViewAssignment assignment = assign_views(source, turning(41, 0, 40), {}, options);
  EXPECT_EQ(assignment.frames[20].opacity, 1);
  EXPECT_GT(assignment.frames[27].opacity, 0);
  EXPECT_LT(assignment.frames[27].opacity, 1);
  EXPECT_TRUE(assignment.frames[31].shares.empty());
  EXPECT_LT(assignment.frames[28].opacity, 0.5F);
  EXPECT_EQ(assignment.faint_by_gap, 13U) << "28 and more";
  EXPECT_EQ(assignment.faint_by_yaw, 0U);
}

TEST(AssignViews, CountsFramesThatFadeAtTheYawLimit) {
  const ViewAssignment assignment = assign_views(turning(30, 0, 58), turning(41, 40, 80), {}, {});
  EXPECT_EQ(assignment.faint_by_yaw, 23U) << "58 and more";
  EXPECT_TRUE(assignment.frames[40].shares.empty());
  EXPECT_FALSE(assignment.frames[5].shares.empty());
}

TEST(AssignViews, IgnoresInterpolatedSourceFramesWhenOthersExist) {
  FaceTrack source = turning(20, 0, 0);
  for (std::size_t i = 0; i < 19; ++i) {
    source.observations[i].status = FaceStatus::kInterpolated;
  }
  const ViewAssignment assignment = assign_views(source, turning(12, 0, 0), {}, {});
  EXPECT_EQ(assignment.views, std::vector<std::size_t>{19});
}

TEST(RunStarts, SplitsAtGapsAndCuts) {
  FaceTrack track;
  for (const int frame : {3, 4, 5, 9, 10, 11, 12}) {
    track.observations.push_back(observe(frame, 0));
  }
  EXPECT_EQ(run_starts(track, {11}), (std::vector<std::size_t>{0, 3, 5, 7}));
  EXPECT_EQ(run_starts(FaceTrack{}, {}), std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace changeling
