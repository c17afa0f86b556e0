// generator/job/plan_lane.h: plans clips on a thread of its own, before their frames are wanted.
// Layer 7.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <utility>

#include "common/base/outcome.h"
#include "common/base/stopwatch.h"
#include "generator/job/lanes.h"
#include "generator/methods/swap_method.h"

namespace changeling {

struct MadePlan {
  Outcome<std::unique_ptr<SwapPlan>> plan;
  StageTimings timings;  ///< "plan": time of the lane's thread
};

/// A plan that the lane makes or will make. Destruction drops it and waits for nothing: the lane
/// leaves it at the next source frame that the method asks for. One thread.
class PendingPlan {
 public:
  PendingPlan(std::future<MadePlan> made, std::shared_ptr<std::atomic<bool>> is_dropped)
      : made_(std::move(made)), is_dropped_(std::move(is_dropped)) {}

  ~PendingPlan();
  PendingPlan(const PendingPlan&) = delete;
  PendingPlan& operator=(const PendingPlan&) = delete;

  /// Waits for at most so long; true once the method has answered.
  [[nodiscard]] bool is_made_within(std::chrono::milliseconds most) const;

  /// Waits for the answer; what the method threw is a Failure of stage "plan". Once.
  [[nodiscard]] MadePlan take();

 private:
  std::future<MadePlan> made_;
  std::shared_ptr<std::atomic<bool>> is_dropped_;  ///< null once taken
};

/// Plans one clip after another in the order in which they were asked for. One caller. Destruction
/// waits for the plan under way, so drop what is pending first.
class PlanLane {
 public:
  PlanLane();

  /// A plan of `method`, which must outlive the lane. The request comes without source_frame: that
  /// is `source_file`, which the lane opens. `target_frames` are for the timing.
  [[nodiscard]] std::unique_ptr<PendingPlan> plan(const SwapMethod& method, SwapRequest request,
                                                  const std::filesystem::path& source_file,
                                                  std::int64_t target_frames);

 private:
  OrderedLane lane_;
};

}  // namespace changeling
