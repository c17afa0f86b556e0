#include "common/tensor/ssim.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/vector_clones.h"
#include "common/tensor/gaussian_taps.h"

namespace changeling {
namespace {

constexpr double kSigmaPx = 1.5;
constexpr double kC1 = (0.01 * 255) * (0.01 * 255);
constexpr double kC2 = (0.03 * 255) * (0.03 * 255);

using Taps = std::array<double, kSsimWindowPx>;

Taps window_taps() {
  const std::vector<double> all = gaussian_taps(kSigmaPx, kSsimWindowPx / 2);
  Taps taps{};
  std::copy(all.begin(), all.end(), taps.begin());
  return taps;
}

constexpr std::size_t kMoments = 5;  // a, b, a a, b b, a b

/// out[i] = the sum of `values` rows[0..10][i], each times its tap.
CHANGELING_VECTOR_CLONES
void filter(const std::array<const double*, kSsimWindowPx>& rows, const Taps& taps,
            double* __restrict out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = rows[0][i] * taps[0];
  }
  static_assert(kSsimWindowPx == 11, "one row and twice five");
  // Five rows at a time in plain loops: GCC does not vectorise around a loop over all of them.
  for (std::size_t k = 1; k < kSsimWindowPx; k += 5) {
    const double* a = rows[k];
    const double* b = rows[k + 1];
    const double* c = rows[k + 2];
    const double* d = rows[k + 3];
    const double* e = rows[k + 4];
    for (std::int64_t i = 0; i < count; ++i) {
      out[i] = out[i] + a[i] * taps[k] + b[i] * taps[k + 1] + c[i] * taps[k + 2] +
               d[i] * taps[k + 3] + e[i] * taps[k + 4];
    }
  }
}

CHANGELING_VECTOR_CLONES
void multiply(const double* a, const double* b, double* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = a[i] * b[i];
  }
}

/// Numerator and denominator round alike for equal inputs.
CHANGELING_VECTOR_CLONES
void similarity(const std::array<std::vector<double>, kMoments>& blurred, double* out,
                std::int64_t count) {
  const double* mean_a = blurred[0].data();
  const double* mean_b = blurred[1].data();
  const double* square_a = blurred[2].data();
  const double* square_b = blurred[3].data();
  const double* product = blurred[4].data();
  for (std::int64_t i = 0; i < count; ++i) {
    const double aa = mean_a[i] * mean_a[i];
    const double bb = mean_b[i] * mean_b[i];
    const double ab = mean_a[i] * mean_b[i];
    const double variances = (square_a[i] - aa) + (square_b[i] - bb);
    const double covariance = product[i] - ab;
    out[i] =
        ((ab + ab + kC1) * (covariance + covariance + kC2)) / ((aa + bb + kC1) * (variances + kC2));
  }
}

CHANGELING_VECTOR_CLONES
void luma_row(const std::uint8_t* rgb, double* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = rgb[3 * i] * 0.299 + rgb[3 * i + 1] * 0.587 + rgb[3 * i + 2] * 0.114;
  }
}

/// The moments of eleven rows of two pictures, filtered along the row: what a row of windows needs.
/// A few hundred KB, which stay in the cache.
class MomentRows {
 public:
  MomentRows(const Taps& taps, std::int64_t width)
      : taps_(taps), width_(width), windows_(width - kSsimWindowPx + 1) {
    for (std::vector<double>& row : rows_) {
      row.resize(kMoments * static_cast<std::size_t>(windows_));
    }
    products_.resize(static_cast<std::size_t>(width_));
    for (std::vector<double>& row : blurred_) {
      row.resize(static_cast<std::size_t>(windows_));
    }
  }

  /// Takes the next row in the place of the oldest.
  void push(const double* a, const double* b) {
    std::rotate(rows_.begin(), rows_.begin() + 1, rows_.end());
    double* out = rows_.back().data();
    filter_along(a, out);
    filter_along(b, out + windows_);
    out += 2 * windows_;
    for (const auto& [left, right] : {std::pair(a, a), std::pair(b, b), std::pair(a, b)}) {
      multiply(left, right, products_.data(), width_);
      filter_along(products_.data(), out);
      out += windows_;
    }
  }

  /// SSIM of the windows that the rows held make up.
  void write(double* out) {
    for (std::size_t moment = 0; moment < kMoments; ++moment) {
      std::array<const double*, kSsimWindowPx> column{};
      for (std::size_t k = 0; k < kSsimWindowPx; ++k) {
        column[k] = rows_[k].data() + moment * static_cast<std::size_t>(windows_);
      }
      filter(column, taps_, blurred_[moment].data(), windows_);
    }
    similarity(blurred_, out, windows_);
  }

 private:
  void filter_along(const double* row, double* out) const {
    std::array<const double*, kSsimWindowPx> shifted{};
    for (std::size_t k = 0; k < kSsimWindowPx; ++k) {
      shifted[k] = row + k;
    }
    filter(shifted, taps_, out, windows_);
  }

  const Taps& taps_;
  std::int64_t width_;
  std::int64_t windows_;
  std::array<std::vector<double>, kSsimWindowPx> rows_;
  std::vector<double> products_;
  std::array<std::vector<double>, kMoments> blurred_;
};

}  // namespace

at::Tensor luma(const at::Tensor& rgb) {
  CHANGELING_REQUIRE(rgb.dim() == 3 && rgb.size(2) == 3 && rgb.scalar_type() == at::kByte,
                     "luma needs a picture (H,W,3)");
  const at::Tensor pixels = rgb.contiguous();
  at::Tensor result = at::empty({rgb.size(0), rgb.size(1)}, at::kDouble);
  luma_row(pixels.data_ptr<std::uint8_t>(), result.data_ptr<double>(), result.numel());
  return result;
}

at::Tensor ssim_map(const at::Tensor& a, const at::Tensor& b) {
  CHANGELING_REQUIRE(a.dim() == 2 && a.sizes() == b.sizes() && a.size(0) >= kSsimWindowPx &&
                         a.size(1) >= kSsimWindowPx && a.scalar_type() == at::kDouble &&
                         b.scalar_type() == at::kDouble,
                     "SSIM needs two lumas (H,W) of one size, sides of a window or more");
  static const Taps taps = window_taps();
  const at::Tensor left = a.contiguous();
  const at::Tensor right = b.contiguous();
  const std::int64_t width = a.size(1);
  at::Tensor map =
      at::empty({a.size(0) - kSsimWindowPx + 1, width - kSsimWindowPx + 1}, at::kDouble);
  MomentRows rows(taps, width);
  for (std::int64_t row = 0; row < a.size(0); ++row) {
    rows.push(left.data_ptr<double>() + row * width, right.data_ptr<double>() + row * width);
    if (row >= kSsimWindowPx - 1) {
      rows.write(map.data_ptr<double>() + (row - kSsimWindowPx + 1) * map.size(1));
    }
  }
  return map;
}

}  // namespace changeling
