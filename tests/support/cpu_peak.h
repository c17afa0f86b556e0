// tests/support/cpu_peak.h: what the CPU can do at most, measured beside what is compared with it.
#pragma once

namespace changeling {

/// bfloat16 multiply-adds of one core, in GFLOP per CPU second: independent AVX512-BF16 dot
/// products on registers, for about 20 ms. 0 where the CPU has none.
double bfloat16_peak_gflops();

/// Copies memory beyond the caches, GB read and written per CPU second.
double memcpy_gbps();

}  // namespace changeling
