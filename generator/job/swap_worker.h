// generator/job/swap_worker.h: makes fakes of several clips at a time: loads and plans a pair,
// decodes its target, swaps frames of all open clips in one batch, hands them to each job's encode
// lane. Layer 7. Compute thread only.
#pragma once

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
#include "generator/job/stage_dump.h"
#include "generator/job/target_stream.h"

namespace changeling {

/// Frames in memory: per open clip the decode queue, the halo and, per job, the encode queue; and
/// one batch.
class SwapWorker : public JobWorker {
 public:
  struct Settings {
    EncodeOptions encode;
    std::string profile;  ///< artifact.profile, from profile_name()
    bool keep_audio = true;
    bool trim = false;  ///< leave out what lies before and behind the plan's face_range
    PartialSettings partial;
    std::int64_t max_frames = 0;  ///< 0 = all
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

  Outcome<std::unique_ptr<OpenClip>> plan_clip(const std::vector<JobRow>& jobs, LoadedPair pair,
                                               const StageTimings& timings,
                                               const Heartbeat& heartbeat);
  void start_clip(OpenClip& clip, const std::vector<JobRow>& jobs);
  void open_lane(OpenClip& clip, const JobRow& job);
  [[nodiscard]] std::vector<PendingFrame> next_batch();
  bool read_frame(OpenClip& clip, std::vector<PendingFrame>& batch);
  void show_stages(const OpenClip& clip, SwapItem& item) const;
  void swap_batch(std::vector<PendingFrame>& batch);
  [[nodiscard]] static std::vector<std::vector<ComposedFrame>> swap_parts(
      const std::vector<PendingFrame>& batch);
  void deliver(PendingFrame& frame, std::vector<ComposedFrame> composed);
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
  std::vector<std::unique_ptr<OpenClip>> clips_;  ///< oldest first
  std::size_t turn_ = 0;                          ///< clip whose frame comes next
  std::vector<JobEnd> ended_;
};

/// "c<crf>" for h264, "lossless" for ffv1.
[[nodiscard]] std::string profile_name(const EncodeOptions& encode);

}  // namespace changeling
