#include "generator/train/losses.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "common/base/error.h"

namespace changeling {
namespace {

using Scalar = std::function<at::Tensor(const at::Tensor&)>;

at::Tensor random(at::IntArrayRef shape, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return at::rand(shape, generator, at::TensorOptions().dtype(at::kDouble)) * 2 - 1;
}

/// Autograd against central differences, for every value of x.
void expect_gradient(const Scalar& loss, const at::Tensor& x) {
  at::Tensor leaf = x.clone().set_requires_grad(true);
  loss(leaf).backward();
  constexpr double kStep = 1e-6;
  const at::Tensor flat = x.reshape({-1});
  for (std::int64_t i = 0; i < flat.size(0); ++i) {
    at::Tensor up = flat.clone();
    at::Tensor down = flat.clone();
    up[i] += kStep;
    down[i] -= kStep;
    const double slope =
        (loss(up.reshape(x.sizes())) - loss(down.reshape(x.sizes()))).item<double>() / (2 * kStep);
    EXPECT_NEAR(leaf.grad().reshape({-1})[i].item<double>(), slope, 1e-6) << "value " << i;
  }
}

double value(const at::Tensor& loss) {
  return loss.item<double>();
}

TEST(PixelLoss, IsTheMeanMagnitude) {
  const at::Tensor a = torch::tensor({1.0, -1.0, 0.5, 0.0}).reshape({1, 1, 2, 2});
  const at::Tensor b = torch::tensor({0.0, -1.0, 0.0, 1.0}).reshape({1, 1, 2, 2});
  EXPECT_DOUBLE_EQ(value(pixel_loss(a, b)), 2.5 / 4);
  const at::Tensor weight = torch::tensor({2.0, 1.0, 0.0, 1.0}).reshape({1, 1, 2, 2});
  EXPECT_DOUBLE_EQ(value(pixel_loss(a, b, weight)), 3.0 / 4);
  EXPECT_DOUBLE_EQ(value(pixel_loss(a, a)), 0);
}

TEST(GradientLoss, ComparesNeighbourDifferences) {
  const at::Tensor a = torch::tensor({0.0, 1.0, 0.0, 3.0}).reshape({1, 1, 2, 2});
  const at::Tensor flat = at::zeros_like(a);
  // Down: 0, 2; across: 1, 3.
  EXPECT_DOUBLE_EQ(value(gradient_loss(a, flat)), 1.0 + 2.0);
  EXPECT_NEAR(value(gradient_loss(a, a + 0.7)), 0, 1e-6) << "an offset has no gradient";
}

TEST(PerceptualLoss, WeighsEachTap) {
  const at::Tensor ones = torch::ones({1, 2, 3, 3});
  const std::vector<FeatureTap> image = {{ones, 0.5}, {ones * 4, 0.25}};
  const std::vector<FeatureTap> goal = {{ones * 3, 0.5}, {ones, 0.25}};
  EXPECT_DOUBLE_EQ(value(perceptual_loss(image, goal)), 0.5 * 2 + 0.25 * 3);
  EXPECT_THROW((void)perceptual_loss(image, {goal.front()}), Error);
}

TEST(PerceptualLoss, SendsNoGradientIntoTheGoal) {
  at::Tensor goal = torch::zeros({1, 1, 2, 2}).set_requires_grad(true);
  at::Tensor image = torch::ones({1, 1, 2, 2}).set_requires_grad(true);
  perceptual_loss({{image * 2, 1}}, {{goal * 2, 1}}).backward();
  EXPECT_FALSE(goal.grad().defined());
  EXPECT_TRUE(image.grad().defined());
}

TEST(AdversarialLoss, IsLeastSquaresOverTheScales) {
  const std::vector<at::Tensor> fake = {torch::full({1, 1, 2, 2}, 0.25), torch::full({1, 1}, 0.5)};
  const std::vector<at::Tensor> real = {torch::full({1, 1, 2, 2}, 0.75), torch::full({1, 1}, 1.0)};
  EXPECT_NEAR(value(generator_adversarial_loss(fake)), 0.5625 + 0.25, 1e-7);
  EXPECT_NEAR(value(discriminator_loss(real, fake)), 0.5 * (0.0625 + 0.0625 + 0.25), 1e-7);
}

TEST(SegmentationLoss, IsTheCrossEntropyOfLabelledPixels) {
  const at::Tensor logits = torch::tensor({0.0, 2.0, 0.0, 1.0, 0.0, 5.0}).reshape({1, 3, 1, 2});
  const at::Tensor classes = torch::tensor({0, -100}, at::kLong).reshape({1, 1, 2});
  // Pixel 0 has the logits 0, 0, 0.
  EXPECT_NEAR(value(segmentation_loss(logits, classes)), std::log(3.0), 1e-6);
  EXPECT_THROW((void)segmentation_loss(logits, at::full_like(classes, -100)), Error);
}

TEST(ReenactedSegmentationLoss, ComparesTheSharesOfTheClasses) {
  at::Tensor real = torch::tensor({0.0, std::log(3.0)}).reshape({1, 2, 1, 1});       // 1/4, 3/4
  at::Tensor reenacted = torch::tensor({std::log(9.0), 0.0}).reshape({1, 2, 1, 1});  // 9/10, 1/10
  real.set_requires_grad(true);
  reenacted.set_requires_grad(true);
  const at::Tensor loss = reenacted_segmentation_loss(real, reenacted);
  EXPECT_NEAR(value(loss), 0.65, 1e-6);
  loss.backward();
  EXPECT_FALSE(real.grad().defined());
  // d share / d logit = 9/10 * 1/10, one each way, mean of two.
  EXPECT_NEAR(reenacted.grad()[0][0][0][0].item<double>(), 0.09, 1e-6);
}

TEST(StepwiseLoss, IsTheMeanOfBothWays) {
  EXPECT_DOUBLE_EQ(value(stepwise_loss(torch::tensor(1.0), torch::tensor(3.0))), 2.0);
}

TEST(Losses, HaveTheGradientsOfFiniteDifferences) {
  const at::Tensor x = random({2, 2, 3, 4}, 1);
  const at::Tensor y = random({2, 2, 3, 4}, 2);
  const at::Tensor weight = random({2, 1, 3, 4}, 3).abs();
  expect_gradient([&](const at::Tensor& t) { return pixel_loss(t, y, weight); }, x);
  expect_gradient([&](const at::Tensor& t) { return gradient_loss(t, y, weight); }, x);
  expect_gradient(
      [&](const at::Tensor& t) {
        return perceptual_loss({{t * t, 0.5}}, {{y, 0.5}});
      },
      x);
  expect_gradient([&](const at::Tensor& t) { return generator_adversarial_loss({t, t * 2}); }, x);
  expect_gradient([&](const at::Tensor& t) { return discriminator_loss({t}, {t * 2, y}); }, x);
  expect_gradient([&](const at::Tensor& t) { return pixel_loss(t, y); }, x);
  const at::Tensor classes = torch::randint(0, 2, {2, 3, 4}, at::TensorOptions().dtype(at::kLong));
  expect_gradient([&](const at::Tensor& t) { return segmentation_loss(t, classes); }, x);
}

}  // namespace
}  // namespace changeling
