// generator/job/job_lane.h: the files of one job, written on a thread of its own. Layer 7.
#pragma once

#include <memory>

#include "catalog/store/records.h"
#include "common/base/outcome.h"
#include "generator/job/job_outputs.h"
#include "generator/job/lanes.h"

namespace changeling {

/// Takes composed frames in order, ends with what the catalog records. Compute thread only;
/// destruction drops what is not written and the unfinished files.
class JobLane {
 public:
  JobLane(JobRow job, std::unique_ptr<JobOutputs> outputs, int queue_frames);

  [[nodiscard]] const JobRow& job() const { return job_; }

  /// Waits for room. Rethrows what the lane threw.
  void write(const Frame& target, ComposedFrame composed, double pts_seconds);

  /// No more frames: the lane publishes the files. Rethrows what it threw.
  void close();

  /// True once the lane has published or failed; does not wait.
  [[nodiscard]] bool has_ended() const { return lane_.has_ended(); }

  /// Waits for the lane. The files as a row, its timings those of the lane: "encode" by frame, and
  /// "publish" (ends, hashes and moves the files) by job; or kNoFace when no
  /// frame was swapped. Rethrows what the lane threw.
  [[nodiscard]] Outcome<FakeRow> finish();

 private:
  JobRow job_;
  std::unique_ptr<JobOutputs> outputs_;
  FakeRow row_;
  StageTimings timings_;  // of the lane's thread until it has ended
  OrderedLane lane_;      // last: its thread uses the others
};

}  // namespace changeling
