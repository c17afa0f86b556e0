// OpenCV as the oracle of the geometry, masks and cloning.
#include <cmath>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "common/base/rng.h"
#include "common/face/average_face.h"
#include "common/tensor/pyramid.h"
#include "generator/methods/fsgan/crop_geometry.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/methods/fsgan/landmark_path.h"
#include "generator/methods/fsgan/poisson_solver.h"
#include "tests/unit/generator/fsgan/textured_frame.h"

namespace changeling {
namespace {

/// float32 HWC view of (3,S,S), in the tensor's range.
cv::Mat to_mat(const at::Tensor& image) {
  const at::Tensor rows = image.permute({1, 2, 0}).contiguous();
  return cv::Mat(static_cast<int>(rows.size(0)), static_cast<int>(rows.size(1)), CV_32FC3,
                 rows.data_ptr<float>())
      .clone();
}

/// The square cut from the frame with a black border, as float HWC 0..255.
cv::Mat padded_square(const Frame& frame, const CropSquare& square) {
  const cv::Mat whole(frame.height_px(), frame.width_px(), CV_8UC3,
                      const_cast<std::uint8_t*>(frame.data()));
  const int far = static_cast<int>(square.side) + 400;
  cv::Mat padded;
  cv::copyMakeBorder(whole, padded, far, far, far, far, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  cv::Mat cut;
  padded(cv::Rect(static_cast<int>(square.x) + far, static_cast<int>(square.y) + far,
                  static_cast<int>(square.side), static_cast<int>(square.side)))
      .convertTo(cut, CV_32F);
  return cut;
}

double largest(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

class TakeCrop : public testing::TestWithParam<CropSquare> {};

TEST_P(TakeCrop, AgreesWithResizingThePaddedSquare) {
  const Frame frame = textured_frame(300, 220);
  const CropSquare square = GetParam();
  const at::Tensor crop = take_crop(frame, square, 64);
  ASSERT_EQ(crop.sizes(), (at::IntArrayRef{3, 64, 64}));
  cv::Mat expected;
  cv::resize(padded_square(frame, square), expected, {64, 64}, 0, 0,
             square.side > 128 ? cv::INTER_AREA : cv::INTER_CUBIC);
  cv::min(cv::max(expected, 0), 255, expected);
  EXPECT_LT(largest(to_mat((crop + 1) * 127.5), expected), 0.01);
}

INSTANTIATE_TEST_SUITE_P(Squares, TakeCrop,
                         testing::Values(CropSquare{40, 30, 90}, CropSquare{100, 80, 64},
                                         CropSquare{120, 90, 31}, CropSquare{-20, -33, 120},
                                         CropSquare{60, 20, 201}, CropSquare{-50, -90, 400},
                                         CropSquare{250, 180, 100}),
                         [](const auto& c) { return "side" + std::to_string(c.param.side); });

TEST(Pyramid, AgreesWithPyrDown) {
  const at::Tensor image = take_crop(textured_frame(96, 96), {0, 0, 96}, 96);
  const Pyramid pyramid = make_pyramid(image.unsqueeze(0), 2, Halving::kPyrDown);
  cv::Mat expected;
  cv::pyrDown(to_mat(image), expected);
  EXPECT_LT(cv::norm(to_mat(pyramid.levels[1][0]), expected, cv::NORM_INF), 1e-6);
}

TEST(TurnCcw, AgreesWithWarpAffine) {
  const at::Tensor image = take_crop(textured_frame(96, 96), {0, 0, 96}, 96);
  for (const double angle : {7.0, -33.0, 90.0}) {
    const at::Tensor turned = turn_ccw(image.unsqueeze(0), {angle}, -1)[0];
    cv::Mat expected;
    // OpenCV's angles are counter-clockwise as seen, its pixel centres count from 0.
    cv::warpAffine(to_mat(image), expected, cv::getRotationMatrix2D({47.5F, 47.5F}, angle, 1),
                   {96, 96}, cv::INTER_CUBIC, cv::BORDER_CONSTANT, cv::Scalar::all(-1));
    const cv::Mat difference = cv::abs(to_mat(turned) - expected);
    // Weights in steps of 1/32 px: on the black border that is up to 2/32.
    EXPECT_LT(cv::norm(difference, cv::NORM_INF), 0.08) << angle;
    EXPECT_LT(cv::mean(difference)[0], 0.003) << angle;
  }
}

/// Kabsch's rotation by OpenCV's singular value decomposition: the oracle.
double kabsch_angle_deg(const std::vector<Point3F>& from, const std::vector<Point3F>& to) {
  cv::Mat a(static_cast<int>(from.size()), 3, CV_64F);
  cv::Mat b = a.clone();
  for (int i = 0; i < a.rows; ++i) {
    const auto k = static_cast<std::size_t>(i);
    *a.ptr<cv::Vec3d>(i) = cv::Vec3d(from[k].x, from[k].y, from[k].z);
    *b.ptr<cv::Vec3d>(i) = cv::Vec3d(to[k].x, to[k].y, to[k].z);
  }
  for (cv::Mat* m : {&a, &b}) {
    cv::Mat mean;
    cv::reduce(*m, mean, 0, cv::REDUCE_AVG);
    for (int i = 0; i < m->rows; ++i) {
      m->row(i) -= mean;
    }
  }
  const cv::SVD svd(a.t() * b);
  cv::Mat correction = cv::Mat::eye(3, 3, CV_64F);
  correction.at<double>(2, 2) = cv::determinant(svd.vt.t() * svd.u.t());
  const cv::Mat rotation = svd.vt.t() * correction * svd.u.t();
  return std::acos(std::min(1.0, (cv::trace(rotation)[0] - 1) / 2)) * 180 / CV_PI;
}

TEST(LandmarkPath, TurnsByKabschsAngle) {
  CounterRng rng(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<Point3F> from;
    std::vector<Point3F> to;
    const auto draw = [&] { return static_cast<float>(rng.uniform() * 2 - 1); };
    for (int i = 0; i < 7; ++i) {
      from.push_back({draw(), draw(), draw()});
      to.push_back({draw(), draw(), draw()});
    }
    EXPECT_NEAR(LandmarkPath(from, to).angle_deg(), kabsch_angle_deg(from, to), 1e-3);
  }
}

/// The average face, (1,68,2), `scale` crop widths a centimetre.
at::Tensor face_landmarks(float scale, float x = 0.5F, float y = 0.5F) {
  at::Tensor landmarks = at::empty({1, 68, 2});
  for (std::int64_t i = 0; i < 68; ++i) {
    const Point3F& p = average_face()[static_cast<std::size_t>(i)];
    landmarks[0][i][0] = scale * p.x + x;
    landmarks[0][i][1] = scale * p.y + y;
  }
  return landmarks;
}

cv::Point2f center_of(int x, int y) {
  return {static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
}

TEST(FaceHullMask, IsTheConvexHullOfFaceAndForehead) {
  const at::Tensor mask = face_hull_mask(face_landmarks(0.04F), 100);
  ASSERT_EQ(mask.sizes(), (at::IntArrayRef{1, 1, 100, 100}));
  std::vector<cv::Point2f> points;
  for (const Point3F& p : average_face()) {
    points.emplace_back((0.04F * p.x + 0.5F) * 100, (0.04F * p.y + 0.5F) * 100);
  }
  std::vector<cv::Point2f> hull;
  cv::convexHull(points, hull);
  int wrong = 0;
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 100; ++x) {
      const double side = cv::pointPolygonTest(hull, center_of(x, y), true);
      const float value = mask[0][0][y][x].item<float>();
      ASSERT_TRUE(value == 0 || value == 1);
      wrong += std::abs(side) > 0.01 && (side > 0) != (value == 1) ? 1 : 0;
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(SolvePoisson, AgreesWithSeamlessCloneOnARectangle) {
  // seamlessClone keeps the target's gradients in a ring of 3 px inside the mask's box. With little
  // slope there, in either picture, both are asked for the same. Its centre is the box's corner
  // plus half its side: with (min + max) / 2 an even side shifts the clone by a pixel.
  const cv::Rect box(25, 20, 66, 62);
  cv::Mat source(100, 120, CV_8UC3, cv::Scalar(80, 90, 100));
  cv::Mat target(100, 120, CV_8UC3);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 120; ++x) {
      target.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(130 + x / 8), 140, 120);
      if (cv::Rect(35, 30, 46, 42).contains({x, y})) {
        source.at<cv::Vec3b>(y, x)[0] = static_cast<std::uint8_t>(80 + 30 * std::sin(0.3 * x));
      }
    }
  }
  const cv::Mat mask = cv::Mat::zeros(100, 120, CV_8U);
  mask(box).setTo(255);
  cv::Mat expected;
  cv::seamlessClone(source, target, mask, {box.x + box.width / 2, box.y + box.height / 2}, expected,
                    cv::NORMAL_CLONE);
  const auto to_tensor = [](const cv::Mat& image) {
    const at::Tensor bytes = at::from_blob(image.data, {100, 120, image.channels()}, at::kByte);
    return bytes.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat).contiguous();
  };
  const at::Tensor clone =
      solve_poisson(to_tensor(source), to_tensor(target), (to_tensor(mask) > 0).to(at::kFloat));
  const at::Tensor difference = (clone - to_tensor(expected)).abs();
  EXPECT_LT(difference.slice(2, 26, 75).slice(3, 31, 85).max().item<double>(), 2.5) << "of 255";
  EXPECT_LT(difference.slice(2, 20, 82).slice(3, 25, 91).mean().item<double>(), 1);
}

}  // namespace
}  // namespace changeling
