// What the pretended card refuses, as CUDA does; ctest loads it with LD_PRELOAD.
#include <cmath>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

namespace changeling {
namespace {

const c10::Device kCard(c10::kCUDA, 0);

at::Tensor ramp() {
  return at::arange(24, at::kFloat).reshape({2, 3, 2, 2});
}

TEST(PretendedCard, IsTheOnlyOne) {
  EXPECT_EQ(torch::cuda::device_count(), 1);
}

TEST(PretendedCard, ComputesWhatTheCpuComputes) {
  const at::Tensor weight = at::ones({6, 1, 1, 1}) * 2;
  const auto on = [&](c10::Device device) {
    const at::Tensor images = ramp().to(device).set_requires_grad(true);
    const at::Tensor pair = at::cat({images, images.flip(3)}, 1).permute({0, 1, 3, 2});
    const at::Tensor found =
        at::convolution(pair, weight.to(device), {}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 6);
    (found * found).sum().backward();
    return at::cat({found.detach().sum({2, 3}).cpu(), images.grad().sum({2, 3}).cpu()}, 1);
  };
  EXPECT_TRUE(at::equal(on(kCard), on(c10::kCPU)));
}

TEST(PretendedCard, RefusesOperandsOnTwoDevices) {
  const at::Tensor here = ramp();
  const at::Tensor there = here.to(kCard);
  EXPECT_THROW(there + here, c10::Error);
  EXPECT_THROW(here * there, c10::Error);
  EXPECT_THROW(at::cat({there, here}, 0), c10::Error);
  EXPECT_THROW(at::conv2d(there, at::ones({4, 3, 1, 1})), c10::Error);
  EXPECT_NO_THROW(there * at::scalar_tensor(2)) << "CUDA takes numbers";
  EXPECT_NO_THROW(at::index(there, {at::arange(1)})) << "and indices";
}

TEST(PretendedCard, RefusesAGeneratorOfTheCpu) {
  const at::Generator generator = at::detail::createCPUGenerator(1);
  EXPECT_THROW((void)ramp().to(kCard).normal_(0, 1, generator), c10::Error);
}

TEST(PretendedCard, RefusesWhatIsNotDeterministicWhereThatIsAsked) {
  const at::Tensor images = ramp().to(kCard).set_requires_grad(true);
  const at::Tensor large = at::upsample_bilinear2d(images, {4, 4}, false).sum();
  at::globalContext().setDeterministicAlgorithms(true, false);
  EXPECT_THROW(large.backward(), c10::Error);
  at::globalContext().setDeterministicAlgorithms(false, false);
}

TEST(PretendedCard, FreshMemoryIsNotANumber) {
  EXPECT_TRUE(std::isnan(at::empty({3}, at::TensorOptions(kCard)).sum().item<double>()));
}

TEST(PretendedCardDeathTest, EndsAProgramThatTouchesItsMemory) {
  const at::Tensor there = ramp().to(kCard);
  EXPECT_DEATH(
      {
        const volatile float* const data = there.data_ptr<float>();
        (void)data[0];
      },
      "the host touches the card's memory");
}

}  // namespace
}  // namespace changeling
