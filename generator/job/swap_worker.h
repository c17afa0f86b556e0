// generator/job/swap_worker.h: makes fakes of several clips at a time: loads a pair, has it
// planned, decodes its target, swaps frames of all clips in turn in one batch, hands them to each
// job's encode lane. Layer 7. Compute thread only.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "common/media/labeled_video_writer.h"
#include "generator/batch/orchestrator.h"
#include "generator/job/builtin_methods.h"
#include "generator/job/job_lane.h"
#include "generator/job/pair_loader.h"
#include "generator/job/partial_plan.h"
#include "generator/job/plan_lane.h"
#include "generator/job/stage_dump.h"
#include "generator/job/target_stream.h"

namespace changeling {

/// Clips are planned when they are opened and take their places in the turn in that order; which
/// frames meet in a batch does not depend on how long anything takes. Frames in memory: per clip in
/// turn the decode queue, the halo and, per job, the encode queue; one batch; and of all open clips
/// what their plans keep of the source.
class SwapWorker : public JobWorker {
 public:
  struct Settings {
    EncodeOptions encode;
    std::string profile;  ///< artifact.profile, from profile_name()
    bool keep_audio = true;
    bool trim = false;  ///< leave out what lies before and behind the plan's face_range
    PartialSettings partial;
    std::int64_t max_frames = 0;  ///< 0 = all
    int clips_in_turn = 1;        ///< whose frames are swapped; the others that are open wait
    int queue_frames = 16;
    int batch_frames = 0;        ///< frames swapped in one call; 0 = as the method likes
    std::string device = "cpu";  ///< where methods with networks swap, for the timings
    StageDump stages;            ///< pictures to look at; no fake depends on them
  };

  SwapWorker(PairLoader& pairs, AnalysisSource& analyses, BlobStore& blobs,
             const MethodSet& methods, Settings settings);
  ~SwapWorker() override;

  /// Jobs of one pair and of methods that are made together.
  void open(const std::vector<JobRow>& jobs, const Heartbeat& heartbeat) override;
  [[nodiscard]] std::vector<JobEnd> step() override;
  void drop(JobId job) override;

 private:
  struct OpenClip;
  struct PendingFrame;
  using ClipQueue = std::deque<std::unique_ptr<OpenClip>>;

  std::unique_ptr<OpenClip> begin_plan(const std::vector<JobRow>& jobs, LoadedPair pair);
  [[nodiscard]] bool fill_turn();
  [[nodiscard]] bool has_place() const;
  void enter_turn(std::unique_ptr<OpenClip> clip);
  void start_clip(OpenClip& clip);
  void open_lane(OpenClip& clip, const JobRow& job);
  [[nodiscard]] std::vector<PendingFrame> next_batch();
  bool read_frame(OpenClip& clip, std::vector<PendingFrame>& batch);
  void show_stages(const OpenClip& clip, SwapItem& item) const;
  void swap_batch(std::vector<PendingFrame>& batch);
  [[nodiscard]] static std::vector<std::vector<ComposedFrame>> swap_parts(
      const std::vector<PendingFrame>& batch);
  void deliver(PendingFrame& frame, std::vector<ComposedFrame> composed);
  void close_read_clips();
  void close_lanes(OpenClip& clip);
  void collect_ended(bool wait);
  void end_all(const std::vector<JobRow>& jobs, const Outcome<FakeRow>& outcome);
  void end_lane(OpenClip& clip, std::size_t lane, Outcome<FakeRow> outcome);
  void fail_clip(OpenClip& clip, const Failure& failure);
  void forget_empty_clips();

  PairLoader& pairs_;
  AnalysisSource& analyses_;
  BlobStore& blobs_;
  const MethodSet& methods_;
  Settings settings_;
  PlanLane planner_;   // before the clips: those that it plans are dropped first
  ClipQueue waiting_;  ///< for their plan or a place, in order of opening
  ClipQueue in_turn_;  ///< the first gives the next frame
  ClipQueue closing_;  ///< all frames swapped, in that order; their lanes write and publish
  std::vector<JobEnd> ended_;
};

/// How many clips to hold open so that a place in turn never waits for a plan: as many again, for
/// clips of one length leave the turn together.
[[nodiscard]] constexpr int clips_to_open(int clips_in_turn) {
  return 2 * clips_in_turn;
}

/// "c<crf>" for h264, "lossless" for ffv1.
[[nodiscard]] std::string profile_name(const EncodeOptions& encode);

}  // namespace changeling
