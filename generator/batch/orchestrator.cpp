#include "generator/batch/orchestrator.h"

#include <chrono>

#include "common/base/log.h"

namespace changeling {
namespace {

/// Renews at a third of the expiry, and stops the job when it may not go on.
class ClaimKeeper {
 public:
  ClaimKeeper(RunStore& runs, const JobClaim& claim, const OrchestratorOptions& options)
      : runs_(runs), claim_(claim), options_(options), renewed_(std::chrono::steady_clock::now()) {}

  void beat() {
    if (options_.stop_requested && options_.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "stopped by request");
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - renewed_ < std::chrono::microseconds(options_.claim_expiry_us / 3)) {
      return;
    }
    if (!runs_.renew(claim_, options_.claim_expiry_us)) {
      throw Error(ErrorKind::kCancelled, "the claim was taken over by another worker");
    }
    renewed_ = now;
  }

 private:
  RunStore& runs_;
  const JobClaim& claim_;
  const OrchestratorOptions& options_;
  std::chrono::steady_clock::time_point renewed_;
};

/// Writes the job's end into the catalog; returns the word shown as progress.
class JobRecorder {
 public:
  JobRecorder(RunStore& runs, const JobClaim& claim, const OrchestratorOptions& options)
      : runs_(runs), claim_(claim), options_(options) {}

  std::string_view operator()(const FakeRow& fake) const {
    return runs_.record_done(claim_, fake) ? "done" : "claim lost";
  }

  std::string_view operator()(const Rejected& rejected) const {
    log_info("job_skipped", {{"job", std::to_string(claim_.job.id.value)},
                             {"reason", std::string(to_string(rejected.reason))},
                             {"detail", rejected.detail}});
    return runs_.skip(claim_, to_string(rejected.reason), rejected.detail, {}) ? "skipped"
                                                                               : "claim lost";
  }

  std::string_view operator()(const Failure& failure) const {
    if (failure.kind == ErrorKind::kCancelled) {
      runs_.release(claim_);
      return "released";
    }
    log_warn("job_failed", {{"job", std::to_string(claim_.job.id.value)},
                            {"stage", failure.stage},
                            {"kind", std::string(to_string(failure.kind))},
                            {"error", failure.message}});
    const bool recorded = runs_.fail(claim_, to_string(failure.kind), failure.stage,
                                     failure.message, failure.retryable, options_.max_attempts);
    return recorded ? "failed" : "claim lost";
  }

 private:
  RunStore& runs_;
  const JobClaim& claim_;
  const OrchestratorOptions& options_;
};

std::int64_t count_of(const std::map<std::string, std::int64_t>& counts, const char* state) {
  const auto found = counts.find(state);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

RunProgress run_progress(const RunStore& runs, std::string_view run_id) {
  const auto counts = runs.job_counts(run_id);
  RunProgress progress;
  progress.done = count_of(counts, "done");
  progress.skipped = count_of(counts, "skipped");
  progress.failed = count_of(counts, "failed");
  progress.quarantined = count_of(counts, "quarantined");
  progress.open = count_of(counts, "queued") + count_of(counts, "claimed");
  return progress;
}

RunProgress run_jobs(RunStore& runs, const JobRunner& runner, const OrchestratorOptions& options) {
  bool stopped = false;
  while (true) {
    if (options.stop_requested && options.stop_requested()) {
      stopped = true;
      break;
    }
    const std::optional<JobClaim> claim =
        runs.claim(options.run_id, options.owner, options.claim_expiry_us, options.max_attempts);
    if (!claim) {
      break;
    }
    ClaimKeeper keeper(runs, *claim, options);
    const Outcome<FakeRow> outcome =
        guard<FakeRow>("job", [&] { return runner(claim->job, [&keeper] { keeper.beat(); }); });
    const std::string_view end = std::visit(JobRecorder(runs, *claim, options), outcome);
    if (options.on_job_end) {
      options.on_job_end(claim->job, end);
    }
  }
  RunProgress progress = run_progress(runs, options.run_id);
  progress.stopped = stopped;
  return progress;
}

}  // namespace changeling
