#include "generator/methods/mesh_swap/harmonic_fill.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kSmoothSweeps = 2;
constexpr int kCoarsestSweeps = 60;
constexpr int kCoarsestSide = 6;
constexpr int kIterations = 5;

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

/// (sum over neighbours)(v_p - v_q) on the unknown pixels, 0 on the others.
std::vector<float> apply_stencil(Level& level, const std::vector<float>& values) {
  level.error = values;
  std::fill(level.right.begin(), level.right.end(), 0.0F);
  compute_residual(level);
  std::vector<float> image = level.residual;
  for (float& value : image) {
    value = -value;
  }
  return image;
}

std::vector<float> residual_of(Level& level, const std::vector<float>& values) {
  level.error = values;
  std::fill(level.right.begin(), level.right.end(), 0.0F);
  compute_residual(level);
  return level.residual;
}

/// One V-cycle on A step = residual.
std::vector<float> precondition(std::vector<Level>& levels, const std::vector<float>& residual) {
  levels[0].right = residual;
  std::fill(levels[0].error.begin(), levels[0].error.end(), 0.0F);
  v_cycle(levels, 0);
  return levels[0].error;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * b[i];
  }
  return sum;
}

/// Sets the unknown pixels to the mean of the known pixels beside them, per channel; 0 without any.
void start_from_border_mean(const Level& level, FloatImage& values) {
  const auto channels = static_cast<std::size_t>(level.channels);
  std::vector<double> sum(channels, 0.0);
  double count = 0;
  const auto width = static_cast<std::size_t>(level.width);
  const auto is_border = [&](std::size_t i, std::size_t neighbour) {
    return level.unknown[i] == 0 && level.unknown[neighbour] != 0;
  };
  for (std::size_t i = 0; i < level.unknown.size(); ++i) {
    const std::size_t x = i % width;
    const bool counts = (x > 0 && is_border(i, i - 1)) || (x + 1 < width && is_border(i, i + 1)) ||
                        (i >= width && is_border(i, i - width)) ||
                        (i + width < level.unknown.size() && is_border(i, i + width));
    count += counts ? 1 : 0;
    for (std::size_t c = 0; c < channels && counts; ++c) {
      sum[c] += values.values[i * channels + c];
    }
  }
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    if (level.unknown[i / channels] != 0) {
      values.values[i] = count > 0 ? static_cast<float>(sum[i % channels] / count) : 0.0F;
    }
  }
}

}  // namespace

FloatImage harmonic_fill(const FloatImage& values, const FloatImage& unknown) {
  CHANGELING_REQUIRE(unknown.channels == 1 && unknown.width_px == values.width_px &&
                         unknown.height_px == values.height_px,
                     "the mask of unknown pixels must have the picture's size and one channel");
  std::vector<Level> levels = make_levels(unknown, values.channels);
  FloatImage solution = values;
  start_from_border_mean(levels[0], solution);
  // Note [Flexible conjugate gradients]: the V-cycle alone converges slowly where the coarse grids'
  // border lies a little off the fine one; as a preconditioner that hardly matters. It is not
  // exactly symmetric, hence the Polak-Ribiere form of beta (Notay 2000).
  std::vector<float> residual = residual_of(levels[0], solution.values);
  std::vector<float> direction(residual.size(), 0.0F);
  std::vector<float> previous_residual = residual;
  double previous_energy = 0;
  for (int i = 0; i < kIterations; ++i) {
    const std::vector<float> step = precondition(levels, residual);
    const double energy = dot(step, residual);
    if (energy <= 0) {
      break;  // solved to the last bit, or nothing to solve
    }
    const double beta =
        previous_energy > 0 ? (energy - dot(step, previous_residual)) / previous_energy : 0.0;
    for (std::size_t k = 0; k < direction.size(); ++k) {
      direction[k] = step[k] + static_cast<float>(beta) * direction[k];
    }
    const std::vector<float> image = apply_stencil(levels[0], direction);
    const double curvature = dot(direction, image);
    if (curvature <= 0) {
      break;
    }
    const auto length = static_cast<float>(dot(direction, residual) / curvature);
    previous_residual = residual;
    previous_energy = energy;
    for (std::size_t k = 0; k < direction.size(); ++k) {
      solution.values[k] += length * direction[k];
      residual[k] -= length * image[k];
    }
  }
  return solution;
}

}  // namespace changeling
