// common/base/stopwatch.h: wall and CPU time per stage of one job. Layer 0.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace changeling {

/// Time spent in one stage; rows of `stage_timing`.
struct StageTiming {
  std::string stage;
  std::string device = "cpu";
  std::int64_t frames = 0;
  std::int64_t wall_us = 0;
  std::int64_t cpu_us = 0;  ///< CPU time of the thread that ran the stage
  std::int64_t peak_bytes =
      0;  ///< peak resident memory of the process when the stage ended; 0 = unknown
};

/// Timings of one job, one entry per (stage, device), in order of first use.
class StageTimings {
 public:
  /// Adds to the entry of the same stage and device, or makes it.
  void add(const StageTiming& timing);

  [[nodiscard]] const std::vector<StageTiming>& entries() const { return entries_; }

 private:
  std::vector<StageTiming> entries_;
};

/// Measures from construction to destruction and adds the span to `timings`. One thread.
class StageSpan {
 public:
  StageSpan(StageTimings& timings, std::string stage, std::int64_t frames);
  ~StageSpan();
  StageSpan(const StageSpan&) = delete;
  StageSpan& operator=(const StageSpan&) = delete;

  void set_frames(std::int64_t frames) { frames_ = frames; }

 private:
  StageTimings& timings_;
  std::string stage_;
  std::int64_t frames_;
  std::chrono::steady_clock::time_point wall_start_;
  std::int64_t cpu_start_us_;
};

/// CPU time used by the calling thread, microseconds.
[[nodiscard]] std::int64_t thread_cpu_us();

/// Peak resident set of this process, bytes (getrusage).
[[nodiscard]] std::int64_t peak_resident_bytes();

}  // namespace changeling
