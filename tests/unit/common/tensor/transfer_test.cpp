#include "common/tensor/transfer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(Transfer, OfATensorThatIsThereIsTheTensor) {
  const at::Tensor tensor = at::rand({2, 3});
  EXPECT_TRUE(move_to(tensor, at::kCPU).is_same(tensor));
  EXPECT_TRUE(move_to_host(tensor).is_same(tensor));
}

TEST(Transfer, ToADeviceAndBackKeepsBitsAndLayout) {
  if (!at::hasCUDA()) {
    GTEST_SKIP() << "no CUDA device";
  }
  const at::Tensor tensor = at::rand({2, 3, 5, 7}).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor moved = move_to(tensor, {at::kCUDA, 0});
  EXPECT_TRUE(moved.is_cuda());
  EXPECT_TRUE(moved.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(at::equal(move_to_host(moved), tensor));
  EXPECT_TRUE(at::equal(move_to_host(moved.narrow(2, 1, 3)), tensor.narrow(2, 1, 3)));
}

}  // namespace
}  // namespace changeling
