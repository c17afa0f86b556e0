#include "common/nets/reflection_pad.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

at::Tensor numbers(std::int64_t height, std::int64_t width) {
  return at::arange(2 * 3 * height * width, at::TensorOptions().dtype(at::kFloat))
      .remainder(17)
      .view({2, 3, height, width});
}

TEST(ReflectionPad, HasTheValuesOfTheLibrarysForEveryPadding) {
  const at::Tensor x = numbers(5, 4);
  for (const std::int64_t p : {0, 1, 2, 3}) {
    const at::Tensor padded = reflection_pad(x, p);
    EXPECT_TRUE(at::equal(padded, at::reflection_pad2d(x, {p, p, p, p}))) << p;
    EXPECT_TRUE(padded.is_contiguous(at::MemoryFormat::ChannelsLast)) << p;
  }
}

TEST(ReflectionPad, ByLinesHasTheValuesOfTheLibrarysForEveryPadding) {
  for (const at::Tensor& x :
       {numbers(5, 4), numbers(4, 7).contiguous(at::MemoryFormat::ChannelsLast)}) {
    for (const std::int64_t p : {0, 1, 2, 3}) {
      const at::Tensor expected = at::reflection_pad2d(x, {p, p, p, p});
      const at::Tensor padded = reflection_pad_by_lines(x, p);
      EXPECT_TRUE(at::equal(padded, expected)) << p;
      EXPECT_TRUE(padded.is_contiguous(at::MemoryFormat::ChannelsLast)) << p;
      const at::Tensor half = reflection_pad_by_lines(x.to(at::kBFloat16), p);
      EXPECT_EQ(half.scalar_type(), at::kBFloat16);
      EXPECT_TRUE(at::equal(half, expected.to(at::kBFloat16))) << p;
    }
  }
}

TEST(ReflectionPad, ByLinesTakesWhatIsWrittenIntoTheWindow) {
  const at::Tensor x = numbers(5, 4) - 8;
  const at::Tensor padded =
      reflection_pad_by_lines(x, 2, [&](at::Tensor& window) { at::clamp_min_out(window, x, 0); });
  EXPECT_TRUE(at::equal(padded, at::reflection_pad2d(at::relu(x), {2, 2, 2, 2})));
}

TEST(ReflectionPad, HasTheGradientOfTheLibrarys) {
  for (const std::int64_t p : {0, 1, 3}) {
    at::Tensor ours = numbers(5, 6).set_requires_grad(true);
    at::Tensor theirs = numbers(5, 6).set_requires_grad(true);
    const at::Tensor goal = numbers(5 + 2 * p, 6 + 2 * p).flip({3});
    (reflection_pad(ours, p) * goal).sum().backward();
    (at::reflection_pad2d(theirs, {p, p, p, p}) * goal).sum().backward();
    EXPECT_TRUE(at::equal(ours.grad(), theirs.grad())) << p;
  }
}

TEST(ReflectionPad, KeepsBFloat16) {
  const at::Tensor x = numbers(4, 4);
  const at::Tensor padded = reflection_pad(x.to(at::kBFloat16), 1);
  EXPECT_EQ(padded.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::equal(padded.to(at::kFloat), reflection_pad(x, 1)));
}

TEST(ReflectionPad, RefusesMoreThanThePictureHolds) {
  EXPECT_THROW((void)reflection_pad(numbers(3, 9), 3), Error);
  EXPECT_THROW((void)reflection_pad(numbers(3, 9), -1), Error);
  EXPECT_THROW((void)reflection_pad(at::rand({3, 9, 9}), 1), Error);
  EXPECT_THROW((void)reflection_pad_by_lines(numbers(3, 9), 3), Error);
}

}  // namespace
}  // namespace changeling
