// generator/batch/orchestrator.h: claim -> work -> record, for every job of a run, several jobs in
// hand at a time. Layer 3; knows nothing of tensors or videos.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/run_store.h"
#include "common/base/outcome.h"

namespace changeling {

/// Keeps the claims in hand alive; long work calls it now and then. Throws Error(kCancelled) when a
/// stop was asked for or a claim of the jobs that it was given for was lost. Lives until they end.
using Heartbeat = std::function<void()>;

/// How a job ended.
struct JobEnd {
  JobId job;
  Outcome<FakeRow> outcome;
};

/// Makes the files of jobs and says what to record. Must be idempotent: a job may come again after
/// a kill. No job's failure may touch another's. One thread.
class JobWorker {
 public:
  virtual ~JobWorker() = default;

  /// Takes over jobs of one pair. Throws nothing for a job's sake: that is an end of step().
  virtual void open(const std::vector<JobRow>& jobs, const Heartbeat& heartbeat) = 0;

  /// Works on what is open for a moment (one batch); returns the jobs that have ended.
  [[nodiscard]] virtual std::vector<JobEnd> step() = 0;

  /// Forgets an open job and its unfinished files.
  virtual void drop(JobId job) = 0;
};

struct OrchestratorOptions {
  std::string run_id;
  std::string owner;  ///< claim_owner()
  std::int64_t claim_expiry_us = 600'000'000;
  int max_attempts = 3;
  int groups_in_flight = 1;  ///< jobs of a pair that are made together count as one
  /// Methods whose jobs of a pair are opened together with one of the given method.
  std::function<std::vector<std::string>(const std::string& method)> made_together;
  std::function<bool()> stop_requested;  ///< polled between steps
  std::function<void()> make_room;       ///< before the jobs in hand go back; may be empty
  std::function<void(const JobRow&, std::string_view state)>
      on_job_end;  ///< progress; may be empty
};

/// How the run stands when the orchestrator returns.
struct RunProgress {
  std::int64_t done = 0;
  std::int64_t skipped = 0;
  std::int64_t failed = 0;       ///< failed for good
  std::int64_t quarantined = 0;  ///< attempts spent
  std::int64_t open = 0;         ///< queued, or claimed by somebody else
  bool stopped = false;  ///< by request, with jobs open; those in hand went back to the queue

  [[nodiscard]] std::int64_t total() const { return done + skipped + failed + quarantined + open; }

  /// Of all jobs, those that failed for good or spent their attempts: 0..1.
  [[nodiscard]] double failed_share() const {
    return total() > 0 ? static_cast<double>(failed + quarantined) / static_cast<double>(total())
                       : 0;
  }
};

/// Works until no job can be claimed or a stop is requested. A job's refusal or failure is recorded
/// and the next one starts. Throws catalog errors, and DiskRefusal when the disk, that of the
/// catalog too, takes nothing more: the jobs in hand went back to the queue, their attempts
/// uncounted, by the room that `make_room` makes. Where the catalog cannot write even that
/// (read-only), they stay claimed and counted until a rerun takes them back. A job that lacked a
/// descriptor goes back uncounted, and fewer are in hand from then on; where a job alone lacks one,
/// throws DescriptorShortage. A job that was tried before is worked on alone, so that one which
/// takes the process down is counted by itself.
[[nodiscard]] RunProgress run_jobs(RunStore& runs, JobWorker& worker,
                                   const OrchestratorOptions& options);

/// Counts of the run's job states.
[[nodiscard]] RunProgress run_progress(const RunStore& runs, std::string_view run_id);

}  // namespace changeling
