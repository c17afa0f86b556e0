#include "generator/methods/mesh_swap/poisson_clone.h"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"
#include "generator/methods/mesh_swap/harmonic_fill.h"

namespace changeling {
namespace {

/// Bounding rectangle of the mask grown by one pixel, inside the picture; empty for an empty mask.
cv::Rect padded_bounds(const FloatImage& mask) {
  const cv::Mat binary = as_mat(mask) > 0.5F;
  const cv::Rect bounds = cv::boundingRect(binary);
  if (bounds.empty()) {
    return {};
  }
  return cv::Rect(bounds.x - 1, bounds.y - 1, bounds.width + 2, bounds.height + 2) &
         cv::Rect(0, 0, mask.width_px, mask.height_px);
}

FloatImage copy_of(const cv::Mat& image) {
  FloatImage out(image.cols, image.rows, image.channels());
  cv::Mat out_mat = as_mat(out);
  image.copyTo(out_mat);
  return out;
}

void require_shapes(const FloatImage& source, const FloatImage& target, const FloatImage& mask) {
  const bool same = source.width_px == target.width_px && source.height_px == target.height_px &&
                    source.channels == target.channels && mask.width_px == target.width_px &&
                    mask.height_px == target.height_px && mask.channels == 1;
  CHANGELING_REQUIRE(same, "source, target and mask must have one size, the mask one channel");
}

FloatImage resized(const cv::Mat& image, int width, int height, int interpolation) {
  FloatImage out(width, height, image.channels());
  cv::Mat out_mat = as_mat(out);
  cv::resize(image, out_mat, out_mat.size(), 0, 0, interpolation);
  return out;
}

/// The harmonic correction, solved on a grid whose longer side is at most `side_px` (0 = full
/// size).
FloatImage correction(const cv::Mat& difference, const cv::Mat& mask, int side_px) {
  const int longer = std::max(mask.cols, mask.rows);
  if (side_px <= 0 || longer <= side_px) {
    return harmonic_fill(copy_of(difference), copy_of(mask));
  }
  const int width = std::max(1, mask.cols * side_px / longer);
  const int height = std::max(1, mask.rows * side_px / longer);
  const FloatImage small = harmonic_fill(resized(difference, width, height, cv::INTER_AREA),
                                         resized(mask, width, height, cv::INTER_AREA));
  return resized(as_mat(small), mask.cols, mask.rows, cv::INTER_LINEAR);
}

}  // namespace

FloatImage poisson_clone(const FloatImage& source, const FloatImage& target, const FloatImage& mask,
                         const FloatImage& difference, int solve_side_px) {
  require_shapes(source, target, mask);
  require_shapes(difference, target, mask);
  const cv::Rect rect = padded_bounds(mask);
  if (rect.empty()) {
    return target;
  }
  const FloatImage fill = correction(as_mat(difference)(rect), as_mat(mask)(rect), solve_side_px);
  FloatImage out = target;
  for (int y = 0; y < rect.height; ++y) {
    for (int x = 0; x < rect.width; ++x) {
      for (int c = 0; c < out.channels && mask.at(rect.x + x, rect.y + y) > 0.5F; ++c) {
        out.at(rect.x + x, rect.y + y, c) = source.at(rect.x + x, rect.y + y, c) + fill.at(x, y, c);
      }
    }
  }
  return out;
}

FloatImage poisson_clone(const FloatImage& source, const FloatImage& target,
                         const FloatImage& mask) {
  require_shapes(source, target, mask);
  FloatImage difference = target;
  add_scaled(difference, source, -1.0F);
  return poisson_clone(source, target, mask, difference, 0);
}

}  // namespace changeling
