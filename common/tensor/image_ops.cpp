#include "common/tensor/image_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/tensor/gaussian_taps.h"

namespace changeling {
namespace {

/// Where one output coordinate reads along one axis: two neighbours and the weight of the second.
struct Tap {
  int first = 0;
  int second = 0;
  float weight = 0;
};

/// `position` counts pixel centres from 0; outside the axis the border is repeated.
Tap make_tap(double position, int size) {
  const double last = size - 1;
  // Written so that a NaN ends at the border too.
  const double inside = position > 0 ? std::min(position, last) : 0.0;
  Tap tap;
  tap.first = static_cast<int>(inside);
  tap.second = std::min(tap.first + 1, size - 1);
  tap.weight = static_cast<float>(inside - tap.first);
  return tap;
}

/// Reads pixels of one frame between their centres.
class Sampler {
 public:
  explicit Sampler(const Frame& frame)
      : pixels_(frame.data()), row_bytes_(frame.row_bytes()), channels_(frame.channels()) {}

  /// Writes channel c to into[c * plane].
  void sample(const Tap& x, const Tap& y, float* into, std::size_t plane) const {
    for (int c = 0; c < 3; ++c) {
      const float upper = along_row(y.first, x, c);
      const float lower = along_row(y.second, x, c);
      into[static_cast<std::size_t>(c) * plane] = upper + (lower - upper) * y.weight;
    }
  }

  /// The same at every column of every row; a row of pixels is read along once for all rows that
  /// lie beside it.
  void sample_grid(const std::vector<Tap>& columns, const std::vector<Tap>& rows,
                   float* into) const {
    const std::size_t width = columns.size();
    const std::size_t plane = width * rows.size();
    RowAlong upper(3 * width);
    RowAlong lower(3 * width);
    for (const Tap& row : rows) {
      if (row.first == lower.row) {
        std::swap(upper, lower);
      }
      read_along(row.first, columns, upper);
      read_along(row.second, columns, lower);
      for (std::size_t c = 0; c < 3; ++c) {
        const float* above = upper.values.data() + c * width;
        const float* below = lower.values.data() + c * width;
        float* out = into + c * plane;
        for (std::size_t x = 0; x < width; ++x) {
          out[x] = above[x] + (below[x] - above[x]) * row.weight;
        }
      }
      into += width;
    }
  }

 private:
  /// A row of pixels between its columns: three planes.
  struct RowAlong {
    explicit RowAlong(std::size_t size) : values(size) {}

    int row = -1;
    std::vector<float> values;
  };

  void read_along(int row, const std::vector<Tap>& columns, RowAlong& along) const {
    if (along.row == row) {
      return;
    }
    along.row = row;
    float* out = along.values.data();
    for (int c = 0; c < 3; ++c) {
      for (const Tap& column : columns) {
        *out++ = along_row(row, column, c);
      }
    }
  }

  [[nodiscard]] float along_row(int row, const Tap& x, int channel) const {
    const std::uint8_t* pixels =
        pixels_ + row_bytes_ * static_cast<std::size_t>(row) + (channels_ == 3 ? channel : 0);
    const auto from = static_cast<float>(pixels[x.first * channels_]);
    return from + (static_cast<float>(pixels[x.second * channels_]) - from) * x.weight;
  }

  const std::uint8_t* pixels_;
  std::size_t row_bytes_;
  int channels_;
};

std::vector<Tap> resize_taps(int from, int to) {
  std::vector<Tap> taps;
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    taps.push_back(make_tap((i + 0.5) * scale - 0.5, from));
  }
  return taps;
}

}  // namespace

at::Tensor crop(const Frame& frame, const CropTransform& transform, int size_px) {
  CHANGELING_REQUIRE(size_px > 0, "crop size must be > 0");
  at::Tensor result = at::empty({3, size_px, size_px}, at::TensorOptions().dtype(at::kFloat));
  float* into = result.data_ptr<float>();
  const std::size_t plane = static_cast<std::size_t>(size_px) * static_cast<std::size_t>(size_px);
  const Sampler sampler(frame);
  const std::array<double, 6>& m = transform.inverse();
  if (m[1] == 0 && m[3] == 0) {  // upright: columns and rows do not mix
    std::vector<Tap> columns;
    std::vector<Tap> rows;
    for (int i = 0; i < size_px; ++i) {  // summed as below: the same bits
      columns.push_back(make_tap(m[0] * (i + 0.5) + (m[2] - 0.5), frame.width_px()));
      rows.push_back(make_tap(m[4] * (i + 0.5) + m[5] - 0.5, frame.height_px()));
    }
    sampler.sample_grid(columns, rows, into);
    return result;
  }
  for (int y = 0; y < size_px; ++y) {
    const double row_x = m[1] * (y + 0.5) + m[2] - 0.5;
    const double row_y = m[4] * (y + 0.5) + m[5] - 0.5;
    for (int x = 0; x < size_px; ++x, ++into) {
      sampler.sample(make_tap(m[0] * (x + 0.5) + row_x, frame.width_px()),
                     make_tap(m[3] * (x + 0.5) + row_y, frame.height_px()), into, plane);
    }
  }
  return result;
}

at::Tensor resize_frame(const Frame& frame, int width_px, int height_px) {
  CHANGELING_REQUIRE(width_px > 0 && height_px > 0, "resize needs a size > 0");
  at::Tensor result = at::empty({3, height_px, width_px}, at::TensorOptions().dtype(at::kFloat));
  Sampler(frame).sample_grid(resize_taps(frame.width_px(), width_px),
                             resize_taps(frame.height_px(), height_px), result.data_ptr<float>());
  return result;
}

at::Tensor to_gray(const at::Tensor& rgb) {
  CHANGELING_REQUIRE(rgb.dim() >= 3 && rgb.size(-3) == 3, "to_gray needs (..,3,H,W)");
  const at::Tensor gray =
      rgb.select(-3, 0) * 0.299F + rgb.select(-3, 1) * 0.587F + rgb.select(-3, 2) * 0.114F;
  return gray.unsqueeze(-3);
}

at::Tensor gaussian_blur(const at::Tensor& images, double sigma_px) {
  CHANGELING_REQUIRE(images.dim() == 4 && sigma_px > 0, "a blur needs (N,C,H,W) and a sigma > 0");
  const int reach = static_cast<int>(std::ceil(3 * sigma_px));
  const std::vector<double> taps = gaussian_taps(sigma_px, reach);
  at::Tensor blurred = at::reflection_pad2d(images, {reach, reach, reach, reach});
  for (const std::int64_t dim : {2, 3}) {
    const std::int64_t length = images.size(dim);
    at::Tensor sum = blurred.narrow(dim, 0, length) * taps[0];
    for (std::size_t i = 1; i < taps.size(); ++i) {
      sum = sum + blurred.narrow(dim, static_cast<std::int64_t>(i), length) * taps[i];
    }
    blurred = sum;
  }
  return blurred;
}

float laplacian_variance(const at::Tensor& rgb) {
  CHANGELING_REQUIRE(rgb.dim() == 3 && rgb.scalar_type() == at::kFloat,
                     "laplacian_variance needs float (3,H,W)");
  const at::Tensor gray = to_gray(rgb).to(at::kCPU).contiguous();
  const std::int64_t height = gray.size(1);
  const std::int64_t width = gray.size(2);
  if (height < 3 || width < 3) {
    return 0;
  }
  const float* pixels = gray.data_ptr<float>();
  double sum = 0;
  double sum_of_squares = 0;
  for (std::int64_t y = 1; y < height - 1; ++y) {
    for (std::int64_t x = 1; x < width - 1; ++x) {
      const float* p = pixels + y * width + x;
      const double value = static_cast<double>(p[-width]) + p[width] + p[-1] + p[1] - 4.0 * p[0];
      sum += value;
      sum_of_squares += value * value;
    }
  }
  const auto count = static_cast<double>((height - 2) * (width - 2));
  const double mean = sum / count;
  return static_cast<float>(std::max(0.0, sum_of_squares / count - mean * mean));
}

}  // namespace changeling
