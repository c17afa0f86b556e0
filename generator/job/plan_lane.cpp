#include "generator/job/plan_lane.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/media/video_reader.h"
#include "common/tensor/device.h"

namespace changeling {
namespace {

constexpr int kMostWaiting = 4096;  // more than are ever claimed: push() never waits

using Flag = std::shared_ptr<std::atomic<bool>>;

void check_wanted(const Flag& is_dropped) {
  if (is_dropped->load()) {
    throw Error(ErrorKind::kCancelled, "the clip was given back");
  }
}

/// Fetches source frames in any order through one reader.
FrameFetcher frame_fetcher(const std::filesystem::path& file, const Flag& is_dropped) {
  auto reader = std::make_shared<VideoReader>(file);
  return [reader, is_dropped](std::int64_t index) {
    check_wanted(is_dropped);
    std::optional<Frame> frame = reader->frame_at(index);
    if (!frame) {
      throw Error(ErrorKind::kInput,
                  "source frame " + std::to_string(index) + " was analysed but cannot be decoded");
    }
    return *std::move(frame);
  };
}

}  // namespace

PendingPlan::~PendingPlan() {
  if (is_dropped_) {
    is_dropped_->store(true);
  }
}

bool PendingPlan::is_made_within(std::chrono::milliseconds most) const {
  return made_.wait_for(most) == std::future_status::ready;
}

MadePlan PendingPlan::take() {
  is_dropped_.reset();
  return made_.get();
}

PlanLane::PlanLane() : lane_(kMostWaiting) {
  lane_.push([] { keep_torch_on_this_thread(); });
}

std::unique_ptr<PendingPlan> PlanLane::plan(const SwapMethod& method, SwapRequest request,
                                            const std::filesystem::path& source_file,
                                            std::int64_t target_frames) {
  const Flag is_dropped = std::make_shared<std::atomic<bool>>(false);
  const auto task = std::make_shared<std::packaged_task<MadePlan()>>(
      [&method, request = std::move(request), source_file, target_frames, is_dropped]() mutable {
        MadePlan made{Rejected{}, {}};
        {
          const StageSpan span(made.timings, "plan", target_frames);
          made.plan = guard<std::unique_ptr<SwapPlan>>("plan", [&] {
            check_wanted(is_dropped);
            request.source_frame = frame_fetcher(source_file, is_dropped);
            return method.plan(std::move(request));
          });
        }
        return made;
      });
  auto pending = std::make_unique<PendingPlan>(task->get_future(), is_dropped);
  lane_.push([task] { (*task)(); });
  return pending;
}

}  // namespace changeling
