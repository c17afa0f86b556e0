#include "common/tensor/polygon_mask.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// Where the polygon's edges cross the horizontal line at y, ascending. An edge owns its upper end
/// and not its lower one, so a corner on the line counts once or twice as it must.
std::vector<double> crossings(const std::vector<PointF>& polygon, double y) {
  std::vector<double> found;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const PointF& a = polygon[i];
    const PointF& b = polygon[(i + 1) % polygon.size()];
    if ((a.y <= y) != (b.y <= y)) {
      const double along = (y - a.y) / (static_cast<double>(b.y) - a.y);
      found.push_back(a.x + along * (static_cast<double>(b.x) - a.x));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// First pixel whose centre lies at `x` or right of it, within 0..width.
std::int64_t first_pixel(double x, int width_px) {
  return static_cast<std::int64_t>(std::clamp(std::ceil(x - 0.5), 0.0, double(width_px)));
}

}  // namespace

at::Tensor fill_polygon(const std::vector<PointF>& polygon, int width_px, int height_px) {
  CHANGELING_REQUIRE(width_px > 0 && height_px > 0, "a mask needs a size > 0");
  for (const PointF& corner : polygon) {
    CHANGELING_REQUIRE(std::isfinite(corner.x) && std::isfinite(corner.y),
                       "a polygon's corners must be finite");
  }
  at::Tensor mask = at::zeros({height_px, width_px}, at::TensorOptions().dtype(at::kFloat));
  float* row = mask.data_ptr<float>();
  for (int y = 0; y < height_px; ++y, row += width_px) {
    const std::vector<double> edges = crossings(polygon, y + 0.5);
    for (std::size_t i = 0; i + 1 < edges.size(); i += 2) {
      std::fill(row + first_pixel(edges[i], width_px), row + first_pixel(edges[i + 1], width_px),
                1.0F);
    }
  }
  return mask;
}

}  // namespace changeling
