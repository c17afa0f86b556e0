#include "common/tensor/device.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <thread>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/cuda.h>

#include "common/base/error.h"

namespace changeling {

c10::Device parse_device(std::string_view text) {
  constexpr std::string_view kCuda = "cuda:";
  if (text == "cpu") {
    return c10::kCPU;
  }
  int index = -1;
  if (text.substr(0, kCuda.size()) == kCuda) {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + kCuda.size(), end, index);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
      index = -1;
    }
  }
  if (index < 0 || index > 127) {
    throw Error(ErrorKind::kConfig,
                "unknown device '" + std::string(text) + "'; use 'cpu' or 'cuda:N'");
  }
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (index >= count) {
    throw Error(ErrorKind::kResource, "device '" + std::string(text) +
                                          "' is absent: LibTorch sees " + std::to_string(count) +
                                          " CUDA devices (use 'cpu')");
  }
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

void configure_torch(int threads) {
  const auto cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(threads > 0 ? threads : std::max(1, cores - 1));
  // cuBLAS refuses to be deterministic without a workspace of fixed size.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
}

std::string torch_build_summary() {
  std::istringstream lines(at::show_config() + at::get_parallel_info());
  std::string summary;
  for (std::string line; std::getline(lines, line);) {
    for (const char* word : {"BLAS", "MKL", "OpenMP", "CPU capability", "get_num_threads"}) {
      if (line.find(word) != std::string::npos) {
        summary += line.substr(line.find_first_not_of(" -\t")) + "\n";
        break;
      }
    }
  }
  return summary;
}

}  // namespace changeling
