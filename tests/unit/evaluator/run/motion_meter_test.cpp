#include "evaluator/run/motion_meter.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

/// A smooth texture, moved to the right.
Frame texture(int width_px, int height_px, double right_px) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      const double u = (x - right_px) * 800 / height_px;
      const double v = y * 800.0 / height_px;
      const double value = 128 + 50 * std::sin(0.13 * u + 0.05 * v) + 50 * std::cos(0.11 * v);
      pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(std::lround(value)));
    }
  }
  return Frame(width_px, height_px, PixelFormat::kRgb24, std::move(pixels));
}

/// The left half is swapped.
FramePictures pictures(int width_px, int height_px, double right_px) {
  std::vector<std::uint8_t> alpha;
  for (int i = 0; i < width_px * height_px; ++i) {
    alpha.push_back(i % width_px < width_px / 2 ? 255 : 0);
  }
  FramePictures result;
  result.fake = texture(width_px, height_px, right_px);
  result.target = texture(width_px, height_px, 0);
  result.alpha = Frame(width_px, height_px, PixelFormat::kGray8, std::move(alpha));
  return result;
}

/// Whose face box lies at `box` on frame `frame` of its medium.
PersonClip face_at(std::int64_t frame, const BBox& box) {
  FaceObservation face;
  face.frame_index = frame;
  // All points in two corners: face_box() makes 0.93 of their width, 1.33 of their height.
  const float width = box.width / 0.93F;
  const float height = box.height / 1.33F;
  const PointF middle = {box.center().x, box.center().y + 0.19F * height};
  face.landmarks.assign(34, {middle.x - width / 2, middle.y - height / 2});
  face.landmarks.resize(68, {middle.x + width / 2, middle.y + height / 2});
  PersonClip person;
  person.track.observations.push_back(face);
  return person;
}

/// Of a fake that moves to the right and a target that does not.
std::optional<MotionStep> step_of(int width_px, int height_px, double right_px,
                                  const PersonClip& target = {}) {
  return MotionMeter().measure(target, 1, pictures(width_px, height_px, 0),
                               pictures(width_px, height_px, right_px));
}

double inner_motion(const at::Tensor& flow) {
  return flow.slice(0, 40, -40).slice(1, 40, -40).select(2, 0).mean().item<double>();
}

using Sizes = std::vector<std::int64_t>;

TEST(MotionMeter, LargePicturesAreShrunkAndMoveAccordingly) {
  const std::optional<MotionStep> step = step_of(600, 448, 4);
  ASSERT_TRUE(step.has_value());
  for (const at::Tensor* picture :
       {&step->fake_before, &step->fake_after, &step->target_before, &step->target_after}) {
    EXPECT_EQ(picture->sizes(), (Sizes{224, 296, 3}));  // 300, cut to a multiple of 8
  }
  EXPECT_EQ(step->alpha_before.sizes(), (Sizes{224, 296}));
  EXPECT_EQ(step->fake_forward.sizes(), (Sizes{224, 296, 2}));
  EXPECT_NEAR(inner_motion(step->fake_forward), 2, 0.1);  // 4 px of 448
  EXPECT_NEAR(inner_motion(step->target_forward), 0, 0.01);
  EXPECT_NEAR(inner_motion(step->target_backward), 0, 0.01);
  EXPECT_TRUE(at::equal(step->alpha_before.select(0, 7).ge(128), at::arange(296).lt(148)));
}

TEST(MotionMeter, ShowsTheSquareAroundTheFace) {
  const std::optional<MotionStep> step = step_of(600, 448, 2, face_at(0, {280, 150, 60, 80}));
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->fake_before.sizes(), (Sizes{160, 160, 3}));
  EXPECT_NEAR(inner_motion(step->fake_forward), 2, 0.1);  // not shrunk
  const Frame whole = texture(600, 448, 0);
  // The square begins at (310 - 80, 190 - 80).
  EXPECT_EQ(step->fake_before[0][0][0].item<int>(), whole.data()[3 * (110 * 600 + 230)]);
  EXPECT_EQ(step->alpha_before.ge(128).sum().item<int>(), 160 * 70);  // up to column 300
}

TEST(MotionMeter, SquareIsCutAtTheFrame) {
  const std::optional<MotionStep> step = step_of(600, 448, 2, face_at(0, {-40, 398, 80, 80}));
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->fake_before.sizes(), (Sizes{88, 80, 3}));  // 80 of 160 px, 90 of 160 px
}

TEST(MotionMeter, FaceBesideThePictureGivesTheWholeOne) {
  const auto step = step_of(203, 151, 2, face_at(0, {-200, 100, 80, 80}));
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->fake_before.sizes(), (Sizes{144, 200, 3}));
}

TEST(MotionMeter, WithoutAFaceOnTheFrameTheNearestOneCounts) {
  PersonClip target = face_at(90, {280, 150, 60, 80});
  target.track.observations.push_back(face_at(97, {280, 150, 60, 120}).track.observations.front());
  target.first_frame = 92;  // of 90 and 97
  EXPECT_EQ(step_of(600, 448, 2, target)->fake_before.sizes(), (Sizes{160, 160, 3}));
  target.first_frame = 94;
  EXPECT_EQ(step_of(600, 448, 2, target)->fake_before.sizes(), (Sizes{224, 224, 3}));
}

TEST(MotionMeter, AnotherFaceOfTheSameClipHasFlowsOfItsOwn) {
  MotionMeter meter;
  PersonClip target = face_at(0, {280, 150, 60, 80});
  const auto measure = [&] {
    return meter.measure(target, 1, pictures(600, 448, 0), pictures(600, 448, 2));
  };
  EXPECT_EQ(measure()->target_forward.sizes(), (Sizes{160, 160, 2}));
  target.track = face_at(0, {280, 150, 40, 40}).track;
  target.subject_id = SubjectId{2};
  EXPECT_EQ(measure()->target_forward.sizes(), (Sizes{80, 80, 2}));
}

TEST(MotionMeter, SmallPicturesAreOnlyCut) {
  const std::optional<MotionStep> step = step_of(203, 151, 2);
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->fake_before.sizes(), (at::IntArrayRef{144, 200, 3}));
  EXPECT_NEAR(inner_motion(step->fake_forward), 2, 0.1);
  const Frame whole = texture(203, 151, 0);
  EXPECT_EQ(step->fake_before[0][0][0].item<int>(), whole.data()[3 * (3 * 203 + 1)]);
}

TEST(MotionMeter, WhatIsMissingOrTooSmallGivesNoStep) {
  EXPECT_FALSE(step_of(40, 7, 1).has_value());
  FramePictures before = pictures(40, 40, 0);
  const FramePictures after = pictures(40, 40, 1);
  EXPECT_TRUE(MotionMeter().measure(PersonClip(), 1, before, after).has_value());
  before.alpha.reset();
  EXPECT_FALSE(MotionMeter().measure(PersonClip(), 1, before, after).has_value());
  EXPECT_FALSE(
      MotionMeter().measure(PersonClip(), 1, pictures(48, 40, 0), pictures(40, 40, 0)).has_value());
}

}  // namespace
}  // namespace changeling
