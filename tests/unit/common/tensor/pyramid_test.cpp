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

TEST(Pyramid, KeepsTheMemoryFormat) {
  const at::Tensor image = at::rand({2, 3, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  const Pyramid pyramid = make_pyramid(image, 3);
  EXPECT_EQ(pyramid.levels[2].sizes(), (at::IntArrayRef{2, 3, 2, 2}));
  EXPECT_TRUE(pyramid.levels[1].is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(Pyramid, PassesGradients) {
  const at::Tensor image = at::ones({1, 1, 4, 4}).set_requires_grad(true);
  make_pyramid(image, 2).levels[1].sum().backward();
  EXPECT_NEAR(image.grad().sum().item<double>(), 4, 1e-6);
}

TEST(Pyramid, RefusesSizesThatDoNotHalve) {
  EXPECT_THROW((void)make_pyramid(at::ones({1, 1, 6, 6}), 3), Error);
  EXPECT_THROW((void)make_pyramid(at::ones({1, 6, 6}), 2), Error);
  EXPECT_THROW((void)make_pyramid(at::ones({1, 1, 6, 6}), 0), Error);
}

}  // namespace
}  // namespace changeling
