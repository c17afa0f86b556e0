#include "common/tensor/device.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <sstream>
#include <thread>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>
#include <malloc.h>
#include <omp.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "common/base/error.h"

namespace changeling {
namespace {

bool cpu_has_avx512_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

/// Convolutions of the sizes that the networks use, against float32.
bool bfloat16_convolutions_agree() {
  constexpr double kLimit = 0.02;  // of the largest value; rounding stays below a quarter of it
  constexpr auto kLast = at::MemoryFormat::ChannelsLast;
  const c10::InferenceMode inference;
  at::Generator generator = at::detail::createCPUGenerator(1);
  for (const auto& [channels, kernel, stride] :
       {std::array{64, 3, 1}, {64, 3, 2}, {3, 7, 1}, {64, 1, 1}, {8, 2, 1}}) {
    const at::Tensor x =
        at::randn({2, channels, 20, 20}, generator).to(at::kBFloat16, false, false, kLast);
    const at::Tensor weight =
        at::randn({48, channels, kernel, kernel}, generator).to(at::kBFloat16, false, false, kLast);
    const at::Tensor found = at::conv2d(x, weight, {}, stride).to(at::kFloat);
    const at::Tensor expected = at::conv2d(x.to(at::kFloat), weight.to(at::kFloat), {}, stride);
    const auto error = (found - expected).abs().max().item<double>();
    if (!(error <= kLimit * expected.abs().max().item<double>())) {
      return false;
    }
  }
  return true;
}

// Note [Kept memory]
// LibTorch allocates the output of every layer anew and frees it when it has been read. By default
// glibc maps blocks beyond 32 MB from the kernel and gives them back when freed; the page faults on
// them took a third of a network pass in bfloat16 and half of one in float32. Freed memory stays in
// the process instead: its size becomes that of the largest batch.
void keep_freed_memory() {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

// Note [Aligned memory]
// Until 2.38 glibc gives an aligned block by cutting it out of a longer one, and a freed block is
// then too short for the next request of its size (sourceware.org bug 14581): with LibTorch's
// posix_memalign the heap of a long job grew to twice what was in use. This allocator asks for
// plain blocks, keeps their address before the aligned data, and so finds freed blocks again.
#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 38) && TORCH_VERSION_MAJOR < 2
constexpr std::size_t kAlignment = 64;

void free_block(void* data) {
  if (data != nullptr) {
    std::free(static_cast<void**>(data)[-1]);
  }
}

class PlainBlockAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) const override {
    if (bytes == 0) {
      return {nullptr, nullptr, &free_block, c10::kCPU};
    }
    void* block = std::malloc(bytes + sizeof(void*) + kAlignment);
    if (block == nullptr) {
      throw std::bad_alloc();
    }
    void* data = static_cast<char*>(block) + sizeof(void*);
    std::size_t room = bytes + kAlignment;
    std::align(kAlignment, bytes, data, room);
    static_cast<void**>(data)[-1] = block;
    return {data, data, &free_block, c10::kCPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
};

void reuse_freed_memory() {
  static PlainBlockAllocator allocator;
  constexpr std::uint8_t kAboveDefault = 1;
  c10::SetCPUAllocator(&allocator, kAboveDefault);
}
#else
void reuse_freed_memory() {}
#endif

/// LibTorch leaves OpenBLAS's own pool, of all cores, as it is. Which BLAS is there is known when
/// the program starts: Debian has several under one name.
void set_blas_threads(int threads) {
  using SetThreads = void (*)(int);
  if (void* set = ::dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<SetThreads>(set)(threads);
  }
}

}  // namespace

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

bool has_bfloat16(c10::Device device) {
  if (device.is_cuda()) {
    return true;
  }
  static const bool on_cpu =
      device.is_cpu() && cpu_has_avx512_bf16() && bfloat16_convolutions_agree();
  return on_cpu;
}

void configure_torch(int threads) {
  const auto cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  keep_freed_memory();
  reuse_freed_memory();
  at::set_num_threads(threads > 0 ? threads : std::max(1, cores - 1));
  set_blas_threads(at::get_num_threads());
  // cuBLAS refuses to be deterministic without a workspace of fixed size.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
  // Deterministic mode would fill every fresh tensor with NaN first; nothing here reads one unset.
  context.setDeterministicFillUninitializedMemory(false);
#endif
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
}

void keep_torch_on_this_thread() {
  (void)at::get_num_threads();  // sets the process's count once per thread, and so not again
  ::omp_set_num_threads(1);
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
