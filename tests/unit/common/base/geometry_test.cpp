#include "common/base/geometry.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/golden_values.h"

namespace changeling {
namespace {

TEST(IouGolden, OfShiftedBoxes) {
  const auto shifted = [](float by) { return iou({0, 0, 100, 100}, {by, 0, 100, 100}); };
  expect_golden("iou_shift10", shifted(10), .8182, 5e-5);
  expect_golden("iou_shift14", shifted(14), .7544, 5e-5);
  expect_golden("iou_shift15", shifted(15), .7391, 5e-5);
}

TEST(Iou, IsOneForEqualAndZeroForTouchingBoxes) {
  const BBox box{10, 20, 30, 40};
  EXPECT_FLOAT_EQ(iou(box, box), 1);
  EXPECT_FLOAT_EQ(iou(box, {40, 20, 30, 40}), 0);
}

TEST(Iou, MatchesAHandComputedOverlap) {
  EXPECT_FLOAT_EQ(iou({0, 0, 2, 2}, {1, 0, 2, 2}), 2.0F / 6.0F);
}

TEST(PoseDistance, WrapsEachAngle) {
  EXPECT_NEAR(pose_distance_deg({179, 0, 0}, {-179, 0, 0}), 2, 1e-4);
}

TEST(CropTransform, SquareMapsItsCornersToTheCrop) {
  const CropTransform crop = CropTransform::square({100, 50}, 40, 80);
  const PointF corner = crop.to_crop({80, 30});
  EXPECT_NEAR(corner.x, 0, 1e-4);
  EXPECT_NEAR(corner.y, 0, 1e-4);
  EXPECT_NEAR(crop.to_crop({120, 70}).x, 80, 1e-4);
}

TEST(CropTransform, RollIsTakenOut) {
  // A head rolled clockwise by 90 degrees has its top toward +x; upright in the crop it points to
  // -y.
  const CropTransform crop = CropTransform::square({0, 0}, 2, 2, 90);
  const PointF top = crop.to_crop({1, 0});
  EXPECT_NEAR(top.x, 1, 1e-5);
  EXPECT_NEAR(top.y, 0, 1e-5);
}

TEST(CropTransform, RoundTripsWithinAHundredthOfAPixel) {
  const CropTransform crop = CropTransform::square({333.3F, 212.7F}, 181.5F, 256, 17.3F);
  const PointF back = crop.to_frame(crop.to_crop({300.25F, 199.75F}));
  EXPECT_NEAR(back.x, 300.25, 0.01);
  EXPECT_NEAR(back.y, 199.75, 0.01);
}

TEST(CropTransform, SimilarityRecoversScaleRotationAndShift) {
  const CropTransform truth = CropTransform::square({12, 34}, 56, 112, 30);
  const std::vector<PointF> from = {{0, 0}, {10, 0}, {0, 10}, {7, 3}};
  std::vector<PointF> to;
  for (const PointF& point : from) {
    to.push_back(truth.to_crop(point));
  }
  const CropTransform fitted = CropTransform::similarity(from, to);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(fitted.matrix()[i], truth.matrix()[i], 1e-4);
  }
}

TEST(CropTransform, RefusesASingularMatrix) {
  EXPECT_THROW(CropTransform({1, 2, 0, 2, 4, 0}), Error);
}

}  // namespace
}  // namespace changeling
