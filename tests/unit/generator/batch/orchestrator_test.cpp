#include "generator/batch/orchestrator.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

class Orchestrator : public testing::Test {
 protected:
  OrchestratorOptions options() const {
    OrchestratorOptions result;
    result.run_id = run_id_;
    result.owner = claim_owner();
    return result;
  }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 4};
  RunStore runs_{catalog_.database()};
  std::string run_id_ = catalog_.begin_run();
};

Rejected refusal() {
  return {RejectReason::kFaceSmall, "40 px"};
}

TEST_F(Orchestrator, EveryJobEndsWithItsReason) {
  int calls = 0;
  const RunProgress progress = run_jobs(
      runs_,
      [&calls](const JobRow&, const Heartbeat&) -> Outcome<FakeRow> {
        if (++calls == 1) {
          return refusal();
        }
        if (calls == 2) {
          throw Error(ErrorKind::kInput, "broken clip");
        }
        return refusal();
      },
      options());
  EXPECT_EQ(progress.skipped, 2);
  EXPECT_EQ(progress.failed, 1);
  EXPECT_EQ(progress.open, 0);
  const std::vector<JobRow> jobs = runs_.jobs(run_id_);
  EXPECT_EQ(jobs[0].reject_reason, "face_small");
  EXPECT_EQ(jobs[1].error_kind, "input");
  EXPECT_EQ(jobs[1].error_text, "broken clip");
}

TEST_F(Orchestrator, RetriesAResourceErrorAndThenQuarantines) {
  int calls = 0;
  const RunProgress progress = run_jobs(
      runs_,
      [&calls](const JobRow&, const Heartbeat&) -> Outcome<FakeRow> {
        ++calls;
        throw Error(ErrorKind::kResource, "disk full");
      },
      options());
  EXPECT_EQ(calls, 9);  // three jobs, three attempts each
  EXPECT_EQ(progress.quarantined, 3);
}

TEST_F(Orchestrator, AStopGivesTheJobInFlightBackUncounted) {
  OrchestratorOptions stopping = options();
  bool stop = false;
  stopping.stop_requested = [&stop] { return stop; };
  const RunProgress progress = run_jobs(
      runs_,
      [&stop](const JobRow&, const Heartbeat& heartbeat) -> Outcome<FakeRow> {
        stop = true;
        heartbeat();
        return refusal();
      },
      stopping);
  EXPECT_TRUE(progress.stopped);
  EXPECT_EQ(progress.open, 3);
  EXPECT_EQ(runs_.jobs(run_id_)[0].attempts, 0);
}

TEST_F(Orchestrator, AFinishedJobIsNeverRunAgain) {
  const JobRunner refuse = [](const JobRow&, const Heartbeat&) -> Outcome<FakeRow> {
    return refusal();
  };
  (void)run_jobs(runs_, refuse, options());
  int calls = 0;
  (void)run_jobs(
      runs_,
      [&calls](const JobRow&, const Heartbeat&) -> Outcome<FakeRow> {
        ++calls;
        return refusal();
      },
      options());
  EXPECT_EQ(calls, 0);
}

TEST_F(Orchestrator, ALostClaimDropsTheResult) {
  OrchestratorOptions hasty = options();
  hasty.claim_expiry_us = 1;  // expired before the job ends
  hasty.max_attempts = 1;
  const RunProgress progress = run_jobs(
      runs_,
      [this](const JobRow& job, const Heartbeat&) -> Outcome<FakeRow> {
        // Another worker takes what is queued, then finds this job's expired claim with its only
        // attempt spent, and quarantines it.
        while (runs_.claim(job.run_id, "other", 3'600'000'000, 1)) {}
        return refusal();
      },
      hasty);
  EXPECT_EQ(progress.quarantined, 1);
  EXPECT_EQ(progress.skipped, 0);
  EXPECT_EQ(progress.open, 2);  // claimed by the other worker
}

}  // namespace
}  // namespace changeling
