#include "generator/methods/fsgan/poisson_solver.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kDamping = 0.8;  // of the Jacobi sweeps
constexpr int kSweeps = 2;
constexpr int kCoarsestSweeps = 8;
constexpr std::int64_t kCoarsestSide = 4;
constexpr double kTolerance = 1e-6;  // of the residual's norm over the right side's, per channel
constexpr int kMaxIterations = 500;  // usual: below 15
constexpr int kIterationsPerCheck = 4;
constexpr std::int64_t kSmallestBoxPx = 10;

// Everything below is elementwise, or a sum over one row. On a CPU images are solved one by one, on
// the box of their mask; on a GPU all at once, each channel stopping by itself.

/// Adds factor x the left, right, upper and lower neighbours.
void add_neighbours(at::Tensor& into, const at::Tensor& values, double factor) {
  for (const std::int64_t dim : {2, 3}) {
    const std::int64_t rest = values.size(dim) - 1;
    into.narrow(dim, 1, rest).add_(values.narrow(dim, 0, rest), factor);
    into.narrow(dim, 0, rest).add_(values.narrow(dim, 1, rest), factor);
  }
}

/// One grid of the multigrid hierarchy, float (N,1,h,w).
struct Grid {
  at::Tensor unknown;  ///< 1 where a pixel is unknown
  at::Tensor damped;   ///< damping / 4 there: what a Jacobi sweep takes of the residual
};

/// (4 e - neighbours) on the unknown pixels, 0 on the others.
at::Tensor stencil(const at::Tensor& e, const at::Tensor& unknown) {
  at::Tensor result = e * 4;
  add_neighbours(result, e, -1);
  return result.mul_(unknown);
}

/// Halves an axis: the transpose of prolong_axis.
at::Tensor restrict_axis(const at::Tensor& fine, std::int64_t dim) {
  const at::Tensor even = fine.slice(dim, 0, fine.size(dim), 2);
  const at::Tensor odd = fine.slice(dim, 1, fine.size(dim), 2);
  at::Tensor coarse = (even + odd) * 0.75;
  const std::int64_t rest = coarse.size(dim) - 1;
  coarse.narrow(dim, 1, rest).add_(odd.narrow(dim, 0, rest), 0.25);
  coarse.narrow(dim, 0, rest).add_(even.narrow(dim, 1, rest), 0.25);
  return coarse;
}

/// Doubles an axis: linear between the coarse centres, 0 beyond the ends.
at::Tensor prolong_axis(const at::Tensor& coarse, std::int64_t dim) {
  const std::int64_t rest = coarse.size(dim) - 1;
  at::Tensor even = coarse * 0.75;
  at::Tensor odd = even.clone();
  even.narrow(dim, 1, rest).add_(coarse.narrow(dim, 0, rest), 0.25);
  odd.narrow(dim, 0, rest).add_(coarse.narrow(dim, 1, rest), 0.25);
  return at::stack({even, odd}, dim + 1).flatten(dim, dim + 1);
}

/// The grids, finest first. A coarse pixel is unknown where at least three of its four are.
std::vector<Grid> make_grids(at::Tensor unknown, int levels) {
  std::vector<Grid> grids;
  for (int i = 0; i < levels; ++i) {
    if (i > 0) {
      unknown = (at::avg_pool2d(unknown, {2, 2}, {2, 2}) >= 0.75).to(at::kFloat);
    }
    grids.push_back({unknown, unknown * (kDamping / 4)});
  }
  return grids;
}

/// right - (4 e - neighbours); meant for the unknown pixels only.
at::Tensor raw_residual(const at::Tensor& e, const at::Tensor& right) {
  at::Tensor residual = at::sub(right, e, 4);
  add_neighbours(residual, e, 1);
  return residual;
}

void smooth(at::Tensor& e, const at::Tensor& right, const Grid& grid, int sweeps) {
  for (int i = 0; i < sweeps; ++i) {
    e.add_(raw_residual(e, right).mul_(grid.damped));
  }
}

/// One V-cycle on A e = right from e = 0: a symmetric approximation of the inverse, because the
/// sweeps before and after are the same and restriction is the transpose of prolongation. Without
/// 1/h^2 in the stencil the restricted residual, a sum over four pixels, has the coarse grid's
/// scale.
at::Tensor v_cycle(const std::vector<Grid>& grids, std::size_t depth, const at::Tensor& right) {
  const Grid& grid = grids[depth];
  at::Tensor e = right * grid.damped;
  if (depth + 1 == grids.size()) {
    smooth(e, right, grid, kCoarsestSweeps);
    return e;
  }
  smooth(e, right, grid, kSweeps - 1);
  const at::Tensor residual = raw_residual(e, right).mul_(grid.unknown);
  const at::Tensor coarse_right =
      restrict_axis(restrict_axis(residual, 2), 3).mul_(grids[depth + 1].unknown);
  const at::Tensor correction = v_cycle(grids, depth + 1, coarse_right);
  e.add_(prolong_axis(prolong_axis(correction, 3), 2).mul_(grid.unknown));
  smooth(e, right, grid, kSweeps);
  return e;
}

/// Per image and channel, double (N,C,1,1).
at::Tensor inner_product(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).sum({3}, true, at::kDouble).sum({2}, true);
}

at::Tensor ratio(const at::Tensor& a, const at::Tensor& b, const at::Tensor& where) {
  return at::where(where, a / at::where(where, b, at::ones_like(b)), at::zeros_like(a));
}

/// Solves A e = right for e by preconditioned conjugate gradients; `scale2` is the square of the
/// norm that the residual is measured by. A channel that has converged takes steps of length 0.
at::Tensor conjugate_gradients(const std::vector<Grid>& grids, const at::Tensor& right,
                               const at::Tensor& scale2) {
  const at::Tensor enough = scale2 * (kTolerance * kTolerance);
  at::Tensor solution = at::zeros_like(right);
  at::Tensor residual = right.clone();
  at::Tensor direction = at::zeros_like(right);
  at::Tensor energy;
  at::Tensor active = inner_product(residual, residual) > enough;
  for (int i = 0; i < kMaxIterations; ++i) {
    if (i % kIterationsPerCheck == 0 && !active.any().item<bool>()) {
      break;
    }
    const at::Tensor step = v_cycle(grids, 0, residual);
    const at::Tensor new_energy = inner_product(residual, step);
    if (energy.defined()) {
      direction = direction * ratio(new_energy, energy, active & (energy > 0)).to(at::kFloat);
    }
    direction = direction + step;
    energy = new_energy;
    const at::Tensor image = stencil(direction, grids[0].unknown);
    const at::Tensor curvature = inner_product(direction, image);
    const at::Tensor length = ratio(energy, curvature, active & (curvature > 0)).to(at::kFloat);
    solution = solution + direction * length;
    residual = residual - image * length;
    active = active & (inner_product(residual, residual) > enough);
  }
  return solution;
}

/// Mean of the known values next to unknown pixels, float (N,C,1,1); 0 without any.
at::Tensor border_mean(const at::Tensor& values, const at::Tensor& unknown) {
  at::Tensor near = at::zeros_like(unknown);
  add_neighbours(near, unknown, 1);
  const at::Tensor border = ((near > 0) & (unknown == 0)).to(at::kFloat);
  const at::Tensor count = inner_product(border, border);
  return ratio(inner_product(values, border), count.expand({-1, values.size(1), -1, -1}),
               (count > 0).expand({-1, values.size(1), -1, -1}))
      .to(at::kFloat);
}

/// 1 where the value may change: inside the mask, and not on the image's outermost pixels, whose
/// neighbours are not known.
at::Tensor unknown_pixels(const at::Tensor& mask) {
  at::Tensor unknown = (mask > 0.5).to(at::kFloat);
  for (const std::int64_t dim : {2, 3}) {
    unknown.select(dim, 0).zero_();
    unknown.select(dim, unknown.size(dim) - 1).zero_();
  }
  return unknown;
}

int count_levels(std::int64_t height, std::int64_t width) {
  int levels = 1;
  for (std::int64_t side = std::min(height, width); side > kCoarsestSide; side = (side + 1) / 2) {
    ++levels;
  }
  return levels;
}

/// Zeros on the right and below, up to sides that can be halved for every further level.
at::Tensor padded(const at::Tensor& values, int levels) {
  const std::int64_t step = std::int64_t{1} << (levels - 1);
  const auto missing = [step](std::int64_t side) { return (step - side % step) % step; };
  return at::constant_pad_nd(values, {0, missing(values.size(3)), 0, missing(values.size(2))}, 0);
}

void require_fitting(const at::Tensor& source, const at::Tensor& target, const at::Tensor& mask) {
  CHANGELING_REQUIRE(source.dim() == 4 && source.sizes() == target.sizes() && mask.dim() == 4 &&
                         mask.size(0) == source.size(0) && mask.size(1) == 1 &&
                         mask.size(2) == source.size(2) && mask.size(3) == source.size(3),
                     "cloning needs source and target (N,C,H,W) and a mask (N,1,H,W)");
  CHANGELING_REQUIRE(source.scalar_type() == at::kFloat && target.scalar_type() == at::kFloat,
                     "cloning needs float images");
  CHANGELING_REQUIRE(source.numel() > 0 && source.size(2) >= 2 && source.size(3) >= 2,
                     "cloning needs images of 2 x 2 px or more");
}

/// Last minus first index along `dim` where the mask is set, int64 (N); negative without any.
at::Tensor extent(const at::Tensor& is_set, std::int64_t dim) {
  const at::Tensor line = is_set.squeeze(1).any(dim == 3 ? 1 : 2);
  const at::Tensor index =
      at::arange(line.size(1), line.options().dtype(at::kLong)).expand_as(line);
  const at::Tensor last = at::where(line, index, at::full_like(index, -1)).amax({1});
  const at::Tensor first = at::where(line, index, at::full_like(index, line.size(1))).amin({1});
  return last - first;
}

/// solve_poisson for the unknown pixels given, none of them on the images' border.
at::Tensor solve_unknown(const at::Tensor& source, const at::Tensor& target,
                         const at::Tensor& unknown) {
  const int levels = count_levels(source.size(2), source.size(3));
  const std::vector<Grid> grids = make_grids(padded(unknown, levels), levels);
  // source + e with e harmonic inside and target - source on the border; e starts from its mean
  // there, which keeps the float sums small.
  const at::Tensor difference = padded(target - source, levels);
  const at::Tensor is_unknown = grids[0].unknown > 0;
  const at::Tensor start = border_mean(difference, grids[0].unknown);
  const at::Tensor right =
      -stencil(at::where(is_unknown, at::zeros_like(difference), difference), grids[0].unknown);
  const at::Tensor rest = -stencil(at::where(is_unknown, start, difference), grids[0].unknown);
  const at::Tensor e = conjugate_gradients(grids, rest, inner_product(right, right)) + start;
  const at::Tensor inside = e.narrow(2, 0, source.size(2)).narrow(3, 0, source.size(3));
  return at::where(unknown > 0, source + inside, target);
}

/// One image (1,C,H,W) on the box around its unknown pixels and their neighbours.
at::Tensor solve_in_box(const at::Tensor& source, const at::Tensor& target,
                        const at::Tensor& unknown) {
  const at::Tensor found = at::nonzero(unknown[0][0]);
  if (found.size(0) == 0) {
    return target;
  }
  const at::Tensor first = found.amin({0}) - 1;
  const at::Tensor size = found.amax({0}) + 2 - first;
  const auto box = [&](const at::Tensor& image) {
    return image.narrow(2, first[0].item<std::int64_t>(), size[0].item<std::int64_t>())
        .narrow(3, first[1].item<std::int64_t>(), size[1].item<std::int64_t>());
  };
  at::Tensor result = target.clone();
  box(result).copy_(solve_unknown(box(source), box(target), box(unknown)));
  return result;
}

}  // namespace

at::Tensor solve_poisson(const at::Tensor& source, const at::Tensor& target,
                         const at::Tensor& mask) {
  require_fitting(source, target, mask);
  const c10::NoGradGuard no_grad;
  const at::Tensor unknown = unknown_pixels(mask);
  if (!source.device().is_cpu()) {
    return solve_unknown(source, target, unknown);
  }
  std::vector<at::Tensor> solved;
  for (std::int64_t i = 0; i < source.size(0); ++i) {
    const auto image = [i](const at::Tensor& batch) { return batch.narrow(0, i, 1); };
    solved.push_back(solve_in_box(image(source), image(target), image(unknown)));
  }
  return at::cat(solved);
}

namespace {

/// Outside the mask the mean of the neighbours inside it: the gradient across the mask's edge is
/// then the face's own. That of a pasted picture is the edge itself, and its clone the picture.
at::Tensor continued(const at::Tensor& pasted, const at::Tensor& is_set) {
  const at::Tensor inside = is_set.to(at::kFloat);
  at::Tensor sum = at::zeros_like(pasted);
  at::Tensor count = at::zeros_like(inside);
  add_neighbours(sum, pasted * inside, 1);
  add_neighbours(count, inside, 1);
  return at::where(is_set, pasted, sum / count.clamp_min(1));
}

/// The mask, empty where its box is too small to be cloned into.
at::Tensor cloned_pixels(const at::Tensor& mask) {
  const at::Tensor is_set = mask > 0.5;
  const at::Tensor is_large =
      (extent(is_set, 2) > kSmallestBoxPx) & (extent(is_set, 3) > kSmallestBoxPx);
  return mask * is_large.view({-1, 1, 1, 1}).to(mask.scalar_type());
}

}  // namespace

at::Tensor poisson_target(const at::Tensor& pasted, const at::Tensor& target,
                          const at::Tensor& mask, const at::Tensor& trust) {
  require_fitting(pasted, target, mask);
  const at::Tensor face = continued(pasted, mask > 0.5);
  const at::Tensor cloned = cloned_pixels(mask);
  const at::Tensor border = trust.defined() ? face.lerp(target, trust) : target;
  const at::Tensor solved = solve_poisson(face, border, cloned);
  return at::where(unknown_pixels(cloned) > 0, solved, target);
}

}  // namespace changeling
