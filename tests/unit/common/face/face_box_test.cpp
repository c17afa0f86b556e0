#include "common/face/face_box.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// 68 points whose box is x 10..110, y 20..220.
Landmarks points() {
  Landmarks landmarks(68, PointF{50, 100});
  landmarks[0] = {10, 100};
  landmarks[8] = {60, 220};
  landmarks[16] = {110, 100};
  landmarks[19] = {40, 20};
  return landmarks;
}

TEST(FaceBox, AddsTheForehead) {
  const BBox box = face_box(points());
  EXPECT_FLOAT_EQ(box.width, 93);
  EXPECT_FLOAT_EQ(box.height, 266);
  EXPECT_FLOAT_EQ(box.center().x, 60);
  EXPECT_FLOAT_EQ(box.center().y, 120 - 0.19F * 200);
}

TEST(FaceBox, NeedsAllLandmarks) {
  Landmarks landmarks = points();
  landmarks.pop_back();
  EXPECT_THROW((void)face_box(landmarks), Error);
}

}  // namespace
}  // namespace changeling
