#include "common/compute/compute_threads.h"

#include <algorithm>

#include <ATen/Parallel.h>
#include <opencv2/core/utility.hpp>

#include "common/tensor/device.h"

namespace changeling {

void configure_compute(int threads) {
  configure_torch(threads);
  // TBB writes a warning where it is asked for more threads than there are cores.
  cv::setNumThreads(std::min(at::get_num_threads(), cv::getNumberOfCPUs()));
}

}  // namespace changeling
