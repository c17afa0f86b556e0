// generator/batch/orchestrator.h: claim -> run -> record, for every job of a run. Layer 3; knows
// nothing of tensors or videos.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "catalog/store/run_store.h"
#include "common/base/outcome.h"

namespace changeling {

/// Keeps the claim of the running job alive; the runner calls it between batches. Throws
/// Error(kCancelled) when the claim was lost or a stop was asked for.
using Heartbeat = std::function<void()>;

/// Makes one job's files and says what to record. Must be idempotent: it may run again after a
/// kill.
using JobRunner = std::function<Outcome<FakeRow>(const JobRow& job, const Heartbeat& heartbeat)>;

struct OrchestratorOptions {
  std::string run_id;
  std::string owner;  ///< claim_owner()
  std::int64_t claim_expiry_us = 600'000'000;
  int max_attempts = 3;
  std::function<bool()> stop_requested;  ///< polled between batches
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
  bool stopped = false;          ///< by request; the job in flight went back to the queue

  [[nodiscard]] std::int64_t total() const { return done + skipped + failed + quarantined + open; }
};

/// Runs jobs until none can be claimed or a stop is requested. A job's refusal or failure is
/// recorded and the next one starts; only catalog errors are thrown.
[[nodiscard]] RunProgress run_jobs(RunStore& runs, const JobRunner& runner,
                                   const OrchestratorOptions& options);

/// Counts of the run's job states.
[[nodiscard]] RunProgress run_progress(const RunStore& runs, std::string_view run_id);

}  // namespace changeling
