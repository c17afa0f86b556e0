#include "common/base/stopwatch.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <sys/resource.h>

namespace changeling {

void StageTimings::add(const StageTiming& timing) {
  for (StageTiming& entry : entries_) {
    if (entry.stage == timing.stage && entry.device == timing.device) {
      entry.frames += timing.frames;
      entry.wall_us += timing.wall_us;
      entry.cpu_us += timing.cpu_us;
      entry.peak_bytes = std::max(entry.peak_bytes, timing.peak_bytes);
      return;
    }
  }
  entries_.push_back(timing);
}

StageSpan::StageSpan(StageTimings& timings, std::string stage, std::int64_t frames)
    : timings_(timings),
      stage_(std::move(stage)),
      frames_(frames),
      wall_start_(std::chrono::steady_clock::now()),
      cpu_start_us_(thread_cpu_us()) {}

StageSpan::~StageSpan() {
  const auto wall = std::chrono::steady_clock::now() - wall_start_;
  StageTiming timing;
  timing.stage = stage_;
  timing.frames = frames_;
  timing.wall_us = std::chrono::duration_cast<std::chrono::microseconds>(wall).count();
  timing.cpu_us = thread_cpu_us() - cpu_start_us_;
  timing.peak_bytes = peak_resident_bytes();
  timings_.add(timing);
}

std::int64_t thread_cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
}

std::int64_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace changeling
