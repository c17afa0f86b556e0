#include "evaluator/metrics/flow_warp.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// float64, contiguous: what the loops below read.
at::Tensor doubles(const at::Tensor& tensor) {
  return tensor.to(at::kDouble).contiguous();
}

struct Vector {
  double x = 0;
  double y = 0;
};

double squared_norm(Vector v) {
  return v.x * v.x + v.y * v.y;
}

Vector difference(Vector a, Vector b) {
  return {a.x - b.x, a.y - b.y};
}

/// The two neighbours of a position on an axis, and the weight of the higher one.
struct Neighbours {
  std::int64_t low = 0;
  std::int64_t high = 0;
  double weight = 0;
};

Neighbours neighbours_of(double position, std::int64_t length) {
  const double inside = std::min(std::max(0.0, position), static_cast<double>(length - 1));
  const double low = std::floor(inside);
  const auto index = static_cast<std::int64_t>(low);
  return {index, std::min(index + 1, length - 1), inside - low};
}

/// A flow (H,W,2), float64.
class FlowField {
 public:
  explicit FlowField(const at::Tensor& flow)
      : values_(doubles(flow)),
        data_(values_.data_ptr<double>()),
        height_(values_.size(0)),
        width_(values_.size(1)) {}

  [[nodiscard]] Vector at(std::int64_t row, std::int64_t column) const {
    const double* vector = data_ + 2 * (row * width_ + column);
    return {vector[0], vector[1]};
  }

  /// Squared forward differences along both axes, 0 at the end of each.
  [[nodiscard]] double squared_slope(std::int64_t row, std::int64_t column) const {
    const Vector here = at(row, column);
    return squared_norm(difference(at(std::min(row + 1, height_ - 1), column), here)) +
           squared_norm(difference(at(row, std::min(column + 1, width_ - 1)), here));
  }

  [[nodiscard]] std::int64_t height() const { return height_; }

  [[nodiscard]] std::int64_t width() const { return width_; }

 private:
  at::Tensor values_;
  const double* data_;
  std::int64_t height_;
  std::int64_t width_;
};

}  // namespace

// Loops instead of tensor operations: those write every intermediate plane to memory, and took most
// of the time of an evaluation.
at::Tensor warped(const at::Tensor& planes, const at::Tensor& flow) {
  CHANGELING_REQUIRE(planes.dim() == 3 && flow.dim() == 3 && flow.size(2) == 2 &&
                         flow.size(0) == planes.size(1) && flow.size(1) == planes.size(2),
                     "a flow (H,W,2) moves planes (C,H,W)");
  const at::Tensor from = doubles(planes);
  const FlowField field(flow);
  const std::int64_t height = field.height();
  const std::int64_t width = field.width();
  at::Tensor to = at::empty_like(from);
  const double* in = from.data_ptr<double>();
  double* out = to.data_ptr<double>();
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      const Vector step = field.at(row, column);
      const Neighbours x = neighbours_of(static_cast<double>(column) + step.x, width);
      const Neighbours y = neighbours_of(static_cast<double>(row) + step.y, height);
      for (std::int64_t plane = 0; plane < from.size(0); ++plane) {
        const double* upper = in + (plane * height + y.low) * width;
        const double* lower = in + (plane * height + y.high) * width;
        out[(plane * height + row) * width + column] =
            (upper[x.low] * (1 - x.weight) + upper[x.high] * x.weight) * (1 - y.weight) +
            (lower[x.low] * (1 - x.weight) + lower[x.high] * x.weight) * y.weight;
      }
    }
  }
  return to;
}

at::Tensor trusted_motion(const at::Tensor& forward, const at::Tensor& backward) {
  const FlowField field(forward);
  const at::Tensor returned = warped(backward.permute({2, 0, 1}), forward);
  at::Tensor trusted = at::empty({field.height(), field.width()}, at::kByte);
  const double* back_x = returned.data_ptr<double>();
  const double* back_y = back_x + trusted.numel();
  auto* out = trusted.data_ptr<std::uint8_t>();
  for (std::int64_t row = 0; row < field.height(); ++row) {
    for (std::int64_t column = 0; column < field.width(); ++column) {
      const std::int64_t pixel = row * field.width() + column;
      const Vector f = field.at(row, column);
      const Vector b = {back_x[pixel], back_y[pixel]};
      const double length = squared_norm(f);
      const bool is_occluded =
          squared_norm({b.x + f.x, b.y + f.y}) > 0.01 * (squared_norm(b) + length) + 0.5;
      const bool is_border = field.squared_slope(row, column) > 0.01 * length + 0.002;
      out[pixel] = is_occluded || is_border ? 0 : 1;
    }
  }
  return trusted;
}

}  // namespace changeling
