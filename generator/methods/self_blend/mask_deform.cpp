#include "generator/methods/self_blend/mask_deform.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/rng.h"
#include "common/face/average_face.h"

namespace changeling {
namespace {

constexpr double kFaceShare = 0.6;
constexpr double kElasticSigmaPx = 7;
constexpr double kElasticPx = 50;  // times noise of that sigma: about 1 px rms
constexpr int kSubPixelBits = 4;

/// The average face's landmarks in the crop.
Landmarks make_template() {
  std::vector<PointF> points;
  for (const Point3F& point : average_face()) {
    points.push_back({point.x, point.y});
  }
  const BBox box = bounding_box(points);
  const auto scale =
      static_cast<float>(kFaceShare * kBlendCropPx / std::max(box.width, box.height));
  const PointF center = box.center();
  points.resize(kLandmarkCount);
  for (PointF& point : points) {
    point = {(point.x - center.x) * scale + kBlendCropPx / 2.0F,
             (point.y - center.y) * scale + kBlendCropPx / 2.0F};
  }
  return points;
}

std::vector<PointF> hull_points(const Landmarks& landmarks, HullKind kind) {
  if (kind == HullKind::kFace) {
    return extend_landmarks(landmarks);
  }
  constexpr std::ptrdiff_t kJawPoints = 17;
  return {landmarks.begin() + (kind == HullKind::kFeatures ? kJawPoints : 0), landmarks.end()};
}

cv::Mat fill_hull(const std::vector<PointF>& points) {
  std::vector<cv::Point> corners;
  for (const PointF& point : points) {
    const auto fixed_point = [](float coordinate) {
      const float near = std::clamp(coordinate - 0.5F, -4.0F * kBlendCropPx, 4.0F * kBlendCropPx);
      return static_cast<int>(std::lround(near * static_cast<float>(1 << kSubPixelBits)));
    };
    corners.emplace_back(fixed_point(point.x), fixed_point(point.y));
  }
  std::vector<cv::Point> hull;
  cv::convexHull(corners, hull);
  cv::Mat mask = cv::Mat::zeros(kBlendCropPx, kBlendCropPx, CV_8U);
  cv::fillConvexPoly(mask, hull, cv::Scalar(255), cv::LINE_AA, kSubPixelBits);
  cv::Mat result;
  mask.convertTo(result, CV_32F, 1.0 / 255);
  return result;
}

cv::Mat smooth_noise(CounterRng& rng) {
  cv::Mat noise(kBlendCropPx, kBlendCropPx, CV_32F);
  for (int y = 0; y < noise.rows; ++y) {
    for (int x = 0; x < noise.cols; ++x) {
      noise.at<float>(y, x) = static_cast<float>(2 * rng.uniform() - 1);
    }
  }
  cv::GaussianBlur(noise, noise, cv::Size(), kElasticSigmaPx);
  return noise;
}

/// Scales to a peak of 1; false for an empty mask.
bool normalize_peak(cv::Mat& mask) {
  double peak = 0;
  cv::minMaxLoc(mask, nullptr, &peak);
  if (peak <= 0) {
    return false;
  }
  mask *= 1 / peak;
  return true;
}

/// The two blurs with the cut between them; false when nothing is left.
bool soften(cv::Mat& mask, const BlendDraw& draw) {
  constexpr float kFull = 1 - 1e-3F;
  cv::GaussianBlur(mask, mask, cv::Size(draw.first_kernel_px, draw.first_kernel_px), 0, 0,
                   cv::BORDER_CONSTANT);
  if (!normalize_peak(mask)) {
    return false;
  }
  cv::threshold(mask, mask, kFull, 1, cv::THRESH_BINARY);
  cv::GaussianBlur(mask, mask, cv::Size(draw.second_kernel_px, draw.second_kernel_px),
                   draw.second_sigma_px, draw.second_sigma_px, cv::BORDER_CONSTANT);
  return normalize_peak(mask);
}

}  // namespace

CropTransform blend_crop(const Landmarks& landmarks) {
  static const Landmarks kTemplate = make_template();
  return CropTransform::similarity(landmarks, kTemplate);
}

CropTransform face_shift(const BlendDraw& draw) {
  constexpr double kCenter = kBlendCropPx / 2.0;
  return CropTransform({draw.scale, 0, kCenter * (1 - draw.scale) + draw.shift_x * kBlendCropPx, 0,
                        draw.scale, kCenter * (1 - draw.scale) + draw.shift_y * kBlendCropPx});
}

MaskMaker::MaskMaker(const BlendDraw& draw) : draw_(draw), shift_(face_shift(draw)) {
  CounterRng rng(draw.field_key);
  const cv::Mat x_noise = smooth_noise(rng);
  const cv::Mat y_noise = smooth_noise(rng);
  sample_xy_.reserve(std::size_t{2} * kBlendCropPx * kBlendCropPx);
  for (int y = 0; y < kBlendCropPx; ++y) {
    for (int x = 0; x < kBlendCropPx; ++x) {
      sample_xy_.push_back(
          static_cast<float>(x + kElasticPx * static_cast<double>(x_noise.at<float>(y, x))));
      sample_xy_.push_back(
          static_cast<float>(y + kElasticPx * static_cast<double>(y_noise.at<float>(y, x))));
    }
  }
}

Frame MaskMaker::mask(const Landmarks& landmarks, const CropTransform& to_crop) const {
  std::vector<PointF> points = hull_points(landmarks, draw_.hull);
  for (PointF& point : points) {
    point = shift_.to_crop(to_crop.to_crop(point));
  }
  const cv::Mat hull = fill_hull(points);
  // OpenCV has no read-only header; remap does not write its maps.
  const cv::Mat field(kBlendCropPx, kBlendCropPx, CV_32FC2, const_cast<float*>(sample_xy_.data()));
  cv::Mat mask;
  cv::remap(hull, mask, field, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  std::vector<std::uint8_t> pixels(std::size_t{kBlendCropPx} * kBlendCropPx, 0);
  if (soften(mask, draw_)) {
    cv::Mat out(kBlendCropPx, kBlendCropPx, CV_8U, pixels.data());
    mask.convertTo(out, CV_8U, 255 * draw_.ratio);
  }
  return Frame(kBlendCropPx, kBlendCropPx, PixelFormat::kGray8, std::move(pixels));
}

}  // namespace changeling
