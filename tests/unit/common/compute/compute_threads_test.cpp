#include "common/compute/compute_threads.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <opencv2/core/utility.hpp>

namespace changeling {
namespace {

TEST(ConfigureCompute, BindsThePoolsOfAllLibraries) {
  (void)at::mm(at::ones({2, 2}), at::ones({2, 2}));
  using GetThreads = int (*)();
  void* const blas_threads = ::dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
  for (const int threads : {1, 2}) {
    configure_compute(threads);
    EXPECT_EQ(at::get_num_threads(), threads);
    EXPECT_EQ(cv::getNumThreads(), std::min(threads, cv::getNumberOfCPUs()));
    if (blas_threads != nullptr) {
      EXPECT_EQ(reinterpret_cast<GetThreads>(blas_threads)(), threads);
    }
  }
}

}  // namespace
}  // namespace changeling
