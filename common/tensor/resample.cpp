#include "common/tensor/resample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::int64_t kMaxWindowPx = 65536;

/// One source pixel of an output pixel.
struct Tap {
  std::int64_t from = 0;
  double weight = 0;
};

using Taps = std::vector<Tap>;

Taps linear_taps(double position) {
  const double first = std::floor(position);
  const auto from = static_cast<std::int64_t>(first);
  const double share = position - first;
  return {{from, 1 - share}, {from + 1, share}};
}

/// Keys' kernel with a = -0.75 at `distance` from a pixel centre.
double cubic_weight(double distance) {
  constexpr double kA = -0.75;
  const double d = std::abs(distance);
  if (d <= 1) {
    return ((kA + 2) * d - (kA + 3)) * d * d + 1;
  }
  return d < 2 ? ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA : 0;
}

Taps cubic_taps(double position) {
  const auto base = static_cast<std::int64_t>(std::floor(position));
  Taps taps;
  for (std::int64_t from = base - 1; from <= base + 2; ++from) {
    taps.push_back({from, cubic_weight(position - static_cast<double>(from))});
  }
  return taps;
}

/// The pixels that the interval [first, last) covers, each by its share.
Taps area_taps(double first, double last) {
  Taps taps;
  for (auto from = static_cast<std::int64_t>(first); static_cast<double>(from) < last; ++from) {
    const auto left = static_cast<double>(from);
    const double covered = std::min(last, left + 1) - std::max(first, left);
    taps.push_back({from, covered / (last - first)});
  }
  return taps;
}

/// Taps of all output pixels along one axis, from pixels [start, start + length) of an image of
/// `size` pixels. Every pixel has equally many.
struct Axis {
  std::size_t taps_per_pixel = 0;
  std::vector<std::int64_t> from;  ///< inside the image
  std::vector<float> weight;       ///< 0 for pixels outside it
};

Axis make_axis(std::int64_t start, std::int64_t length, std::int64_t size, std::int64_t out,
               Resampling kind) {
  CHANGELING_REQUIRE(length >= 1 && length <= kMaxWindowPx && out >= 1 && out <= kMaxWindowPx,
                     "a resampled window must measure 1 to 65536 px");
  const double scale = static_cast<double>(length) / static_cast<double>(out);
  std::vector<Taps> all;
  Axis axis;
  for (std::int64_t i = 0; i < out; ++i) {
    const double position = (static_cast<double>(i) + 0.5) * scale - 0.5;
    if (kind == Resampling::kCubic) {
      all.push_back(cubic_taps(position));
    } else if (kind == Resampling::kLinear || scale <= 1) {
      all.push_back(linear_taps(position));
    } else {
      all.push_back(
          area_taps(static_cast<double>(i) * scale,
                    std::min(static_cast<double>(i + 1) * scale, static_cast<double>(length))));
    }
    axis.taps_per_pixel = std::max(axis.taps_per_pixel, all.back().size());
  }
  for (Taps& taps : all) {
    taps.resize(axis.taps_per_pixel, {0, 0});
    for (const Tap& tap : taps) {
      const std::int64_t from = start + std::clamp<std::int64_t>(tap.from, 0, length - 1);
      const bool is_inside = from >= 0 && from < size;
      axis.from.push_back(is_inside ? from : 0);
      axis.weight.push_back(is_inside ? static_cast<float>(tap.weight) : 0.0F);
    }
  }
  return axis;
}

/// (height, width) -> (rows of the axis, width).
void resample_rows(const float* image, std::int64_t width, const Axis& axis, float* into) {
  const std::size_t rows = axis.from.size() / axis.taps_per_pixel;
  for (std::size_t y = 0; y < rows; ++y, into += width) {
    std::fill(into, into + width, 0.0F);
    for (std::size_t k = y * axis.taps_per_pixel; k < (y + 1) * axis.taps_per_pixel; ++k) {
      const float* row = image + axis.from[k] * width;
      const float weight = axis.weight[k];
      if (weight == 0) {
        continue;
      }
      for (std::int64_t x = 0; x < width; ++x) {
        into[x] += weight * row[x];
      }
    }
  }
}

/// (rows, width) -> (rows, columns of the axis).
void resample_columns(const float* image, std::size_t rows, std::int64_t width, const Axis& axis,
                      float* into) {
  const std::size_t columns = axis.from.size() / axis.taps_per_pixel;
  for (std::size_t y = 0; y < rows; ++y, image += width) {
    for (std::size_t x = 0; x < columns; ++x) {
      float sum = 0;
      for (std::size_t k = x * axis.taps_per_pixel; k < (x + 1) * axis.taps_per_pixel; ++k) {
        sum += axis.weight[k] * image[axis.from[k]];
      }
      *into++ = sum;
    }
  }
}

/// The axis as a matrix (out, size).
at::Tensor as_matrix(const Axis& axis, std::int64_t size, const at::Device& device) {
  const auto out = static_cast<std::int64_t>(axis.from.size() / axis.taps_per_pixel);
  at::Tensor matrix = at::zeros({out, size}, at::TensorOptions().dtype(at::kFloat));
  float* values = matrix.data_ptr<float>();
  for (std::size_t k = 0; k < axis.from.size(); ++k) {
    const auto row = static_cast<std::int64_t>(k / axis.taps_per_pixel);
    values[row * size + axis.from[k]] += axis.weight[k];
  }
  return matrix.to(device);
}

at::Tensor resample_on_cpu(const at::Tensor& image, const Axis& rows, const Axis& columns,
                           at::IntArrayRef shape) {
  const at::Tensor planes = image.contiguous().view({-1, image.size(-2), image.size(-1)});
  const std::int64_t width = planes.size(2);
  at::Tensor result = at::empty(shape, image.options().memory_format(at::MemoryFormat::Contiguous));
  const std::int64_t out_rows = shape[shape.size() - 2];
  const std::int64_t out_plane = out_rows * shape[shape.size() - 1];
  std::vector<float> tall(static_cast<std::size_t>(out_rows * width));
  for (std::int64_t i = 0; i < planes.size(0); ++i) {
    resample_rows(planes.data_ptr<float>() + i * planes.size(1) * width, width, rows, tall.data());
    resample_columns(tall.data(), static_cast<std::size_t>(out_rows), width, columns,
                     result.data_ptr<float>() + i * out_plane);
  }
  return result;
}

}  // namespace

at::Tensor resample(const at::Tensor& image, std::int64_t height, std::int64_t width,
                    Resampling kind) {
  CHANGELING_REQUIRE(image.dim() >= 2, "resample needs float (..,H,W)");
  return resample_window(image, {0, 0, image.size(-1), image.size(-2)}, height, width, kind);
}

at::Tensor resample_window(const at::Tensor& image, const PixelWindow& window, std::int64_t height,
                           std::int64_t width, Resampling kind) {
  CHANGELING_REQUIRE(image.dim() >= 2 && image.scalar_type() == at::kFloat && image.numel() > 0,
                     "resample needs float (..,H,W)");
  const Axis rows = make_axis(window.y, window.height, image.size(-2), height, kind);
  const Axis columns = make_axis(window.x, window.width, image.size(-1), width, kind);
  std::vector<std::int64_t> shape = image.sizes().vec();
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  if (image.device().is_cpu()) {
    return resample_on_cpu(image, rows, columns, shape);
  }
  const at::Tensor row_matrix = as_matrix(rows, image.size(-2), image.device());
  const at::Tensor column_matrix = as_matrix(columns, image.size(-1), image.device());
  return at::matmul(at::matmul(row_matrix, image), column_matrix.t());
}

}  // namespace changeling
