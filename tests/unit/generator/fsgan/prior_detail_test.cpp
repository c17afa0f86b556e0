#include "generator/methods/fsgan/prior_detail.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

/// A bent view of noise that stays clear of the limits, seen well everywhere.
at::Tensor noisy_prior() {
  at::manual_seed(3);
  const at::Tensor view = gaussian_blur(at::rand({2, 3, 32, 32}), 0.5) - 0.5;
  return at::cat({view, at::ones({2, 1, 32, 32})}, 1);
}

at::Tensor view_of(const at::Tensor& prior) {
  return prior.narrow(1, 0, 3);
}

double energy(const at::Tensor& images) {
  return images.square().mean().item<double>();
}

TEST(PriorDetail, GivesBackHalfOfTheDetailThatThePaintedFaceLacks) {
  const at::Tensor prior = noisy_prior();
  const at::Tensor detail = view_of(prior) - gaussian_blur(view_of(prior), 1.6);
  const at::Tensor smooth =
      view_of(prior) - detail;  // lacks the whole detail, and what is coarse in it
  const at::Tensor expected = smooth + 0.5 * (detail - gaussian_blur(detail, 1.6));
  EXPECT_LT((with_prior_detail(smooth, prior) - expected).abs().max().item<double>(), 1e-6);
  EXPECT_LT(energy(with_prior_detail(smooth, prior) - view_of(prior)),
            0.5 * energy(smooth - view_of(prior)));
}

TEST(PriorDetail, LeavesAFaceThatHasItAsItIs) {
  const at::Tensor prior = noisy_prior();
  EXPECT_TRUE(at::equal(with_prior_detail(view_of(prior), prior), view_of(prior)));
}

TEST(PriorDetail, TakesNothingFromASurfaceThatTheViewHides) {
  at::Tensor prior = noisy_prior();
  prior.narrow(1, 3, 1).narrow(3, 0, 16).zero_();
  const at::Tensor painted = at::zeros({2, 3, 32, 32});
  const at::Tensor result = with_prior_detail(painted, prior);
  EXPECT_EQ(energy(result.narrow(3, 0, 16)), 0);
  EXPECT_GT(energy(result.narrow(3, 16, 16)), 0);
}

TEST(PriorDetail, StaysWithinTheRange) {
  const at::Tensor prior = noisy_prior();
  const at::Tensor result = with_prior_detail(at::full({2, 3, 32, 32}, 0.99), prior);
  EXPECT_LE(result.max().item<float>(), 1);
}

}  // namespace
}  // namespace changeling
