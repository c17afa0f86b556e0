#include "generator/methods/mesh_swap/poisson_clone.h"

#include <cmath>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "common/base/error.h"
#include "generator/methods/mesh_swap/harmonic_fill.h"

namespace changeling {
namespace {

FloatImage disc_mask(int width, int height, PointF center, float radius) {
  FloatImage mask(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float distance = std::hypot(static_cast<float>(x) + 0.5F - center.x,
                                        static_cast<float>(y) + 0.5F - center.y);
      mask.at(x, y) = distance < radius ? 1.0F : 0.0F;
    }
  }
  return mask;
}

/// x^2 - y^2 about the middle: harmonic, also for the 5-point stencil.
FloatImage saddle(int width, int height) {
  FloatImage image(width, height, 1);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto u = static_cast<float>(x - width / 2);
      const auto v = static_cast<float>(y - height / 2);
      image.at(x, y) = (u * u - v * v) / 40;
    }
  }
  return image;
}

struct FillCase {
  int width;
  int height;
  float radius;
};

class HarmonicFillOfADisc : public testing::TestWithParam<FillCase> {};

TEST_P(HarmonicFillOfADisc, RestoresAHarmonicFunction) {
  const auto [width, height, radius] = GetParam();
  const FloatImage exact = saddle(width, height);
  const FloatImage unknown =
      disc_mask(width, height,
                {static_cast<float>(width) * 0.5F, static_cast<float>(height) * 0.45F}, radius);
  FloatImage start = exact;
  for (std::size_t i = 0; i < start.values.size(); ++i) {
    start.values[i] = unknown.values[i] > 0 ? -1000.0F : start.values[i];  // must not be read
  }
  const FloatImage filled = harmonic_fill(start, unknown);
  double range = 0;
  cv::minMaxLoc(cv::abs(as_mat(exact)), nullptr, &range);
  for (std::size_t i = 0; i < exact.values.size(); ++i) {
    if (unknown.values[i] == 0) {
      ASSERT_EQ(filled.values[i], exact.values[i]);
    } else {
      ASSERT_NEAR(filled.values[i], exact.values[i], 0.002 * range);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, HarmonicFillOfADisc,
                         testing::Values(FillCase{12, 11, 4}, FillCase{64, 64, 28},
                                         FillCase{201, 150, 66}, FillCase{37, 240, 17}));

TEST(HarmonicFill, ConstantBorderGivesAConstant) {
  const FloatImage filled =
      harmonic_fill(FloatImage(50, 40, 3, 7.0F), disc_mask(50, 40, {20, 22}, 15));
  for (const float value : filled.values) {
    ASSERT_NEAR(value, 7, 1e-3);
  }
}

TEST(HarmonicFill, ThePicturesOwnBorderIsFree) {
  // Known only on the left; the rest has no other border, so it takes that value everywhere.
  FloatImage values(60, 40, 1, 0.0F);
  FloatImage unknown(60, 40, 1, 1.0F);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 5; ++x) {
      values.at(x, y) = 12;
      unknown.at(x, y) = 0;
    }
  }
  const FloatImage filled = harmonic_fill(values, unknown);
  EXPECT_NEAR(filled.at(20, 20), 12, 0.01);
  EXPECT_NEAR(filled.at(59, 0), 12, 0.01);
}

TEST(HarmonicFill, WithoutAnyBorderItIsZero) {
  const FloatImage filled = harmonic_fill(FloatImage(20, 20, 2, 5.0F), FloatImage(20, 20, 1, 1.0F));
  EXPECT_EQ(cv::countNonZero(as_mat(filled).reshape(1)), 0);
}

/// A textured source patch that is darker and of another tint than the target.
struct ClonePair {
  FloatImage source{120, 100, 3};
  FloatImage target{120, 100, 3};
  FloatImage mask = disc_mask(120, 100, {58, 52}, 34);

  ClonePair() {
    for (int y = 0; y < 100; ++y) {
      for (int x = 0; x < 120; ++x) {
        for (int c = 0; c < 3; ++c) {
          source.at(x, y, c) = static_cast<float>(
              std::round(80 + 10 * c + 12 * std::sin(0.3 * x + c) * std::cos(0.25 * y)));
          target.at(x, y, c) = static_cast<float>(std::round(130 + 0.4 * x - 0.2 * y - 8 * c));
        }
      }
    }
  }
};

TEST(PoissonClone, AgreesWithSeamlessCloneOnARectangle) {
  // seamlessClone solves on the mask's bounding box and keeps the target's gradients in a ring of 3
  // px and in the box's corners. A rectangle with little slope near its border, in either picture,
  // asks both for the same thing.
  const cv::Rect box(25, 20, 67, 61);
  cv::Mat source(100, 120, CV_8UC3, cv::Scalar(80, 90, 100));
  cv::Mat target(100, 120, CV_8UC3);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 120; ++x) {
      target.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(130 + x / 8), 140, 120);
      if (cv::Rect(35, 30, 47, 41).contains({x, y})) {
        source.at<cv::Vec3b>(y, x)[0] = static_cast<std::uint8_t>(80 + 30 * std::sin(0.3 * x));
      }
    }
  }
  const cv::Mat mask = cv::Mat::zeros(100, 120, CV_8U);
  mask(box).setTo(255);
  cv::Mat expected;
  cv::seamlessClone(source, target, mask, {box.x + box.width / 2, box.y + box.height / 2}, expected,
                    cv::NORMAL_CLONE);
  FloatImage source_float(120, 100, 3);
  FloatImage target_float(120, 100, 3);
  FloatImage mask_float(120, 100, 1);
  cv::Mat view = as_mat(source_float);
  source.convertTo(view, CV_32F);
  view = as_mat(target_float);
  target.convertTo(view, CV_32F);
  view = as_mat(mask_float);
  mask.convertTo(view, CV_32F, 1.0 / 255.0);

  const FloatImage cloned = poisson_clone(source_float, target_float, mask_float);

  cv::Mat difference;
  cv::absdiff(as_mat(cloned), cv::Mat_<cv::Vec3f>(expected), difference);
  EXPECT_LT(cv::norm(difference(cv::Rect(31, 26, 55, 49)), cv::NORM_INF), 2.5);
  EXPECT_LT(cv::mean(difference(box))[0], 1);
}

TEST(PoissonClone, LeavesTheTargetOutsideAlone) {
  const ClonePair pair;
  const FloatImage cloned = poisson_clone(pair.source, pair.target, pair.mask);
  for (std::size_t i = 0; i < pair.mask.values.size(); ++i) {
    if (pair.mask.values[i] == 0) {
      ASSERT_EQ(cloned.values[3 * i], pair.target.values[3 * i]);
    }
  }
}

TEST(PoissonClone, KeepsTheSourcesGradientsInside) {
  // Target = source + a plane: harmonic, so the clone must be exactly the target.
  ClonePair pair;
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 120; ++x) {
      for (int c = 0; c < 3; ++c) {
        pair.target.at(x, y, c) = pair.source.at(x, y, c) + 0.1F * static_cast<float>(x) - 20;
      }
    }
  }
  const FloatImage cloned = poisson_clone(pair.source, pair.target, pair.mask);
  EXPECT_LT(cv::norm(as_mat(cloned), as_mat(pair.target), cv::NORM_INF), 0.3);
}

TEST(PoissonClone, ASmallerGridGivesNearlyTheSame) {
  const ClonePair pair;
  FloatImage difference = pair.target;
  add_scaled(difference, pair.source, -1);
  cv::Mat mat = as_mat(difference);
  cv::GaussianBlur(mat, mat, {}, 6);
  const FloatImage full = poisson_clone(pair.source, pair.target, pair.mask, difference, 0);
  const FloatImage small = poisson_clone(pair.source, pair.target, pair.mask, difference, 40);
  EXPECT_LT(cv::norm(as_mat(full), as_mat(small), cv::NORM_INF), 1.5);
}

TEST(PoissonClone, AnEmptyMaskGivesTheTarget) {
  const ClonePair pair;
  const FloatImage cloned = poisson_clone(pair.source, pair.target, FloatImage(120, 100, 1));
  EXPECT_EQ(cloned.values, pair.target.values);
}

TEST(PoissonClone, RefusesDifferentSizes) {
  const ClonePair pair;
  EXPECT_THROW(static_cast<void>(poisson_clone(pair.source, pair.target, FloatImage(3, 3, 1))),
               Error);
}

}  // namespace
}  // namespace changeling
