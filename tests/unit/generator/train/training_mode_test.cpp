#include "generator/train/training_mode.h"

#include <array>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "common/tensor/device.h"

namespace changeling {
namespace {

using Flags = std::array<bool, 6>;

/// Deterministic algorithms, with warnings only; cuDNN deterministic, by trial; TF32 of cuDNN, of
/// cuBLAS.
Flags flags() {
  const at::Context& context = at::globalContext();
  return {context.deterministicAlgorithms(), context.deterministicAlgorithmsWarnOnly(),
          context.deterministicCuDNN(),      context.benchmarkCuDNN(),
          context.allowTF32CuDNN(),          context.allowTF32CuBLAS()};
}

constexpr Flags kConfigured = {true, false, true, false, false, false};

class TrainingModeTest : public ::testing::Test {
 protected:
  void SetUp() override { configure_torch(at::get_num_threads()); }
};

TEST_F(TrainingModeTest, AllowsEveryKernelOfAGpuAndPutsTheFlagsBack) {
  ASSERT_EQ(flags(), kConfigured);
  {
    const TrainingMode mode(c10::kCUDA, GpuKernels::kFastest);
    EXPECT_EQ(flags(), (Flags{false, false, false, true, true, true}));
  }
  EXPECT_EQ(flags(), kConfigured);
  {
    const TrainingMode mode(c10::kCUDA, GpuKernels::kAny);
    EXPECT_EQ(flags(), (Flags{false, false, true, false, false, false}));
  }
  EXPECT_EQ(flags(), kConfigured);
}

TEST_F(TrainingModeTest, PutsBackWhatAnotherHasSet) {
  at::globalContext().setDeterministicAlgorithms(true, true);
  at::globalContext().setBenchmarkCuDNN(true);
  const Flags before = flags();
  try {
    const TrainingMode mode(c10::kCUDA, GpuKernels::kFastest);
    throw 1;
  } catch (int) {
    EXPECT_EQ(flags(), before);
  }
}

TEST_F(TrainingModeTest, LeavesTheCpuDeterministic) {
  const TrainingMode mode(c10::kCPU, GpuKernels::kFastest);
  EXPECT_EQ(flags(), kConfigured);
}

}  // namespace
}  // namespace changeling
