#include <gtest/gtest.h>

#include "tests/unit/evaluator/metrics/metric_fixture.h"

namespace changeling {
namespace {

constexpr int kWidth = 40;
constexpr int kHeight = 30;

/// The sample of a frame with this alpha whose target's face fills `area`.
Sample score_masks(const Frame& alpha, const Frame& area) {
  const Frame target = textured_frame(kWidth, kHeight);
  FrameSample frame;
  frame.target = &target;
  frame.alpha = &alpha;
  frame.target_face.found = true;
  frame.target_face.area = area;
  return score_one(*make_mask_iou(), frame);
}

Frame box(int first_x, int last_x) {
  return box_alpha(kWidth, kHeight, first_x, 5, last_x, 25);
}

TEST(MaskIou, EqualMasksAreExactlyPerfect) {
  EXPECT_EQ(score_masks(box(10, 30), box(10, 30)).value, 1);
}

TEST(MaskIou, MatchesHandComputedValue) {
  // 20 columns each, 15 shared, 25 of either.
  EXPECT_EQ(score_masks(box(10, 30), box(15, 35)).value, 15.0 / 25);
  EXPECT_EQ(score_masks(box(0, 10), box(20, 30)).value, 0);
}

TEST(MaskIou, FallsAsTheMaskMovesAwayAndIsSymmetric) {
  double last = 1;
  for (const int shift : {1, 3, 6, 10}) {
    const double value = score_masks(box(5 + shift, 25 + shift), box(5, 25)).value;
    EXPECT_LT(value, last) << shift;
    EXPECT_EQ(value, score_masks(box(5, 25), box(5 + shift, 25 + shift)).value);
    last = value;
  }
}

TEST(MaskIou, OnlyPixelsThatOutweighTheTargetCount) {
  const auto filled = [](std::uint8_t value) {
    return Frame(kWidth, kHeight, PixelFormat::kGray8,
                 std::vector<std::uint8_t>(static_cast<std::size_t>(kWidth) * kHeight, value));
  };
  EXPECT_EQ(score_masks(filled(128), filled(255)).value, 1);
  EXPECT_EQ(score_masks(filled(127), filled(255)).status, SampleStatus::kSkipped);
}

TEST(MaskIou, InvalidInputGivesAStatus) {
  EXPECT_EQ(score_masks(box(10, 30), empty_alpha(kWidth, kHeight)).status, SampleStatus::kNoFace);
  EXPECT_EQ(score_masks(empty_alpha(kWidth, kHeight), box(10, 30)).status, SampleStatus::kSkipped);
  EXPECT_EQ(score_masks(box(10, 30), empty_alpha(kWidth, kHeight - 2)).status,
            SampleStatus::kDecodeError);
  const Frame picture = textured_frame(kWidth, kHeight);
  const Frame alpha = box(10, 30);
  FrameSample unmeasured;
  unmeasured.target = &picture;
  unmeasured.alpha = &alpha;
  EXPECT_EQ(score_one(*make_mask_iou(), unmeasured).status, SampleStatus::kNoFace);
}

TEST(MaskIou, VersionOneIsLocked) {
  EXPECT_NEAR(score_masks(box_alpha(kWidth, kHeight, 3, 2, 28, 21), box(7, 31)).value, 336.0 / 619,
              1e-12);
  EXPECT_EQ(make_mask_iou()->info().version, 1);
}

}  // namespace
}  // namespace changeling
