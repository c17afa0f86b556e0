#include "generator/train/losses.h"

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

at::Tensor weighted_mean_magnitude(const at::Tensor& difference, const at::Tensor& weight) {
  return weight.defined() ? (difference.abs() * weight).mean() : difference.abs().mean();
}

/// x[..., 1:] - x[..., :-1] along `dim`.
at::Tensor steps(const at::Tensor& x, std::int64_t dim) {
  const std::int64_t count = x.size(dim) - 1;
  return x.narrow(dim, 1, count) - x.narrow(dim, 0, count);
}

at::Tensor along(const at::Tensor& weight, std::int64_t dim) {
  return weight.defined() ? weight.narrow(dim, 1, weight.size(dim) - 1) : weight;
}

at::Tensor mean_square_to(const std::vector<at::Tensor>& scores, double goal) {
  CHANGELING_REQUIRE(!scores.empty(), "an adversarial loss needs scores");
  at::Tensor sum = (scores.front() - goal).square().mean();
  for (std::size_t i = 1; i < scores.size(); ++i) {
    sum = sum + (scores[i] - goal).square().mean();
  }
  return sum;
}

}  // namespace

at::Tensor pixel_loss(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) {
  return weighted_mean_magnitude(a - b, weight);
}

at::Tensor gradient_loss(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) {
  const at::Tensor difference = a - b;
  return weighted_mean_magnitude(steps(difference, 2), along(weight, 2)) +
         weighted_mean_magnitude(steps(difference, 3), along(weight, 3));
}

at::Tensor perceptual_loss(const std::vector<FeatureTap>& image,
                           const std::vector<FeatureTap>& goal) {
  CHANGELING_REQUIRE(!image.empty() && image.size() == goal.size(),
                     "a perceptual loss compares the same taps");
  at::Tensor sum;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const at::Tensor term =
        (image[i].value - goal[i].value.detach()).abs().mean() * image[i].weight;
    sum = sum.defined() ? sum + term : term;
  }
  return sum;
}

at::Tensor generator_adversarial_loss(const std::vector<at::Tensor>& fake_scores) {
  return mean_square_to(fake_scores, 1);
}

at::Tensor discriminator_loss(const std::vector<at::Tensor>& real_scores,
                              const std::vector<at::Tensor>& fake_scores) {
  return (mean_square_to(real_scores, 1) + mean_square_to(fake_scores, 0)) * 0.5;
}

at::Tensor segmentation_loss(const at::Tensor& logits, const at::Tensor& classes) {
  constexpr std::int64_t kIgnored = -100;
  if (!classes.ne(kIgnored).any().item<bool>()) {
    throw Error(ErrorKind::kInput, "a segmentation batch without a single labelled pixel");
  }
  return at::cross_entropy_loss(logits, classes, {}, at::Reduction::Mean, kIgnored, 0.0);
}

at::Tensor reenacted_segmentation_loss(const at::Tensor& logits,
                                       const at::Tensor& reenacted_logits) {
  return pixel_loss(reenacted_logits.softmax(1), logits.detach().softmax(1));
}

at::Tensor stepwise_loss(const at::Tensor& direct, const at::Tensor& stepped) {
  return (direct + stepped) * 0.5;
}

}  // namespace changeling
