#include "tests/support/cpu_peak.h"

#include <cstring>
#include <ctime>
#include <vector>

#include "tests/support/taken_time.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace changeling {

#if defined(__x86_64__)
namespace {

constexpr int kChains = 12;  ///< independent sums: more than latency times units
constexpr int kFlopsPerDot = 64;

__attribute__((target("avx512f,avx512bf16"))) float dot_products(long count) {
  // Unrolled, the sums live in registers.
  __m512 sums[kChains];
#pragma GCC unroll 12
  for (int k = 0; k < kChains; ++k) {
    sums[k] = _mm512_set1_ps(0);
    asm volatile("" : "+v"(sums[k]));  // else the compiler sees twelve equal sums and keeps one
  }
  const auto ones = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3F803F80));
  auto other = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3F003F00));
  for (long i = 0; i < count; ++i) {
    asm volatile("" : "+v"(other));  // keeps the products inside the loop
#pragma GCC unroll 12
    for (int k = 0; k < kChains; ++k) {
      sums[k] = _mm512_dpbf16_ps(sums[k], ones, other);
    }
  }
  float total = 0;
#pragma GCC unroll 12
  for (int k = 0; k < kChains; ++k) {
    total += sums[k][0];  // all lanes are equal
  }
  return total;
}

}  // namespace

double bfloat16_peak_gflops() {
  if (__builtin_cpu_supports("avx512bf16") == 0) {
    return 0;
  }
  constexpr long kCount = 10'000'000;
  const double start = cpu_seconds();
  // Every product is 0.5; sums stop growing at 2^24, which does not matter.
  const bool is_right = dot_products(kCount) > 0;
  const double seconds = cpu_seconds() - start;
  return is_right ? 1e-9 * kCount * kChains * kFlopsPerDot / seconds : 0;
}
#else
double bfloat16_peak_gflops() {
  return 0;
}
#endif

double memcpy_gbps() {
  constexpr std::size_t kBytes = 64 << 20;
  static std::vector<char> from(kBytes, 1);
  static std::vector<char> to(kBytes, 2);
  const double start = cpu_seconds();
  std::memcpy(to.data(), from.data(), kBytes);
  const double seconds = cpu_seconds() - start;
  return to[kBytes / 2] == 1 ? 2e-9 * kBytes / seconds : 0;
}

}  // namespace changeling
