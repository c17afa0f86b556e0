#include "generator/job/job_lane.h"

#include <utility>

namespace changeling {

JobLane::JobLane(JobRow job, std::unique_ptr<JobOutputs> outputs, int queue_frames)
    : job_(std::move(job)), outputs_(std::move(outputs)), lane_(queue_frames) {}

void JobLane::write(const Frame& target, ComposedFrame composed, double pts_seconds) {
  lane_.push([this, target, done = std::move(composed), pts_seconds] {
    const StageSpan span(timings_, "encode", 1);
    outputs_->write(target, done, pts_seconds);
  });
}

void JobLane::close() {
  lane_.push([this] {
    if (outputs_->swapped_frames() == 0) {
      return;
    }
    {
      const StageSpan span(timings_, "encode", 0);
      outputs_->flush();
    }
    const StageSpan span(timings_, "publish", 1);
    row_ = outputs_->publish();
  });
  lane_.close();
}

Outcome<FakeRow> JobLane::finish() {
  lane_.finish();
  if (outputs_->swapped_frames() == 0) {
    return Rejected{RejectReason::kNoFace, "no frame of the target could be swapped visibly"};
  }
  row_.timings = timings_.entries();
  return std::move(row_);
}

}  // namespace changeling
