#include "generator/methods/self_blend/self_blend_method.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <rapidcheck/gtest.h>

#include "common/base/error.h"
#include "generator/options/generate_options.h"
#include "tests/support/landmark_face.h"

namespace changeling {
namespace {

PlannedSwap plan_of(SwapRequest request) {
  auto method = std::make_shared<SelfBlendMethod>();
  auto outcome = method->plan(std::move(request));
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<SwapPlan>>(outcome));
  return {std::move(method), std::move(std::get<std::unique_ptr<SwapPlan>>(outcome))};
}

PlannedSwap plan_with_seed(const HeadClip& clip, std::uint64_t seed) {
  SwapRequest request = request_for(clip, clip);
  request.seed = seed;
  return plan_of(std::move(request));
}

RejectReason refusal_of(SwapRequest request) {
  auto outcome = SelfBlendMethod().plan(std::move(request));
  const auto* rejected = std::get_if<Rejected>(&outcome);
  EXPECT_NE(rejected, nullptr);
  return rejected == nullptr ? RejectReason::kNoFace : rejected->reason;
}

bool is_exact_outside_alpha(const ComposedFrame& out, const Frame& target) {
  for (std::size_t i = 0; i < out.alpha.size_bytes(); ++i) {
    const bool same =
        std::equal(target.data() + 3 * i, target.data() + 3 * i + 3, out.frame.data() + 3 * i);
    if ((!same && out.alpha.data()[i] == 0) || (out.changed.data()[i] == 255) == same) {
      return false;
    }
  }
  return true;
}

TEST(SelfBlend, DescribesItself) {
  const SwapMethod::Variant info = SelfBlendMethod().variants().at(0);
  EXPECT_EQ(info.name, "self_blend");
  EXPECT_TRUE(info.self_paired);
  EXPECT_TRUE(takes_self_pairs(info.name));
  EXPECT_TRUE(info.models.empty());
}

TEST(SelfBlend, ChangesTheFaceAndNothingElse) {
  const HeadClip clip;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const LandmarkFace face = face_at(clip, 5);
    const Frame frame = draw(face);
    const ComposedFrame out = plan_with_seed(clip, seed).swap(5, frame);
    EXPECT_EQ(out.status, FrameStatus::kSwapped);
    EXPECT_TRUE(is_exact_outside_alpha(out, frame));
    const auto changed =
        std::count(out.changed.data(), out.changed.data() + out.changed.size_bytes(), 255);
    EXPECT_GT(changed, 1000) << seed;
    EXPECT_EQ(out.alpha.data()[3 * 240 + 3], 0);
  }
}

TEST(SelfBlend, SeedAndClipDecideTheDraw) {
  const HeadClip clip;
  const Frame frame = draw(face_at(clip, 2));
  const Frame once = plan_with_seed(clip, 1).swap(2, frame).frame;
  EXPECT_EQ(plan_with_seed(clip, 1).swap(2, frame).frame, once);
  EXPECT_FALSE(plan_with_seed(clip, 2).swap(2, frame).frame == once);
  SwapRequest other = request_for(clip, clip);
  other.seed = 1;
  other.source.analysis.video_sha256 = sha256("another file");
  other.target.analysis.video_sha256 = sha256("another file");
  EXPECT_FALSE(plan_of(std::move(other)).swap(2, frame).frame == once);
}

TEST(SelfBlend, MaskAndChangesMoveWithTheFace) {
  HeadClip clip;
  clip.sway_deg = 0;
  clip.sway_px = 8;
  const auto plan = plan_with_seed(clip, 3);
  const LandmarkFace first = face_at(clip, 0);
  std::int64_t checked = 0;
  for (int i = 1; i < clip.n_frames; ++i) {
    const LandmarkFace face = face_at(clip, i);
    const float dx = face.center.x - first.center.x;
    if (std::abs(dx - std::round(dx)) > 0.05F) {
      continue;  // compare whole-pixel moves only
    }
    const ComposedFrame a = plan.swap(0, draw(first));
    const ComposedFrame b = plan.swap(i, draw(face));
    int worst = 0;
    for (int y = 0; y < 220; ++y) {
      for (int x = 20; x < 220; ++x) {
        const int moved = x + static_cast<int>(std::round(dx));
        worst = std::max(worst, std::abs(int{a.alpha.data()[y * 240 + x]} -
                                         int{b.alpha.data()[y * 240 + moved]}));
      }
    }
    EXPECT_LE(worst, 16) << i;
    ++checked;
  }
  EXPECT_GT(checked, 0);
}

TEST(SelfBlend, AFrameDoesNotDependOnTheOthersNorOnThreads) {
  const HeadClip clip;
  const auto plan = plan_with_seed(clip, 9);
  const ComposedFrame first = plan.swap(4, draw(face_at(clip, 4)));
  (void)plan.swap(9, draw(face_at(clip, 9)));
  const int threads = cv::getNumThreads();
  cv::setNumThreads(1);
  const ComposedFrame again = plan.swap(4, draw(face_at(clip, 4)));
  cv::setNumThreads(threads);
  EXPECT_EQ(again.frame, first.frame);
  EXPECT_EQ(again.alpha, first.alpha);
}

TEST(SelfBlend, FetchesNoSourceFrame) {
  SwapRequest request = request_for(HeadClip{}, HeadClip{});
  request.source_frame = [](std::int64_t) -> Frame { throw Error(ErrorKind::kInput, "fetched"); };
  EXPECT_EQ(plan_of(std::move(request)).swap(1, draw(face_at(HeadClip{}, 1))).status,
            FrameStatus::kSwapped);
}

TEST(SelfBlend, AMissingFaceIsPassedThrough) {
  SwapRequest request = request_for(HeadClip{}, HeadClip{});
  for (AnalyzedClip* clip : {&request.source, &request.target}) {
    auto& faces = clip->analysis.tracks[0].observations;
    faces.erase(faces.begin() + 5);
  }
  const auto plan = plan_of(std::move(request));
  const Frame frame = draw(face_at(HeadClip{}, 5));
  for (const std::int64_t index : {std::int64_t{5}, std::int64_t{1000}}) {
    const ComposedFrame out = plan.swap(index, frame);
    EXPECT_EQ(out.frame, frame);
    EXPECT_EQ(out.status, FrameStatus::kPassthrough);
  }
}

TEST(SelfBlend, RefusesSmallFacesShortTracksAndNoTrack) {
  SwapRequest small = request_for(HeadClip{}, HeadClip{});
  small.target.analysis.tracks[0].side_px = 63;
  EXPECT_EQ(refusal_of(std::move(small)), RejectReason::kFaceSmall);
  HeadClip clip;
  clip.n_frames = 9;
  EXPECT_EQ(refusal_of(request_for(clip, clip)), RejectReason::kTrackShort);
  SwapRequest empty = request_for(HeadClip{}, HeadClip{});
  empty.target.analysis.tracks.clear();
  EXPECT_EQ(refusal_of(std::move(empty)), RejectReason::kNoFace);
}

TEST(SelfBlend, TwoClipsAreABug) {
  SwapRequest request = request_for(HeadClip{}, HeadClip{});
  request.source.analysis.video_sha256 = sha256("another file");
  EXPECT_THROW((void)SelfBlendMethod().plan(std::move(request)), Error);
}

RC_GTEST_PROP(SelfBlendProperty, OutsideAlphaEveryFrameIsTheTarget, ()) {
  HeadClip clip;
  clip.n_frames = 12;
  clip.face.center = {static_cast<float>(*rc::gen::inRange(-60, 300)),
                      static_cast<float>(*rc::gen::inRange(-60, 280))};
  clip.face.roll_deg = static_cast<float>(*rc::gen::inRange(-90, 91));
  clip.face.mouth_open = static_cast<float>(*rc::gen::inRange(0, 11)) / 10;
  clip.face.face_width_px = static_cast<float>(*rc::gen::inRange(64, 300));
  SwapRequest request = request_for(clip, clip);
  request.seed = static_cast<std::uint64_t>(*rc::gen::inRange(0, 1000));
  request.target.analysis.tracks[0].side_px = 100;
  const auto plan = plan_of(std::move(request));
  const Frame frame = draw(face_at(clip, 3));
  RC_ASSERT(is_exact_outside_alpha(plan.swap(3, frame), frame));
}

}  // namespace
}  // namespace changeling
