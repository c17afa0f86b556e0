#include "generator/methods/mesh_swap/poisson_clone.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kSmoothSweeps = 2;
constexpr int kCoarsestSweeps = 60;
constexpr int kCoarsestSide = 6;
constexpr int kCycles = 4;

/// One grid of the multigrid hierarchy: A e = r on the unknown pixels, e = 0 on the others.
struct Level {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> unknown;
  std::vector<float> error;
  std::vector<float> right;
  std::vector<float> residual;

  Level(int w, int h, int c)
      : width(w),
        height(h),
        channels(c),
        unknown(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {
    const std::size_t n = unknown.size() * static_cast<std::size_t>(c);
    error.assign(n, 0.0F);
    right.assign(n, 0.0F);
    residual.assign(n, 0.0F);
  }

  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }
};

/// Sum of the neighbours' values of one channel, and how many neighbours lie inside the picture.
struct Around {
  float sum = 0;
  float count = 0;
};

/// `at` is the index of the value, `step` that of the next pixel, `stride` that of the next row.
Around around(const Level& level, int x, int y, std::size_t at, std::size_t step,
              std::size_t stride) {
  const float* e = level.error.data() + at;
  if (x > 0 && y > 0 && x + 1 < level.width && y + 1 < level.height) {
    return {*(e - step) + *(e + step) + *(e - stride) + *(e + stride), 4.0F};
  }
  Around result;
  const auto take = [&](bool inside, const float* value) {
    if (inside) {
      result.sum += *value;
      result.count += 1;
    }
  };
  take(x > 0, e - step);
  take(x + 1 < level.width, e + step);
  take(y > 0, e - stride);
  take(y + 1 < level.height, e + stride);
  return result;
}

/// Gauss-Seidel on the pixels of one colour (checkerboard) of the system
/// (sum over neighbours)(e_p - e_q) = right_p.
void relax(Level& level, int colour) {
  const auto channels = static_cast<std::size_t>(level.channels);
  const std::size_t stride = channels * static_cast<std::size_t>(level.width);
  for (int y = 0; y < level.height; ++y) {
    for (int x = (y + colour) & 1; x < level.width; x += 2) {
      const std::size_t i = level.index(x, y);
      if (level.unknown[i] == 0) {
        continue;
      }
      for (std::size_t at = i * channels; at < (i + 1) * channels; ++at) {
        const Around near = around(level, x, y, at, channels, stride);
        level.error[at] = (level.right[at] + near.sum) / near.count;
      }
    }
  }
}

void sweep(Level& level, int count) {
  for (int i = 0; i < count; ++i) {
    relax(level, 0);
    relax(level, 1);
  }
}

void compute_residual(Level& level) {
  const auto channels = static_cast<std::size_t>(level.channels);
  const std::size_t stride = channels * static_cast<std::size_t>(level.width);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = level.index(x, y);
      for (std::size_t at = i * channels; at < (i + 1) * channels; ++at) {
        if (level.unknown[i] == 0) {
          level.residual[at] = 0;
          continue;
        }
        const Around near = around(level, x, y, at, channels, stride);
        level.residual[at] = level.right[at] - near.count * level.error[at] + near.sum;
      }
    }
  }
}

/// The next coarser grid: 2x2 pixels to one, unknown where at least three of the four are.
/// Requiring all four would let the zero boundary creep inward and slow the convergence.
Level coarsen(const Level& fine) {
  Level coarse((fine.width + 1) / 2, (fine.height + 1) / 2, fine.channels);
  for (int y = 0; y < coarse.height; ++y) {
    for (int x = 0; x < coarse.width; ++x) {
      int total = 0;
      int unknown = 0;
      for (int dy = 0; dy < 2; ++dy) {
        for (int dx = 0; dx < 2; ++dx) {
          if (2 * x + dx < fine.width && 2 * y + dy < fine.height) {
            ++total;
            unknown += fine.unknown[fine.index(2 * x + dx, 2 * y + dy)];
          }
        }
      }
      coarse.unknown[coarse.index(x, y)] = 4 * unknown >= 3 * total ? 1 : 0;
    }
  }
  return coarse;
}

/// Sums the fine residuals of each 2x2 block: the stencil without 1/h^2 keeps its scale that way.
void restrict_residual(const Level& fine, Level& coarse) {
  const auto channels = static_cast<std::size_t>(fine.channels);
  std::fill(coarse.right.begin(), coarse.right.end(), 0.0F);
  std::fill(coarse.error.begin(), coarse.error.end(), 0.0F);
  for (int y = 0; y < fine.height; ++y) {
    for (int x = 0; x < fine.width; ++x) {
      const std::size_t from = fine.index(x, y) * channels;
      const std::size_t to = coarse.index(x / 2, y / 2) * channels;
      for (std::size_t c = 0; c < channels; ++c) {
        coarse.right[to + c] += fine.residual[from + c];
      }
    }
  }
}

/// Adds the coarse error to the fine one, bilinear between the coarse centres.
void prolong_error(const Level& coarse, Level& fine) {
  const auto channels = static_cast<std::size_t>(fine.channels);
  for (int y = 0; y < fine.height; ++y) {
    const int y0 = y / 2;
    const int y1 = std::clamp(y0 + ((y & 1) != 0 ? 1 : -1), 0, coarse.height - 1);
    for (int x = 0; x < fine.width; ++x) {
      const std::size_t i = fine.index(x, y);
      if (fine.unknown[i] == 0) {
        continue;
      }
      const int x0 = x / 2;
      const int x1 = std::clamp(x0 + ((x & 1) != 0 ? 1 : -1), 0, coarse.width - 1);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto at = [&](int cx, int cy) {
          return coarse.error[coarse.index(cx, cy) * channels + c];
        };
        fine.error[i * channels + c] +=
            0.5625F * at(x0, y0) + 0.1875F * (at(x1, y0) + at(x0, y1)) + 0.0625F * at(x1, y1);
      }
    }
  }
}

void v_cycle(std::vector<Level>& levels, std::size_t depth) {
  Level& level = levels[depth];
  if (depth + 1 == levels.size()) {
    sweep(level, kCoarsestSweeps);
    return;
  }
  sweep(level, kSmoothSweeps);
  compute_residual(level);
  restrict_residual(level, levels[depth + 1]);
  v_cycle(levels, depth + 1);
  prolong_error(levels[depth + 1], level);
  sweep(level, kSmoothSweeps);
}

std::vector<Level> make_levels(const FloatImage& unknown, int channels) {
  std::vector<Level> levels;
  levels.emplace_back(unknown.width_px, unknown.height_px, channels);
  for (std::size_t i = 0; i < unknown.values.size(); ++i) {
    levels[0].unknown[i] = unknown.values[i] > 0.5F ? 1 : 0;
  }
  while (std::min(levels.back().width, levels.back().height) > kCoarsestSide) {
    Level coarse = coarsen(levels.back());
    const auto& unknown_pixels = coarse.unknown;
    if (std::find(unknown_pixels.begin(), unknown_pixels.end(), 0) == unknown_pixels.end()) {
      break;  // without a fixed pixel the coarse system would be singular
    }
    levels.push_back(std::move(coarse));
  }
  return levels;
}

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

FloatImage harmonic_fill(const FloatImage& values, const FloatImage& unknown) {
  require_shapes(values, values, unknown);
  FloatImage out = values;
  std::vector<Level> levels = make_levels(unknown, values.channels);
  Level& fine = levels[0];
  const auto channels = static_cast<std::size_t>(values.channels);
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    fine.error[i] = fine.unknown[i / channels] != 0 ? 0.0F : values.values[i];
  }
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    v_cycle(levels, 0);
  }
  out.values = fine.error;
  return out;
}

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
