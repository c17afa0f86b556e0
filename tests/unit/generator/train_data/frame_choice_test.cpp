#include "generator/train_data/frame_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// A face whose shape depends on `opening` alone; place and size must not matter.
FoundFace face_of(std::int64_t frame_index, float opening, float sharpness = 1) {
  FoundFace face;
  const auto scale = static_cast<float>(1 + frame_index % 3);
  face.landmarks_px = {{0, 0}, {10 * scale, 0}, {0, 10 * scale}, {5 * scale, opening * scale}};
  for (PointF& point : face.landmarks_px) {
    point.x += static_cast<float>(frame_index);
  }
  face.frame_index = frame_index;
  face.sharpness = sharpness;
  return face;
}

TEST(ChooseFrames, KeepsShortSequencesWhole) {
  const std::vector<FoundFace> faces = {face_of(0, 1), face_of(1, 1), face_of(2, 1)};
  EXPECT_THAT(choose_frames(faces, {3, 4}), ElementsAre(0, 1, 2));
}

TEST(ChooseFrames, BeginsWithTheSharpestAndGoesToTheMostDifferent) {
  const std::vector<FoundFace> faces = {face_of(0, 1), face_of(4, 2, 9), face_of(8, 2.1F),
                                        face_of(12, 9)};
  EXPECT_THAT(choose_frames(faces, {2, 4}), ElementsAre(1, 3));
  EXPECT_THAT(choose_frames(faces, {3, 4}), ElementsAre(0, 1, 3));
}

TEST(ChooseFrames, KeepsTheDistanceInTime) {
  const std::vector<FoundFace> faces = {face_of(0, 1, 9), face_of(3, 9), face_of(4, 5),
                                        face_of(6, 7)};
  EXPECT_THAT(choose_frames(faces, {2, 4}), ElementsAre(0, 3));
  EXPECT_THAT(choose_frames(faces, {3, 4}), ElementsAre(0, 3));  // 4 is near 6
}

TEST(ChooseFrames, EndsWhenNothingIsLeft) {
  std::vector<FoundFace> faces;
  for (int i = 0; i < 20; ++i) {
    faces.push_back(face_of(i, 1));  // all alike: ties go to the earlier
  }
  EXPECT_THAT(choose_frames(faces, {10, 8}), SizeIs(3));
  EXPECT_THAT(choose_frames({}, {10, 8}), SizeIs(0));
}

}  // namespace
}  // namespace changeling
