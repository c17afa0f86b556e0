#include "generator/methods/fsgan/poisson_solver.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

/// Uniform in [-1,1], the same for a seed.
at::Tensor noise(at::IntArrayRef shape, std::uint64_t seed) {
  CounterRng rng(seed);
  at::Tensor values = at::empty(shape);
  float* into = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    into[i] = static_cast<float>(rng.uniform() * 2 - 1);
  }
  return values;
}

/// (1,1,h,w): 1 within `radius` of the centre.
at::Tensor disc(std::int64_t height, std::int64_t width, double x, double y, double radius) {
  const at::Tensor dx = (at::arange(width) - x).square().view({1, width});
  const at::Tensor dy = (at::arange(height) - y).square().view({height, 1});
  return (dx + dy < radius * radius).to(at::kFloat).view({1, 1, height, width});
}

double largest(const at::Tensor& difference) {
  return difference.abs().max().item<double>();
}

/// The same equations for one channel, built densely in double and solved directly.
at::Tensor solve_densely(const at::Tensor& source, const at::Tensor& target,
                         const at::Tensor& mask) {
  const std::int64_t height = source.size(0);
  const std::int64_t width = source.size(1);
  const at::Tensor s = source.to(at::kDouble);
  const at::Tensor t = target.to(at::kDouble);
  at::Tensor matrix = at::eye(height * width, at::kDouble);
  at::Tensor right = t.clone().flatten();
  const auto get = [](const at::Tensor& image, std::int64_t y, std::int64_t x) {
    return image[y][x].item<double>();
  };
  for (std::int64_t y = 1; y + 1 < height; ++y) {
    for (std::int64_t x = 1; x + 1 < width; ++x) {
      if (get(mask, y, x) < 0.5) {
        continue;
      }
      const std::int64_t row = y * width + x;
      matrix[row][row] = 4;
      for (const std::int64_t neighbour : {row - 1, row + 1, row - width, row + width}) {
        matrix[row][neighbour] = -1;
      }
      right[row] = 4 * get(s, y, x) - get(s, y, x - 1) - get(s, y, x + 1) - get(s, y - 1, x) -
                   get(s, y + 1, x);
    }
  }
  return at::linalg_solve(matrix, right.unsqueeze(1)).view({height, width});
}

TEST(SolvePoisson, AgreesWithADirectSolution) {
  const at::Tensor source = noise({1, 1, 17, 22}, 1);
  const at::Tensor target = noise({1, 1, 17, 22}, 2);
  for (const at::Tensor& mask :
       {disc(17, 22, 10, 8, 6.5), at::ones({1, 1, 17, 22}),
        (noise({1, 1, 17, 22}, 3) > 0).to(at::kFloat), disc(17, 22, 0, 0, 9)}) {
    const at::Tensor expected = solve_densely(source[0][0], target[0][0], mask[0][0]);
    EXPECT_LT(largest(solve_poisson(source, target, mask)[0][0] - expected), 2e-5);
  }
}

TEST(SolvePoisson, RestoresAHarmonicDifferenceAtFullSize) {
  // target - source = x^2 - y^2, harmonic for the 5-point stencil too: the clone is the target.
  const at::Tensor line = (at::arange(256) - 128.0F) / 128;
  const at::Tensor saddle = line.square().view({1, 256}) - line.square().view({256, 1});
  const at::Tensor source = noise({1, 3, 256, 256}, 4) * 0.5F;
  const at::Tensor target = source + saddle;
  const at::Tensor hidden = at::where(disc(256, 256, 130, 120, 80) > 0, source, target);
  const at::Tensor clone = solve_poisson(source, hidden, disc(256, 256, 130, 120, 80));
  EXPECT_LT(largest(clone - target), 1e-5);
}

TEST(SolvePoisson, CloningOntoItselfChangesNoBit) {
  const at::Tensor image = noise({2, 3, 40, 33}, 5);
  EXPECT_TRUE(at::equal(
      solve_poisson(image, image, disc(40, 33, 15, 18, 12).expand({2, 1, 40, 33})), image));
}

TEST(SolvePoisson, AConstantOffsetIsTakenAway) {
  const at::Tensor target = noise({1, 3, 48, 48}, 6);
  const at::Tensor clone = solve_poisson(target + 0.7F, target, disc(48, 48, 24, 24, 17));
  EXPECT_LT(largest(clone - target), 1e-6);
}

TEST(SolvePoisson, IsLinearInItsInputs) {
  const at::Tensor mask = disc(32, 32, 15, 16, 11);
  const at::Tensor a = noise({1, 1, 32, 32}, 7);
  const at::Tensor b = noise({1, 1, 32, 32}, 8);
  const at::Tensor c = noise({1, 1, 32, 32}, 9);
  const at::Tensor d = noise({1, 1, 32, 32}, 10);
  const at::Tensor together = solve_poisson(a * 2 - b, c * 2 - d, mask);
  const at::Tensor apart = solve_poisson(a, c, mask) * 2 - solve_poisson(b, d, mask);
  EXPECT_LT(largest(together - apart), 3e-5);
}

TEST(SolvePoisson, OutsideTheMaskIsTheTargetBitForBit) {
  const at::Tensor source = noise({1, 2, 30, 44}, 11);
  const at::Tensor target = noise({1, 2, 30, 44}, 12);
  const at::Tensor mask = (noise({1, 1, 30, 44}, 13) > 0.3).to(at::kFloat);
  const at::Tensor clone = solve_poisson(source, target, mask);
  const at::Tensor is_outside = (mask == 0).expand_as(clone);
  EXPECT_TRUE(at::equal(clone.masked_select(is_outside), target.masked_select(is_outside)));
  for (const std::int64_t edge : {0, 29}) {
    EXPECT_TRUE(at::equal(clone.select(2, edge), target.select(2, edge)));
  }
  EXPECT_TRUE(at::equal(solve_poisson(source, target, at::zeros_like(mask)), target));
}

TEST(SolvePoisson, AnImagesBitsDoNotDependOnItsBatch) {
  // Masks that need different numbers of steps, one of them none.
  const at::Tensor source = noise({4, 3, 64, 64}, 14);
  const at::Tensor target = noise({4, 3, 64, 64}, 15);
  const at::Tensor mask =
      at::cat({disc(64, 64, 32, 32, 28), disc(64, 64, 20, 40, 3), at::zeros({1, 1, 64, 64}),
               (noise({1, 1, 64, 64}, 16) > -0.5).to(at::kFloat)});
  const at::Tensor together = solve_poisson(source, target, mask);
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto row = [i](const at::Tensor& batch) { return batch.slice(0, i, i + 1); };
    EXPECT_TRUE(at::equal(solve_poisson(row(source), row(target), row(mask)), row(together))) << i;
  }
  const at::Tensor pair =
      solve_poisson(source.slice(0, 1, 3), target.slice(0, 1, 3), mask.slice(0, 1, 3));
  EXPECT_TRUE(at::equal(pair, together.slice(0, 1, 3)));
}

TEST(PoissonTarget, IsThePlainTargetForSmallMasks) {
  const at::Tensor pasted = noise({3, 3, 40, 40}, 17);
  const at::Tensor target = noise({3, 3, 40, 40}, 18);
  at::Tensor mask = at::zeros({3, 1, 40, 40});
  mask[0][0].slice(0, 5, 16).slice(1, 5, 35).fill_(1);  // rows 5..15: 10 px from first to last
  mask[1][0].slice(0, 5, 17).slice(1, 5, 35).fill_(1);  // rows 5..16: 11 px
  const at::Tensor goal = poisson_target(pasted, target, mask);
  EXPECT_TRUE(at::equal(goal[0], target[0]));
  EXPECT_FALSE(at::equal(goal[1], target[1]));
  EXPECT_TRUE(at::equal(goal[2], target[2])) << "an empty mask";
  const at::Tensor upright = mask.transpose(2, 3);
  EXPECT_TRUE(at::equal(poisson_target(pasted, target, upright)[0], target[0]));
  EXPECT_FALSE(at::equal(poisson_target(pasted, target, upright)[1], target[1]));
}

TEST(PoissonTarget, TakesTheColourOfTheSurroundingsNotThePastedEdge) {
  const at::Tensor target = at::full({1, 3, 40, 40}, 0.5F);
  at::Tensor mask = at::zeros({1, 1, 40, 40});
  mask.narrow(2, 8, 24).narrow(3, 8, 24).fill_(1);
  const at::Tensor face = noise({1, 3, 40, 40}, 21) * 0.1 - 0.8;
  const at::Tensor pasted = at::where(mask > 0, face, target);
  const at::Tensor goal = poisson_target(pasted, target, mask);
  EXPECT_NEAR(goal.narrow(2, 8, 24).narrow(3, 8, 24).mean().item<double>(), 0.5, 0.1);
  EXPECT_TRUE(at::equal(goal, poisson_target(at::where(mask > 0, face, face - 9), target, mask)))
      << "what lies outside the mask has no say";
}

TEST(PoissonTarget, FollowsTheBorderOnlyAsFarAsItIsTrusted) {
  const at::Tensor target = at::full({1, 3, 40, 40}, -0.9F);  // hair all around
  at::Tensor mask = at::zeros({1, 1, 40, 40});
  mask.narrow(2, 8, 24).narrow(3, 8, 24).fill_(1);
  const at::Tensor pasted = at::where(mask > 0, at::full_like(target, 0.3F), target);
  const auto mean_inside = [&](float trust) {
    const at::Tensor goal = poisson_target(pasted, target, mask, at::full_like(mask, trust));
    EXPECT_EQ((goal - target).abs().mul(1 - mask).amax().item<float>(), 0) << "outside";
    return goal.narrow(2, 8, 24).narrow(3, 8, 24).mean().item<double>();
  };
  EXPECT_NEAR(mean_inside(0), 0.3, 1e-4);
  EXPECT_NEAR(mean_inside(1), -0.9, 1e-4);
  EXPECT_NEAR(mean_inside(0.5), -0.3, 1e-4);
}

TEST(SolvePoisson, TinyImagesWork) {
  const at::Tensor source = noise({1, 1, 3, 2}, 19);
  EXPECT_TRUE(at::equal(solve_poisson(source, source + 1, at::ones({1, 1, 3, 2})), source + 1));
  const at::Tensor one =
      solve_poisson(at::zeros({1, 1, 3, 3}), at::ones({1, 1, 3, 3}), at::ones({1, 1, 3, 3}));
  EXPECT_NEAR(one[0][0][1][1].item<double>(), 1, 1e-6);
}

TEST(SolvePoisson, RefusesShapesThatDoNotFit) {
  const at::Tensor image = at::zeros({1, 3, 8, 8});
  EXPECT_THROW(static_cast<void>(solve_poisson(image, image, at::zeros({1, 3, 8, 8}))), Error);
  EXPECT_THROW(static_cast<void>(solve_poisson(image, at::zeros({2, 3, 8, 8}), image)), Error);
  EXPECT_THROW(static_cast<void>(solve_poisson(image.to(at::kDouble), image.to(at::kDouble),
                                               at::zeros({1, 1, 8, 8}))),
               Error);
}

}  // namespace
}  // namespace changeling
