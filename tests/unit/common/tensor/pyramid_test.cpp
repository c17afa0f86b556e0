#include "common/tensor/pyramid.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(Pyramid, AveragesWindowsWithoutCountingTheBorder) {
  const at::Tensor image = at::arange(16, at::TensorOptions().dtype(at::kFloat)).view({1, 1, 4, 4});
  const Pyramid pyramid = make_pyramid(image, 2);
  ASSERT_EQ(pyramid.levels.size(), 2U);
  EXPECT_TRUE(at::equal(pyramid.levels[0], image));
  const at::Tensor expected =
      at::tensor(at::ArrayRef<float>({2.5F, 4, 8.5F, 10})).view({1, 1, 2, 2});
  EXPECT_TRUE(at::allclose(pyramid.levels[1], expected));
}

TEST(Pyramid, PyrDownWeighsFivePixelsMirroredAtTheBorder) {
  at::Tensor image = at::zeros({1, 2, 8, 8});
  image[0][1] = at::arange(8, at::kFloat).square();  // 0 1 4 9 16 25 36 49 in every row
  const at::Tensor coarse = make_pyramid(image, 2, Halving::kPyrDown).levels[1];
  ASSERT_EQ(coarse.sizes(), (at::IntArrayRef{1, 2, 4, 4}));
  EXPECT_EQ(coarse[0][0].abs().max().item<float>(), 0);
  // x^2 smoothed is x^2 + 1 inside; at 6: (16 + 4 x 25 + 6 x 36 + 4 x 49 + 36) / 16.
  const at::Tensor expected = at::tensor(at::ArrayRef<float>({1, 5, 17, 35.25F}));
  for (int row = 0; row < 4; ++row) {
    EXPECT_TRUE(at::allclose(coarse[0][1][row], expected)) << coarse[0][1][row];
  }
}

TEST(Pyramid, PyrDownHasTheBitsOfAConvolutionWithTheGaussian) {
  const at::Tensor image = at::rand({2, 3, 16, 12});
  const at::Tensor line = at::tensor({1.0F, 4.0F, 6.0F, 4.0F, 1.0F}) / 16;
  const at::Tensor expected = at::conv2d(at::reflection_pad2d(image, {2, 2, 2, 2}),
                                         at::outer(line, line).expand({3, 1, 5, 5}), {}, {2, 2},
                                         at::IntArrayRef{0, 0}, {1, 1}, 3);
  EXPECT_TRUE(at::equal(make_pyramid(image, 2, Halving::kPyrDown).levels[1], expected));
}

class PyramidOf : public testing::TestWithParam<Halving> {};

TEST_P(PyramidOf, KeepsTheMemoryFormat) {
  const at::Tensor image = at::rand({2, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
  const Pyramid pyramid = make_pyramid(image, 3, GetParam());
  EXPECT_EQ(pyramid.levels[2].sizes(), (at::IntArrayRef{2, 3, 4, 4}));
  EXPECT_TRUE(pyramid.levels[1].is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_P(PyramidOf, PassesGradients) {
  const at::Tensor image = at::ones({1, 1, 4, 4}).set_requires_grad(true);
  make_pyramid(image, 2, GetParam()).levels[1].sum().backward();
  EXPECT_NEAR(image.grad().sum().item<double>(), 4, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Halvings, PyramidOf,
                         testing::Values(Halving::kAverage, Halving::kPyrDown));

TEST(Pyramid, RefusesSizesThatDoNotHalve) {
  EXPECT_THROW((void)make_pyramid(at::ones({1, 1, 2, 2}), 2, Halving::kPyrDown), Error);
  EXPECT_THROW((void)make_pyramid(at::ones({1, 1, 6, 6}), 3), Error);
  EXPECT_THROW((void)make_pyramid(at::ones({1, 6, 6}), 2), Error);
  EXPECT_THROW((void)make_pyramid(at::ones({1, 1, 6, 6}), 0), Error);
}

}  // namespace
}  // namespace changeling
