#include "common/tensor/device.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace changeling {
namespace {

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

TEST(ConfigureTorch, KeepsTheMemoryOfFreedTensors) {
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
  GTEST_SKIP() << "another allocator";
#endif
  const int threads = at::get_num_threads();
  configure_torch(1);
  at::set_num_threads(threads);
  constexpr std::int64_t kElements = 16 << 20;  // 64 MB, 16,384 pages
  (void)at::ones({kElements});
  const long before = page_faults();
  (void)at::ones({kElements});
  EXPECT_LT(page_faults() - before, 1000);
}

TEST(HasBfloat16, IsTrueOnCuda) {
  EXPECT_TRUE(has_bfloat16({c10::kCUDA, 0}));
}

}  // namespace
}  // namespace changeling
