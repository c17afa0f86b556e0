#include "common/media/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>

namespace changeling {
namespace {

constexpr int kSide = 32;  ///< of the reduced picture
constexpr int kBand = 8;   ///< frequencies of an axis
constexpr double kLeastDeviation = 2;
constexpr double kPi = 3.14159265358979323846;

using Luma = std::array<double, kSide * kSide>;

/// Mean luma of the pixels of every cell of a 32 x 32 grid; cells of small pictures overlap.
Luma reduced_luma(const Frame& frame) {
  const bool is_rgb = frame.format() == PixelFormat::kRgb24;
  const auto luma_at = [&frame, is_rgb](int x, int y) {
    const std::uint8_t* p = frame.data() + static_cast<std::size_t>(y) * frame.row_bytes() +
                            static_cast<std::size_t>(x) * (is_rgb ? 3 : 1);
    return is_rgb ? 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] : static_cast<double>(p[0]);
  };
  const auto range = [](int cell, int size) {
    const int first = cell * size / kSide;
    return std::pair(first, std::max(first + 1, (cell + 1) * size / kSide));
  };
  Luma luma{};
  for (int row = 0; row < kSide; ++row) {
    const auto [top, bottom] = range(row, frame.height_px());
    for (int column = 0; column < kSide; ++column) {
      const auto [left, right] = range(column, frame.width_px());
      double sum = 0;
      for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
          sum += luma_at(x, y);
        }
      }
      luma[static_cast<std::size_t>(row * kSide + column)] =
          sum / ((bottom - top) * (right - left));
    }
  }
  return luma;
}

double standard_deviation(const Luma& luma) {
  double sum = 0, squares = 0;
  for (const double value : luma) {
    sum += value;
    squares += value * value;
  }
  const double mean = sum / (kSide * kSide);
  return std::sqrt(std::max(0.0, squares / (kSide * kSide) - mean * mean));
}

/// cos((2 x + 1) (f + 1) pi / 64) for frequencies 1..8.
const std::array<std::array<double, kSide>, kBand>& cosines() {
  static const auto table = [] {
    std::array<std::array<double, kSide>, kBand> values{};
    for (std::size_t f = 0; f < kBand; ++f) {
      for (std::size_t x = 0; x < kSide; ++x) {
        values[f][x] = std::cos((2.0 * static_cast<double>(x) + 1) * (static_cast<double>(f) + 1) *
                                kPi / (2 * kSide));
      }
    }
    return values;
  }();
  return table;
}

/// Coefficient (v, u) of the cosine transform at v * 8 + u.
std::array<double, kBand * kBand> low_frequencies(const Luma& luma) {
  const auto& basis = cosines();
  std::array<double, kSide * kBand> rows{};
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t u = 0; u < kBand; ++u) {
      for (std::size_t x = 0; x < kSide; ++x) {
        rows[y * kBand + u] += luma[y * kSide + x] * basis[u][x];
      }
    }
  }
  std::array<double, kBand * kBand> band{};
  for (std::size_t v = 0; v < kBand; ++v) {
    for (std::size_t u = 0; u < kBand; ++u) {
      for (std::size_t y = 0; y < kSide; ++y) {
        band[v * kBand + u] += rows[y * kBand + u] * basis[v][y];
      }
    }
  }
  return band;
}

}  // namespace

std::optional<std::uint64_t> perceptual_hash(const Frame& frame) {
  const Luma luma = reduced_luma(frame);
  if (standard_deviation(luma) < kLeastDeviation) {
    return std::nullopt;
  }
  const std::array<double, kBand* kBand> band = low_frequencies(luma);
  std::array<double, kBand* kBand> sorted = band;
  std::sort(sorted.begin(), sorted.end());
  const double median = (sorted[31] + sorted[32]) / 2;
  std::uint64_t hash = 0;
  for (const double value : band) {
    hash = hash << 1 | (value > median ? 1U : 0U);
  }
  return hash;
}

int hash_distance(std::uint64_t a, std::uint64_t b) {
  return static_cast<int>(std::bitset<64>(a ^ b).count());
}

}  // namespace changeling
