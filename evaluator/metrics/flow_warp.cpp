#include "evaluator/metrics/flow_warp.h"

#include <algorithm>
#include <cstdint>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::int64_t kChannels = 3;

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
  const auto low = static_cast<std::int64_t>(inside);  // never negative: its floor
  return {low, std::min(low + 1, length - 1), inside - static_cast<double>(low)};
}

/// The four pixels around a place, by their number in the picture, and the weights of right and
/// lower.
struct Spot {
  std::int64_t upper_left = 0;
  std::int64_t upper_right = 0;
  std::int64_t lower_left = 0;
  std::int64_t lower_right = 0;
  double right = 0;
  double lower = 0;
};

/// Bilinear value of one of `channels` interleaved channels.
template <typename T>
double mixed(const T* values, std::int64_t channels, const Spot& spot) {
  const auto value = [&](std::int64_t pixel) {
    return static_cast<double>(values[pixel * channels]);
  };
  return (value(spot.upper_left) * (1 - spot.right) + value(spot.upper_right) * spot.right) *
             (1 - spot.lower) +
         (value(spot.lower_left) * (1 - spot.right) + value(spot.lower_right) * spot.right) *
             spot.lower;
}

/// A flow (H,W,2), float32.
class FlowField {
 public:
  explicit FlowField(const at::Tensor& flow)
      : values_(flow.to(at::kFloat).contiguous()),
        data_(values_.data_ptr<float>()),
        height_(values_.size(0)),
        width_(values_.size(1)) {}

  [[nodiscard]] Vector at(std::int64_t row, std::int64_t column) const {
    const float* vector = data_ + 2 * (row * width_ + column);
    return {vector[0], vector[1]};
  }

  /// Where the vector of a pixel leads; beyond the border its last pixels go on.
  [[nodiscard]] Spot spot(std::int64_t row, std::int64_t column) const {
    const Vector step = at(row, column);
    const Neighbours x = neighbours_of(static_cast<double>(column) + step.x, width_);
    const Neighbours y = neighbours_of(static_cast<double>(row) + step.y, height_);
    return {y.low * width_ + x.low,
            y.low * width_ + x.high,
            y.high * width_ + x.low,
            y.high * width_ + x.high,
            x.weight,
            y.weight};
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
  const float* data_;
  std::int64_t height_;
  std::int64_t width_;
};

}  // namespace

// Loops instead of tensor operations: those write every intermediate plane to memory, and took most
// of the time of an evaluation.
at::Tensor warp_error(const at::Tensor& before, const at::Tensor& after, const at::Tensor& flow) {
  CHANGELING_REQUIRE(before.dim() == 3 && before.size(2) == kChannels &&
                         before.sizes() == after.sizes() && flow.dim() == 3 &&
                         flow.size(0) == before.size(0) && flow.size(1) == before.size(1),
                     "a flow (H,W,2) moves pictures (H,W,3)");
  const at::Tensor first = before.contiguous();
  const at::Tensor second = after.contiguous();
  const auto* here = first.data_ptr<std::uint8_t>();
  const auto* next = second.data_ptr<std::uint8_t>();
  const FlowField field(flow);
  at::Tensor error = at::empty({field.height(), field.width()}, at::kDouble);
  auto* out = error.data_ptr<double>();
  for (std::int64_t row = 0; row < field.height(); ++row) {
    for (std::int64_t column = 0; column < field.width(); ++column) {
      const std::int64_t pixel = row * field.width() + column;
      const Spot spot = field.spot(row, column);
      double squares = 0;
      for (std::int64_t channel = 0; channel < kChannels; ++channel) {
        const double difference =
            here[pixel * kChannels + channel] - mixed(next + channel, kChannels, spot);
        squares += difference * difference;
      }
      out[pixel] = squares / (255.0 * 255.0);
    }
  }
  return error;
}

at::Tensor trusted_motion(const at::Tensor& forward, const at::Tensor& backward) {
  const FlowField field(forward);
  const at::Tensor back = backward.to(at::kFloat).contiguous();
  const auto* backs = back.data_ptr<float>();
  at::Tensor trusted = at::empty({field.height(), field.width()}, at::kByte);
  auto* out = trusted.data_ptr<std::uint8_t>();
  for (std::int64_t row = 0; row < field.height(); ++row) {
    for (std::int64_t column = 0; column < field.width(); ++column) {
      const Vector f = field.at(row, column);
      const Spot spot = field.spot(row, column);
      const Vector b = {mixed(backs, 2, spot), mixed(backs + 1, 2, spot)};
      const double length = squared_norm(f);
      const bool is_occluded =
          squared_norm({b.x + f.x, b.y + f.y}) > 0.01 * (squared_norm(b) + length) + 0.5;
      const bool is_border = field.squared_slope(row, column) > 0.01 * length + 0.002;
      out[row * field.width() + column] = is_occluded || is_border ? 0 : 1;
    }
  }
  return trusted;
}

}  // namespace changeling
