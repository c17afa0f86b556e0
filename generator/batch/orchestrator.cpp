#include "generator/batch/orchestrator.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/disk_refusal.h"
#include "common/base/log.h"
#include "common/base/shortage.h"
#include "common/base/stop_signal.h"

namespace changeling {
namespace {

/// The jobs in hand: a claim each, renewed at a third of its expiry.
class ClaimKeeper {
 public:
  ClaimKeeper(RunStore& runs, const OrchestratorOptions& options)
      : runs_(runs), options_(options) {}

  void add(const JobClaim& claim, int group) {
    held_.emplace(claim.job.id.value, Held{claim, group, Clock::now()});
  }

  /// The claim of a job; nullopt when it was lost.
  [[nodiscard]] std::optional<JobClaim> find(JobId job) const {
    const auto found = held_.find(job.value);
    return found == held_.end() ? std::nullopt : std::optional(found->second.claim);
  }

  void forget(JobId job) { held_.erase(job.value); }

  [[nodiscard]] bool empty() const { return held_.empty(); }

  [[nodiscard]] int groups() const {
    std::set<int> groups;
    for (const auto& [id, held] : held_) {
      groups.insert(held.group);
    }
    return static_cast<int>(groups.size());
  }

  /// Renews what is due; returns the jobs whose claim was taken over by another worker.
  std::vector<JobId> renew() {
    std::vector<JobId> lost;
    const Clock::time_point now = Clock::now();
    for (auto each = held_.begin(); each != held_.end();) {
      Held& held = each->second;
      const bool is_due =
          now - held.renewed >= std::chrono::microseconds(options_.claim_expiry_us / 3);
      if (is_due && !runs_.renew(held.claim, options_.claim_expiry_us)) {
        lost.push_back(held.claim.job.id);
        each = held_.erase(each);
        continue;
      }
      held.renewed = is_due ? now : held.renewed;
      ++each;
    }
    return lost;
  }

  /// Everything in hand.
  [[nodiscard]] std::vector<JobClaim> all() const {
    std::vector<JobClaim> claims;
    for (const auto& [id, held] : held_) {
      claims.push_back(held.claim);
    }
    return claims;
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Held {
    JobClaim claim;
    int group = 0;
    Clock::time_point renewed;
  };

  RunStore& runs_;
  const OrchestratorOptions& options_;
  std::map<std::int64_t, Held> held_;  ///< by job id
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

/// One run's loop.
class Orchestrator {
 public:
  Orchestrator(RunStore& runs, JobWorker& worker, const OrchestratorOptions& options)
      : runs_(runs),
        worker_(worker),
        options_(options),
        claims_(runs, options),
        most_groups_(options.groups_in_flight) {}

  /// True when it ended by request.
  bool run() {
    try {
      return work();
    } catch (const DiskRefusal& refusal) {  // a job's, or the catalog's
      try_to_give_back();
      throw DiskRefusal(std::string(refusal.what()) +
                        "; see to the disk and run again: no job was lost");
    } catch (const Error&) {  // the catalog's, or no descriptor is left
      try_to_give_back();
      throw;
    }
  }

 private:
  bool work() {
    while (!stop_requested()) {
      fill();
      if (claims_.empty()) {
        return stop_requested();  // after which fill() claims nothing
      }
      for (JobEnd& end : worker_.step()) {
        record(end);
      }
      if (refusal_) {
        refuse(*refusal_);
      }
      drop(claims_.renew());
    }
    give_back();
    return true;
  }

  [[nodiscard]] bool stop_requested() const {
    return options_.stop_requested && options_.stop_requested();
  }

  [[noreturn]] static void refuse(const Failure& refusal) {
    if (refusal.is_disk_refusal) {
      throw DiskRefusal(refusal.message);
    }
    throw DescriptorShortage(refusal.message + "; no job was lost");
  }

  [[nodiscard]] int open_groups() const { return claims_.groups() - (waiting_.empty() ? 0 : 1); }

  /// Claims and opens until enough groups are in hand or none is left.
  void fill() {
    is_alone_ = is_alone_ && !claims_.empty();
    while (!stop_requested() && open_groups() < most_groups_ && !is_alone_) {
      if (waiting_.empty()) {
        waiting_ = claim_group();
      }
      if (waiting_.empty()) {
        return;
      }
      const bool was_tried = std::any_of(waiting_.begin(), waiting_.end(),
                                         [](const JobRow& job) { return job.attempts > 1; });
      if (was_tried && claims_.groups() > 1) {
        return;  // opened once the others have ended
      }
      is_alone_ = was_tried || most_groups_ == 1;
      open(std::exchange(waiting_, {}));
    }
  }

  std::vector<JobRow> claim_group() {
    const std::optional<JobClaim> first = runs_.claim(
        options_.run_id, options_.owner, options_.claim_expiry_us, options_.max_attempts);
    if (!first) {
      return {};
    }
    ++last_group_;
    claims_.add(*first, last_group_);
    std::vector<JobRow> jobs = {first->job};
    if (options_.made_together) {
      for (const JobClaim& claim : runs_.claim_siblings(
               *first, options_.made_together(first->job.method), options_.claim_expiry_us)) {
        claims_.add(claim, last_group_);
        jobs.push_back(claim.job);
      }
    }
    return jobs;
  }

  void open(const std::vector<JobRow>& jobs) {
    worker_.open(jobs, [this, jobs] {  // the worker may keep it
      if (stop_requested()) {
        throw_stopped();
      }
      const std::vector<JobId> lost = claims_.renew();
      drop(lost);
      if (std::any_of(jobs.begin(), jobs.end(), [&lost](const JobRow& job) {
            return std::find(lost.begin(), lost.end(), job.id) != lost.end();
          })) {
        throw Error(ErrorKind::kCancelled, "the claim was taken over by another worker");
      }
    });
  }

  void drop(const std::vector<JobId>& lost) {
    for (const JobId job : lost) {
      worker_.drop(job);
      waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                    [job](const JobRow& row) { return row.id == job; }),
                     waiting_.end());
    }
  }

  void record(JobEnd& end) {
    const auto* failure = std::get_if<Failure>(&end.outcome);
    if (failure != nullptr &&
        (failure->is_disk_refusal || (failure->lacks_descriptors && is_alone_))) {
      refusal_ = *failure;
      return;  // stays in hand, to be given back
    }
    const std::optional<JobClaim> claim = claims_.find(end.job);
    if (!claim) {
      return;
    }
    if (failure != nullptr && failure->lacks_descriptors) {
      work_with_fewer(*claim, *failure);
      return;
    }
    try {
      const std::string_view state = std::visit(JobRecorder(runs_, *claim, options_), end.outcome);
      claims_.forget(end.job);  // not before: what a full disk did not take is given back
      report(claim->job, state);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kResource) {
        claims_.forget(end.job);  // counted: a row that is never taken must not hold up the others
      }
      throw;
    }
  }

  /// Gives back, uncounted, a job that found no free descriptor, and has fewer clips open from now
  /// on.
  void work_with_fewer(const JobClaim& claim, const Failure& failure) {
    runs_.release(claim);
    claims_.forget(claim.job.id);
    most_groups_ = std::max(1, std::min(most_groups_, open_groups()));
    log_warn("fewer_clips_in_flight",
             {{"most", std::to_string(most_groups_)}, {"error", failure.message}});
    report(claim.job, "released");
  }

  /// Everything in hand, without counting the attempt. The files go first, and then the room that
  /// was kept: the catalog may need theirs, and no file shall take that one.
  void give_back() {
    const std::vector<JobClaim> claims = claims_.all();
    for (const JobClaim& claim : claims) {
      worker_.drop(claim.job.id);
    }
    if (options_.make_room) {
      options_.make_room();
    }
    for (const JobClaim& claim : claims) {
      runs_.release(claim);
      claims_.forget(claim.job.id);
      report(claim.job, "released");
    }
  }

  /// A catalog on a disk that became read-only takes this write no more than others.
  void try_to_give_back() {
    try {
      give_back();
    } catch (const Error& error) {
      log_warn("claims_kept", {{"error", error.what()}});
    }
  }

  void report(const JobRow& job, std::string_view state) const {
    if (options_.on_job_end) {
      options_.on_job_end(job, state);
    }
  }

  RunStore& runs_;
  JobWorker& worker_;
  const OrchestratorOptions& options_;
  ClaimKeeper claims_;
  std::vector<JobRow> waiting_;     ///< claimed, not yet opened
  std::optional<Failure> refusal_;  ///< what ends the run: the disk takes nothing more, or no
                                    ///< descriptor is left for a job alone
  int most_groups_;                 ///< in hand at a time
  int last_group_ = 0;
  bool is_alone_ = false;  ///< what is open shares the process with no other group
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

RunProgress run_jobs(RunStore& runs, JobWorker& worker, const OrchestratorOptions& options) {
  const bool stopped = Orchestrator(runs, worker, options).run();
  RunProgress progress = run_progress(runs, options.run_id);
  progress.stopped = stopped && progress.open > 0;
  return progress;
}

}  // namespace changeling
