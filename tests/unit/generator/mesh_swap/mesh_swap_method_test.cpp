#include "generator/methods/mesh_swap/mesh_swap_method.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <rapidcheck/gtest.h>

#include "common/base/digest.h"
#include "generator/methods/mesh_swap/face_layout.h"
#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

HeadClip source_clip() {
  HeadClip clip;
  clip.face = other_person();
  return clip;
}

PlannedSwap plan_of(SwapRequest request, const MeshSwapOptions& options = {}) {
  auto method = std::make_shared<MeshSwapMethod>(options);
  auto outcome = method->plan(std::move(request));
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<SwapPlan>>(outcome));
  return {std::move(method), std::move(std::get<std::unique_ptr<SwapPlan>>(outcome))};
}

Rejected refusal_of(SwapRequest request) {
  auto outcome = MeshSwapMethod().plan(std::move(request));
  EXPECT_TRUE(std::holds_alternative<Rejected>(outcome));
  return std::holds_alternative<Rejected>(outcome) ? std::get<Rejected>(outcome)
                                                   : Rejected{RejectReason::kNoFace, "none"};
}

struct Rgb {
  double r = 0;
  double g = 0;
  double b = 0;
};

/// Mean colour of the 5 x 5 pixels around a point.
Rgb color_at(const Frame& frame, PointF point) {
  Rgb sum;
  for (int dy = -2; dy <= 2; ++dy) {
    for (int dx = -2; dx <= 2; ++dx) {
      const int x = std::clamp(static_cast<int>(point.x) + dx, 0, frame.width_px() - 1);
      const int y = std::clamp(static_cast<int>(point.y) + dy, 0, frame.height_px() - 1);
      const std::uint8_t* p = frame.data() + 3 * (y * frame.width_px() + x);
      sum.r += p[0] / 25.0;
      sum.g += p[1] / 25.0;
      sum.b += p[2] / 25.0;
    }
  }
  return sum;
}

double distance(const Rgb& a, const Rgb& b) {
  return std::hypot(a.r - b.r, a.g - b.g, a.b - b.b);
}

/// Every pixel without alpha equals the target; the changed mask tells the truth.
void expect_exact_outside_alpha(const ComposedFrame& out, const Frame& target) {
  ASSERT_EQ(out.frame.width_px(), target.width_px());
  ASSERT_EQ(out.alpha.height_px(), target.height_px());
  for (std::size_t i = 0; i < out.alpha.size_bytes(); ++i) {
    const bool same =
        std::equal(target.data() + 3 * i, target.data() + 3 * i + 3, out.frame.data() + 3 * i);
    ASSERT_TRUE(same || out.alpha.data()[i] > 0) << i;
    ASSERT_EQ(out.changed.data()[i], same ? 0 : 255) << i;
  }
}

TEST(MeshSwap, DescribesItself) {
  const SwapMethod::Variant info = MeshSwapMethod().variants().at(0);
  EXPECT_EQ(info.name, "mesh_swap");
  EXPECT_EQ(info.digital_source_type, "compositeCapture");
  EXPECT_TRUE(info.models.empty());
  EXPECT_FALSE(info.self_paired);
  EXPECT_FALSE(info.version.empty());
}

TEST(MeshSwap, PutsTheSourcesFaceOntoTheTarget) {
  HeadClip source = source_clip();
  source.face.colors.iris[0] = 20;
  source.face.colors.iris[1] = 160;
  source.face.colors.iris[2] = 40;
  const HeadClip target;
  const auto plan = plan_of(request_for(source, target));
  const LandmarkFace face = face_at(target, 7);
  const Frame frame = draw(face);

  const ComposedFrame out = plan.swap(7, frame);

  EXPECT_EQ(out.status, FrameStatus::kSwapped);
  expect_exact_outside_alpha(out, frame);
  const Landmarks points = landmarks_of(face);
  const PointF eye = {(points[36].x + points[39].x) / 2, (points[37].y + points[41].y) / 2};
  // The iris is the source's (green), the cheek keeps the target's skin colour.
  EXPECT_GT(color_at(out.frame, eye).g, color_at(out.frame, eye).b + 30);
  const PointF cheek = {points[36].x, points[30].y};
  EXPECT_LT(distance(color_at(out.frame, cheek), color_at(frame, cheek)), 12);
}

TEST(MeshSwap, AlphaIsFullOnTheFaceAndZeroAtTheOutline) {
  const HeadClip target;
  const auto plan = plan_of(request_for(source_clip(), target));
  const LandmarkFace face = face_at(target, 3);
  const ComposedFrame out = plan.swap(3, draw(face));
  const auto alpha_at = [&](PointF p) {
    return out.alpha.data()[static_cast<int>(p.y) * out.alpha.width_px() + static_cast<int>(p.x)];
  };
  const std::vector<PointF> mesh = extend_landmarks(landmarks_of(face));
  EXPECT_EQ(alpha_at(mesh[30]), 255);
  EXPECT_EQ(alpha_at(mesh[19]), 255);
  for (const PointF& point : face_outline(mesh)) {
    EXPECT_EQ(alpha_at(point), 0);
  }
}

TEST(MeshSwap, AlphaHasNoHardEdge) {
  const HeadClip target;
  const auto plan = plan_of(request_for(source_clip(), target));
  const ComposedFrame out = plan.swap(3, draw(face_at(target, 3)));
  const int width = out.alpha.width_px();
  int steepest = 0;
  for (int y = 0; y < out.alpha.height_px(); ++y) {
    for (int x = 1; x < width; ++x) {
      const std::uint8_t* p = out.alpha.data() + y * width + x;
      steepest = std::max(steepest, std::abs(p[0] - p[-1]));
    }
  }
  EXPECT_LT(steepest, 80);
}

/// `frame` with a dark bar along each brow, `rise` of the face size above its landmarks.
Frame with_raised_brows(const Frame& frame, const std::vector<PointF>& mesh, float rise) {
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  const float size = face_size_px(mesh);
  for (const std::size_t first : {17, 22}) {
    for (std::size_t i = first; i < first + 5; ++i) {
      for (float dy = -0.02F * size; dy <= 0.02F * size; ++dy) {
        for (float dx = -0.05F * size; dx <= 0.05F * size; ++dx) {
          const auto x = static_cast<int>(mesh[i].x + dx);
          const auto y = static_cast<int>(mesh[i].y - rise * size + dy);
          std::fill_n(pixels.begin() + 3 * (y * frame.width_px() + x), 3, std::uint8_t{30});
        }
      }
    }
  }
  return Frame(frame.width_px(), frame.height_px(), frame.format(), std::move(pixels));
}

TEST(MeshSwap, CoversBrowsThatStandAboveTheirLandmarks) {
  HeadClip source = source_clip();
  source.face.colors.brow[0] = source.face.colors.brow[1] = source.face.colors.brow[2] = 160;
  const HeadClip target;
  const auto plan = plan_of(request_for(source, target));
  const LandmarkFace face = face_at(target, 3);
  const std::vector<PointF> mesh = extend_landmarks(landmarks_of(face));
  const float rise = 0.07F;
  const ComposedFrame out = plan.swap(3, with_raised_brows(draw(face), mesh, rise));
  for (const std::size_t i : {18, 19, 20, 23, 24, 25}) {
    const auto x = static_cast<int>(mesh[i].x);
    const auto y = static_cast<int>(mesh[i].y - rise * face_size_px(mesh));
    EXPECT_GE(out.alpha.data()[y * out.alpha.width_px() + x], 230) << i;
  }
}

TEST(MeshSwap, SwappingAClipWithItselfChangesNearlyNothing) {
  HeadClip clip;
  clip.sway_deg = 0;
  clip.sway_px = 0;
  const auto plan = plan_of(request_for(clip, clip));
  const Frame frame = draw(face_at(clip, 4));
  const ComposedFrame out = plan.swap(4, frame);
  double sum = 0;
  int worst = 0;
  for (std::size_t i = 0; i < frame.size_bytes(); ++i) {
    const int difference = std::abs(int{out.frame.data()[i]} - int{frame.data()[i]});
    sum += difference;
    worst = std::max(worst, difference);
  }
  EXPECT_LT(sum / static_cast<double>(frame.size_bytes()), 0.3);
  EXPECT_LT(worst, 25);
}

TEST(MeshSwap, AnOpenMouthShowsTheTargetsInside) {
  HeadClip target;
  target.face.mouth_open = 0.9F;
  const auto plan = plan_of(request_for(source_clip(), target));
  const LandmarkFace face = face_at(target, 2);
  const Frame frame = draw(face);
  const ComposedFrame out = plan.swap(2, frame);
  const Landmarks p = landmarks_of(face);
  const PointF mouth = {(p[62].x + p[66].x) / 2, (p[62].y + p[66].y) / 2};
  EXPECT_LT(distance(color_at(out.frame, mouth), color_at(frame, mouth)), 3);
}

TEST(MeshSwap, ABlinkShowsTheTargetsLids) {
  HeadClip target;
  SwapRequest request = request_for(source_clip(), target);
  LandmarkFace blinking = face_at(target, 10);
  blinking.eye_open = 0.05F;
  request.target.analysis.tracks[0].observations[10].landmarks = landmarks_of(blinking);
  MeshSwapOptions options;
  options.landmark_sigma_frames = 0;
  const Frame frame = draw(blinking);
  const ComposedFrame out = plan_of(std::move(request), options).swap(10, frame);
  const Landmarks p = landmarks_of(blinking);
  const PointF eye = {(p[36].x + p[39].x) / 2, (p[36].y + p[39].y) / 2};
  EXPECT_LT(distance(color_at(out.frame, eye), color_at(frame, eye)), 3);
}

TEST(MeshSwap, AFrameDoesNotDependOnTheOthers) {
  const HeadClip target;
  const auto forward = plan_of(request_for(source_clip(), target));
  const auto backward = plan_of(request_for(source_clip(), target));
  std::vector<ComposedFrame> first;
  for (int i = 0; i < target.n_frames; i += 4) {
    first.push_back(forward.swap(i, draw(face_at(target, i))));
  }
  for (int i = target.n_frames - 4; i >= 0; i -= 4) {
    const ComposedFrame again = backward.swap(i, draw(face_at(target, i)));
    const ComposedFrame& before = first.at(static_cast<std::size_t>(i) / 4);
    EXPECT_EQ(again.frame, before.frame) << i;
    EXPECT_EQ(again.alpha, before.alpha) << i;
  }
}

TEST(MeshSwap, DoesNotDependOnOpenCvsThreads) {
  const HeadClip target;
  const auto plan = plan_of(request_for(source_clip(), target));
  const Frame frame = draw(face_at(target, 6));
  const int threads = cv::getNumThreads();
  cv::setNumThreads(1);
  const ComposedFrame one = plan.swap(6, frame);
  cv::setNumThreads(4);
  const ComposedFrame four = plan.swap(6, frame);
  cv::setNumThreads(threads);
  EXPECT_EQ(one.frame, four.frame);
  EXPECT_EQ(one.alpha, four.alpha);
}

TEST(MeshSwap, LeavesItsInputsAlone) {
  const HeadClip target;
  const auto plan = plan_of(request_for(source_clip(), target));
  const Frame frame = draw(face_at(target, 5));
  const std::vector<std::uint8_t> before(frame.data(), frame.data() + frame.size_bytes());
  static_cast<void>(plan.swap(5, frame));
  EXPECT_TRUE(std::equal(before.begin(), before.end(), frame.data()));
}

TEST(MeshSwap, FetchesEachSourceViewOnce) {
  const HeadClip source = source_clip();
  SwapRequest request = request_for(source, HeadClip{});
  std::vector<std::int64_t> fetched;
  request.source_frame = [&](std::int64_t index) {
    fetched.push_back(index);
    return draw(face_at(source, index));
  };
  const auto plan = plan_of(std::move(request));
  const std::size_t after_plan = fetched.size();
  static_cast<void>(plan.swap(1, draw(face_at(HeadClip{}, 1))));
  EXPECT_EQ(fetched.size(), after_plan);
  EXPECT_LE(fetched.size(), 6U);
  EXPECT_TRUE(std::is_sorted(fetched.begin(), fetched.end()));
  EXPECT_EQ(std::set<std::int64_t>(fetched.begin(), fetched.end()).size(), fetched.size());
}

TEST(MeshSwap, AMissingFaceIsPassedThrough) {
  const HeadClip target;
  SwapRequest request = request_for(source_clip(), target);
  auto& observations = request.target.analysis.tracks[0].observations;
  observations.erase(observations.begin() + 5);
  const auto plan = plan_of(std::move(request));
  const Frame frame = draw(face_at(target, 5));
  for (const std::int64_t index : {std::int64_t{5}, std::int64_t{1000}, std::int64_t{-1}}) {
    const ComposedFrame out = plan.swap(index, frame);
    EXPECT_EQ(out.frame, frame);
    EXPECT_EQ(out.status, FrameStatus::kPassthrough);
  }
}

TEST(MeshSwap, AProfileFrameIsPassedThrough) {
  const HeadClip target;
  SwapRequest request = request_for(source_clip(), target);
  request.target.analysis.tracks[0].observations[8].pose_deg.yaw_deg = 75;
  const auto plan = plan_of(std::move(request));
  const Frame frame = draw(face_at(target, 8));
  EXPECT_EQ(plan.swap(8, frame).status, FrameStatus::kPassthrough);
  EXPECT_EQ(plan.swap(9, draw(face_at(target, 9))).status, FrameStatus::kSwapped);
}

TEST(MeshSwap, AFrameThatFadesToNothingIsPassedThrough) {
  HeadClip target;
  HeadClip source = source_clip();
  target.sway_deg = source.sway_deg = 0;
  target.face.yaw_deg = source.face.yaw_deg = 0;
  SwapRequest request = request_for(source, target);
  auto& observations = request.target.analysis.tracks[0].observations;
  observations[8].pose_deg.yaw_deg = 29.5F;  // of 30: alpha 7 of 255
  observations[9].pose_deg.yaw_deg = 27;
  const auto plan = plan_of(std::move(request));
  const Frame frame = draw(face_at(target, 8));
  const ComposedFrame out = plan.swap(8, frame);
  EXPECT_EQ(out.status, FrameStatus::kPassthrough);
  EXPECT_EQ(out.frame, frame);
  EXPECT_EQ(plan.swap(9, draw(face_at(target, 9))).status, FrameStatus::kSwapped);
}

struct BorderCase {
  const char* name;
  PointF center;
};

class FaceAtTheBorder : public testing::TestWithParam<BorderCase> {};

TEST_P(FaceAtTheBorder, IsSwappedWithoutBleeding) {
  HeadClip target;
  target.face.center = GetParam().center;
  target.sway_px = 0;
  const auto plan = plan_of(request_for(source_clip(), target));
  const LandmarkFace face = face_at(target, 0);
  const Frame frame = draw(face);
  const ComposedFrame out = plan.swap(0, frame);
  EXPECT_EQ(out.status, FrameStatus::kSwapped);
  expect_exact_outside_alpha(out, frame);
  // Skin inside the picture keeps the target's colour right up to the border.
  const Landmarks points = landmarks_of(face);
  for (const std::size_t i : {2, 14, 29}) {
    const PointF p = {(points[i].x + points[30].x) / 2, (points[i].y + points[30].y) / 2};
    if (p.x > 3 && p.y > 3 && p.x < 236 && p.y < 216) {
      EXPECT_LT(distance(color_at(out.frame, p), color_at(frame, p)), 25) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sides, FaceAtTheBorder,
                         testing::Values(BorderCase{"left", {15, 110}},
                                         BorderCase{"right", {228, 110}},
                                         BorderCase{"top", {120, 20}},
                                         BorderCase{"bottom", {120, 205}},
                                         BorderCase{"corner", {10, 10}}),
                         [](const auto& test) { return test.param.name; });

TEST(MeshSwap, AFaceOutsideTheFrameIsPassedThrough) {
  HeadClip target;
  target.face.center = {-300, 100};
  const auto plan = plan_of(request_for(source_clip(), target));
  const Frame frame = draw(LandmarkFace{});
  const ComposedFrame out = plan.swap(0, frame);
  EXPECT_EQ(out.frame, frame);
  EXPECT_EQ(out.status, FrameStatus::kPassthrough);
}

TEST(MeshSwapRefusal, NoTrack) {
  SwapRequest request = request_for(source_clip(), HeadClip{});
  request.target.analysis.tracks.clear();
  EXPECT_EQ(refusal_of(std::move(request)).reason, RejectReason::kNoFace);
}

TEST(MeshSwapRefusal, SmallFace) {
  SwapRequest request = request_for(source_clip(), HeadClip{});
  request.source.analysis.tracks[0].side_px = 63;
  const Rejected rejected = refusal_of(std::move(request));
  EXPECT_EQ(rejected.reason, RejectReason::kFaceSmall);
  EXPECT_EQ(rejected.detail, "source face 63 px, at least 64 needed");
}

TEST(MeshSwapRefusal, ShortTrack) {
  HeadClip target;
  target.n_frames = 9;
  EXPECT_EQ(refusal_of(request_for(source_clip(), target)).reason, RejectReason::kTrackShort);
}

TEST(MeshSwapRefusal, PoseGap) {
  HeadClip target;
  target.face.yaw_deg = 45;
  HeadClip source = source_clip();
  source.face.yaw_deg = -10;
  EXPECT_EQ(refusal_of(request_for(source, target)).reason, RejectReason::kPoseGap);
}

TEST(MeshSwapRefusal, SwapThatWouldHardlyBeSeen) {
  HeadClip target;
  target.face.yaw_deg = 29;  // of 30: opacity .1
  HeadClip source = source_clip();
  source.face.yaw_deg = 0;
  target.sway_deg = source.sway_deg = 0;
  EXPECT_EQ(refusal_of(request_for(source, target)).reason, RejectReason::kPoseGap);
}

TEST(MeshSwapRefusal, MostlyProfile) {
  HeadClip target;
  target.face.yaw_deg = 70;
  SwapRequest request = request_for(source_clip(), target);
  request.target.analysis.tracks[0].side_px = 100;
  EXPECT_EQ(refusal_of(std::move(request)).reason, RejectReason::kPoseOutOfRange);
}

RC_GTEST_PROP(MeshSwapProperty, OutsideAlphaEveryFrameIsTheTarget, ()) {
  HeadClip target;
  target.n_frames = 12;
  target.face.center = {static_cast<float>(*rc::gen::inRange(-20, 260)),
                        static_cast<float>(*rc::gen::inRange(-20, 240))};
  target.face.yaw_deg = static_cast<float>(*rc::gen::inRange(-25, 26));
  target.face.roll_deg = static_cast<float>(*rc::gen::inRange(-60, 61));
  target.face.mouth_open = static_cast<float>(*rc::gen::inRange(0, 11)) / 10;
  target.face.face_width_px = static_cast<float>(*rc::gen::inRange(64, 200));
  HeadClip source = source_clip();
  source.n_frames = 12;
  SwapRequest request = request_for(source, target);
  request.target.analysis.tracks[0].side_px = 100;
  const auto plan = plan_of(std::move(request));
  const Frame frame = draw(face_at(target, 3));
  const ComposedFrame out = plan.swap(3, frame);
  for (std::size_t i = 0; i < out.alpha.size_bytes(); ++i) {
    RC_ASSERT(out.alpha.data()[i] > 0 ||
              std::equal(frame.data() + 3 * i, frame.data() + 3 * i + 3, out.frame.data() + 3 * i));
  }
}

}  // namespace
}  // namespace changeling
