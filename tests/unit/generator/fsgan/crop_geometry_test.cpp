#include "generator/methods/fsgan/crop_geometry.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/golden_values.h"
#include "tests/unit/generator/fsgan/textured_frame.h"

namespace changeling {
namespace {

TEST(CropGeometryGolden, SquaresOfTheSpecification) {
  const auto check = [](const BBox& box, double scale, const CropSquare& expected) {
    const CropSquare square = crop_square(box, scale);
    expect_golden("square_x", static_cast<double>(square.x), static_cast<double>(expected.x), 0);
    expect_golden("square_y", static_cast<double>(square.y), static_cast<double>(expected.y), 0);
    expect_golden("square_side", static_cast<double>(square.side),
                  static_cast<double>(expected.side), 0);
  };
  check({10, 20, 90, 110}, 1.2, {-11, 9, 132});
  check({0, 0, 100, 101}, 1.2, {-10, -10, 121});
  check({33.3F, 44.7F, 77.5F, 99.5F}, 2, {-27, -5, 199});
}

TEST(CropSquare, RefusesEmptyHugeAndNotFiniteBoxes) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const BBox& box : {BBox{0, 0, 0, 5}, BBox{0, 0, -3, -4}, BBox{nan, 0, 5, 5},
                          BBox{0, 0, nan, 5}, BBox{0, infinity, 5, 5}, BBox{0, 0, 1e9F, 5}}) {
    EXPECT_THROW(static_cast<void>(crop_square(box, 1.2)), Error);
  }
  EXPECT_NO_THROW(static_cast<void>(crop_square({1e30F, -1e30F, 5, 5}, 1.2)));
}

TEST(CropLandmarks, GoThereAndBack) {
  const CropSquare square = {-11, 9, 132};
  const Landmarks landmarks = {{-11, 9}, {121, 141}, {55, 75}, {500, -80}};
  const Landmarks crop = to_crop(landmarks, square);
  EXPECT_EQ(crop[0].x, 0);
  EXPECT_EQ(crop[1].y, 1);
  EXPECT_EQ(crop[2].x, 0.5F);
  const Landmarks back = to_frame(crop, square);
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    EXPECT_NEAR(back[i].x, landmarks[i].x, 1e-3);
    EXPECT_NEAR(back[i].y, landmarks[i].y, 1e-3);
  }
}

TEST(TakeCropBorder, IsBlackFarOutsideTheFrame) {
  const Frame frame = textured_frame(40, 30);
  for (const CropSquare& square : {CropSquare{1000, 5, 20}, CropSquare{-500, -500, 300},
                                   CropSquare{1000000000, -1000000000, 65536}}) {
    const at::Tensor crop = take_crop(frame, square, 16);
    EXPECT_EQ(crop.max().item<float>(), -1);
    EXPECT_EQ(crop.min().item<float>(), -1);
  }
}

TEST(TurnCcw, ZeroChangesNoBit) {
  const at::Tensor images = at::rand({2, 3, 20, 20});
  EXPECT_TRUE(at::equal(turn_ccw(images, {0, 0}, -1), images));
}

TEST(TurnCcw, AnImageDoesNotDependOnItsBatch) {
  const at::Tensor images = at::rand({3, 3, 37, 37});
  const at::Tensor together = turn_ccw(images, {12.5, -71, 3}, -1);
  for (std::int64_t i = 0; i < 3; ++i) {
    const double angle = std::vector<double>{12.5, -71, 3}[static_cast<std::size_t>(i)];
    EXPECT_TRUE(at::equal(turn_ccw(images.slice(0, i, i + 1), {angle}, -1)[0], together[i]));
  }
}

TEST(TurnCcw, LandmarksTurnWithTheImage) {
  // A bright spot and a landmark on it.
  at::Tensor image = at::full({1, 1, 65, 65}, -1.0F);
  image[0][0].slice(0, 19, 22).slice(1, 44, 47).fill_(1);
  const Landmarks spot = {{45.5F / 65, 20.5F / 65}};
  const at::Tensor turned = (turn_ccw(image, {40}, -1)[0][0] + 1).clamp_min(0);
  const at::Tensor centers = (at::arange(65) + 0.5F) / 65;
  const double x = ((turned * centers).sum() / turned.sum()).item<double>();
  const double y = ((turned * centers.unsqueeze(1)).sum() / turned.sum()).item<double>();
  const PointF expected = turn_ccw(spot, 40)[0];
  EXPECT_NEAR(x, expected.x, 0.003);
  EXPECT_NEAR(y, expected.y, 0.003);
  EXPECT_LT(expected.y, spot[0].y) << "a point on the right goes up";
}

TEST(TurnCcw, NeedsAnAngleForEachImage) {
  EXPECT_THROW(static_cast<void>(turn_ccw(at::zeros({2, 1, 4, 4}), {1}, 0)), Error);
  EXPECT_THROW(static_cast<void>(turn_ccw(at::zeros({1, 1, 4, 5}), {1}, 0)), Error);
}

}  // namespace
}  // namespace changeling
