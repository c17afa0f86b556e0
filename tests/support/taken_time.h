// tests/support/taken_time.h: how long work takes, by the clock and in CPU time.
#pragma once

#include <chrono>
#include <ctime>

namespace changeling {

/// CPU seconds that this process has used, all threads and the kernel's work for it included.
inline double cpu_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// CPU seconds of one call.
template <typename Work>
double cpu_seconds_of(const Work& work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

/// Seconds of one call by the clock.
template <typename Work>
double wall_seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace changeling
