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

FloatImage cut(const FloatImage& image, const cv::Rect& rect) {
  FloatImage out(rect.width, rect.height, image.channels);
  cv::Mat out_mat = as_mat(out);
  as_mat(image)(rect).copyTo(out_mat);
  return out;
}

void require_shapes(const FloatImage& source, const FloatImage& target, const FloatImage& mask) {
  const bool same = source.width_px == target.width_px && source.height_px == target.height_px &&
                    source.channels == target.channels && mask.width_px == target.width_px &&
                    mask.height_px == target.height_px && mask.channels == 1;
  CHANGELING_REQUIRE(same, "source, target and mask must have one size, the mask one channel");
}

FloatImage resized(const FloatImage& image, int width, int height, int interpolation) {
  FloatImage out(width, height, image.channels);
  cv::Mat out_mat = as_mat(out);
  cv::resize(as_mat(image), out_mat, out_mat.size(), 0, 0, interpolation);
  return out;
}

/// The harmonic correction, solved on a grid whose longer side is at most `side_px` (0 = full
/// size).
FloatImage correction(const FloatImage& difference, const FloatImage& mask, int side_px) {
  const int longer = std::max(mask.width_px, mask.height_px);
  if (side_px <= 0 || longer <= side_px) {
    return harmonic_fill(difference, mask);
  }
  const int width = std::max(1, mask.width_px * side_px / longer);
  const int height = std::max(1, mask.height_px * side_px / longer);
  const FloatImage small = harmonic_fill(resized(difference, width, height, cv::INTER_AREA),
                                         resized(mask, width, height, cv::INTER_AREA));
  return resized(small, mask.width_px, mask.height_px, cv::INTER_LINEAR);
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
  const FloatImage inner_mask = cut(mask, rect);
  FloatImage patch = cut(source, rect);
  add_scaled(patch, correction(cut(difference, rect), inner_mask, solve_side_px), 1.0F);
  FloatImage out = target;
  const cv::Mat selected = as_mat(inner_mask) > 0.5F;
  cv::Mat inside = as_mat(out)(rect);
  as_mat(patch).copyTo(inside, selected);
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
