// tests/goals/own_time.h: how long work takes on a machine that does other things as well.
#pragma once

#include <chrono>
#include <fstream>
#include <functional>

namespace changeling {

/// How long this thread was ready to run so far and another had its core; 0 where the kernel does
/// not tell.
inline double queued_seconds_now() {
  std::ifstream file("/proc/thread-self/schedstat");
  double running_ns = 0, queued_ns = 0;
  return file >> running_ns >> queued_ns ? 1e-9 * queued_ns : 0;
}

/// Wall time of `work` with all its waits, for the disk and for threads of its own, but without
/// those of this thread for a core that other work has.
inline double own_seconds(const std::function<void()>& work) {
  const double queued = queued_seconds_now();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return wall.count() - (queued_seconds_now() - queued);
}

}  // namespace changeling
