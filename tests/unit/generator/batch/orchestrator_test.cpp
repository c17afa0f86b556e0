#include "generator/batch/orchestrator.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/connection.h"
#include "common/base/disk_refusal.h"
#include "common/base/shortage.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

/// Ends a job per step, the oldest first, with what `make` says.
class ScriptedWorker : public JobWorker {
 public:
  using Make = std::function<Outcome<FakeRow>(const JobRow&)>;

  explicit ScriptedWorker(Make make) : make_(std::move(make)) {}

  void open(const std::vector<JobRow>& jobs, const Heartbeat& heartbeat) override {
    const Outcome<bool> opened = guard<bool>("open", [&] {
      on_open(jobs, heartbeat);
      return true;
    });
    for (const JobRow& job : jobs) {
      if (const auto* failure = std::get_if<Failure>(&opened)) {
        ended_.push_back({job.id, *failure});
      } else {
        open_.push_back(job);
      }
    }
    groups_.push_back(jobs.size());
    most_open_ = std::max(most_open_, open_.size());
  }

  std::vector<JobEnd> step() override {
    if (ended_.empty() && !open_.empty()) {
      const JobRow job = open_.front();
      open_.erase(open_.begin());
      ended_.push_back({job.id, guard<FakeRow>("swap", [&] { return make_(job); })});
    }
    return std::exchange(ended_, {});
  }

  void drop(JobId job) override { dropped_.push_back(job.value); }

  std::function<void(const std::vector<JobRow>&, const Heartbeat&)> on_open =
      [](const std::vector<JobRow>&, const Heartbeat&) {};

  [[nodiscard]] std::size_t most_open() const { return most_open_; }

  [[nodiscard]] const std::vector<std::size_t>& groups() const { return groups_; }

  [[nodiscard]] const std::vector<std::int64_t>& dropped() const { return dropped_; }

 private:
  Make make_;
  std::vector<JobRow> open_;
  std::vector<JobEnd> ended_;
  std::vector<std::size_t> groups_;  ///< sizes, in order of opening
  std::size_t most_open_ = 0;
  std::vector<std::int64_t> dropped_;
};

class Orchestrator : public testing::Test {
 protected:
  OrchestratorOptions options() const {
    OrchestratorOptions result;
    result.run_id = run_id_;
    result.owner = claim_owner();
    return result;
  }

  RunProgress run(ScriptedWorker& worker) { return run_jobs(runs_, worker, options()); }

  /// Adds a job of a second method for every pair.
  void add_method(const std::string& method) {
    runs_.ensure_method({method, false, "compositeCapture"});
    std::vector<JobRow> jobs;
    for (JobRow job : runs_.jobs(run_id_)) {
      job.method = method;
      jobs.push_back(job);
    }
    runs_.enqueue(jobs);
  }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 4};
  RunStore runs_{catalog_.database()};
  std::string run_id_ = catalog_.begin_run();
};

Outcome<FakeRow> refusal(const JobRow& = {}) {
  return Rejected{RejectReason::kFaceSmall, "40 px"};
}

TEST_F(Orchestrator, EveryJobEndsWithItsReason) {
  int calls = 0;
  ScriptedWorker worker([&calls](const JobRow&) -> Outcome<FakeRow> {
    if (++calls == 2) {
      throw Error(ErrorKind::kInput, "broken clip");
    }
    return refusal();
  });
  const RunProgress progress = run(worker);
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
  ScriptedWorker worker([&calls](const JobRow&) -> Outcome<FakeRow> {
    ++calls;
    throw Error(ErrorKind::kResource, "out of memory");
  });
  const RunProgress progress = run(worker);
  EXPECT_EQ(calls, 9);  // three jobs, three attempts each
  EXPECT_EQ(progress.quarantined, 3);
}

TEST_F(Orchestrator, AFullDiskEndsTheRunAndCountsNoAttempt) {
  OrchestratorOptions two_in_hand = options();
  two_in_hand.groups_in_flight = 2;
  bool is_full = false;
  ScriptedWorker worker([&is_full](const JobRow&) -> Outcome<FakeRow> {
    if (std::exchange(is_full, true)) {
      throw DiskRefusal("cannot write 'x.mp4': No space left on device");
    }
    return refusal();
  });
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)run_jobs(runs_, worker, two_in_hand); }, &message),
            ErrorKind::kResource);
  EXPECT_NE(message.find("No space left on device; see to the disk"), std::string::npos) << message;
  EXPECT_EQ(worker.dropped(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(run_progress(runs_, run_id_).open, 2);
  EXPECT_EQ(runs_.jobs(run_id_)[1].attempts, 0);
  EXPECT_EQ(runs_.jobs(run_id_)[2].attempts, 0);
  ScriptedWorker later([](const JobRow&) { return refusal(); });
  EXPECT_EQ(run(later).skipped, 3);
}

TEST_F(Orchestrator, AJobThatLacksADescriptorComesAgainAmongFewerAndUncounted) {
  OrchestratorOptions once = options();
  once.groups_in_flight = 3;
  once.max_attempts = 1;
  int open = 0;
  int most_open = 0;
  ScriptedWorker worker([&](const JobRow&) -> Outcome<FakeRow> {
    most_open = std::max(most_open, open);
    if (open-- > 1) {
      throw DescriptorShortage("cannot open 'x.mp4': Too many open files");
    }
    return refusal();
  });
  worker.on_open = [&open](const std::vector<JobRow>&, const Heartbeat&) { ++open; };
  EXPECT_EQ(run_jobs(runs_, worker, once).skipped, 3);
  EXPECT_EQ(most_open, 3);
  for (const JobRow& job : runs_.jobs(run_id_)) {
    EXPECT_EQ(job.attempts, 1) << job.id.value;
  }
}

TEST_F(Orchestrator, AJobAloneWithoutADescriptorEndsTheRunAndCountsNoAttempt) {
  OrchestratorOptions once = options();
  once.groups_in_flight = 3;
  once.max_attempts = 1;
  ScriptedWorker worker([](const JobRow&) -> Outcome<FakeRow> {
    throw DescriptorShortage("cannot open 'x.mp4': Too many open files");
  });
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)run_jobs(runs_, worker, once); }, &message),
            ErrorKind::kResource);
  EXPECT_NE(message.find("Too many open files; no job was lost"), std::string::npos) << message;
  for (const JobRow& job : runs_.jobs(run_id_)) {
    EXPECT_EQ(job.state, "queued") << job.id.value;
    EXPECT_EQ(job.attempts, 0) << job.id.value;
  }
  ScriptedWorker later([](const JobRow&) { return refusal(); });
  EXPECT_EQ(run_jobs(runs_, later, once).skipped, 3);
}

TEST_F(Orchestrator, AJobThatWaitsToBeAloneIsNotForgottenAmongFewer) {
  std::vector<JobClaim> claims;
  while (std::optional<JobClaim> claim = runs_.claim(run_id_, claim_owner(), 3'600'000'000, 3)) {
    claims.push_back(*claim);
  }
  ASSERT_EQ(claims.size(), 3U);
  runs_.release(claims[0]);
  runs_.release(claims[1]);
  ASSERT_TRUE(runs_.fail(claims[2], "resource", "swap", "out of memory", true, 3));
  OrchestratorOptions three = options();
  three.groups_in_flight = 3;
  int calls = 0;
  ScriptedWorker worker([&calls](const JobRow&) -> Outcome<FakeRow> {
    if (++calls == 1) {
      throw DescriptorShortage("cannot open 'x.mp4': Too many open files");
    }
    return refusal();
  });
  EXPECT_EQ(run_jobs(runs_, worker, three).skipped, 3);
}

TEST_F(Orchestrator, AFullCatalogEndsTheRunAndCountsNoAttempt) {
  OrchestratorOptions two_in_hand = options();
  two_in_hand.groups_in_flight = 2;
  Connection& connection = catalog_.database().connection();
  ScriptedWorker worker([&connection](const JobRow&) -> Outcome<FakeRow> {
    const std::int64_t pages = connection.get_int("PRAGMA page_count");
    connection.exec("PRAGMA max_page_count=" + std::to_string(pages));
    return Rejected{RejectReason::kFaceSmall, std::string(1'000'000, 'x')};
  });
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)run_jobs(runs_, worker, two_in_hand); }, &message),
            ErrorKind::kResource);
  EXPECT_NE(message.find("full"), std::string::npos) << message;
  EXPECT_NE(message.find("run again: no job was lost"), std::string::npos) << message;
  EXPECT_EQ(worker.dropped(), (std::vector<std::int64_t>{1, 2}));
  for (const JobRow& job : runs_.jobs(run_id_)) {
    EXPECT_EQ(job.state, "queued") << job.id.value;
    EXPECT_EQ(job.attempts, 0) << job.id.value;
  }
}

TEST_F(Orchestrator, AReadOnlyCatalogDoesNotHideTheRefusal) {
  Connection& connection = catalog_.database().connection();
  ScriptedWorker worker([&connection](const JobRow&) -> Outcome<FakeRow> {
    connection.exec("PRAGMA query_only=ON");
    throw DiskRefusal("cannot write 'x.mp4': Read-only file system");
  });
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)run(worker); }, &message), ErrorKind::kResource);
  EXPECT_NE(message.find("Read-only file system; see to the disk"), std::string::npos) << message;
  connection.exec("PRAGMA query_only=OFF");
  EXPECT_EQ(runs_.jobs(run_id_)[0].attempts, 1);
}

TEST_F(Orchestrator, RoomIsMadeBeforeTheJobsInHandGoBack) {
  Connection& connection = catalog_.database().connection();
  ScriptedWorker worker([&connection](const JobRow&) -> Outcome<FakeRow> {
    connection.exec("PRAGMA query_only=ON");
    throw DiskRefusal("cannot write 'x.mp4': No space left on device");
  });
  OrchestratorOptions with_room = options();
  with_room.groups_in_flight = 2;
  with_room.make_room = [&connection] { connection.exec("PRAGMA query_only=OFF"); };
  EXPECT_EQ(kind_thrown_by([&] { (void)run_jobs(runs_, worker, with_room); }),
            ErrorKind::kResource);
  for (const JobRow& job : runs_.jobs(run_id_)) {
    EXPECT_EQ(job.state, "queued") << job.id.value;
    EXPECT_EQ(job.attempts, 0) << job.id.value;
  }
}

TEST_F(Orchestrator, OnlyTheJobWhoseRowTheCatalogRefusesIsCounted) {
  catalog_.database().connection().exec(
      "CREATE TEMP TRIGGER refuse BEFORE UPDATE ON job WHEN new.state='skipped' "
      "BEGIN SELECT raise(ABORT,'no such row'); END");
  OrchestratorOptions two = options();
  two.groups_in_flight = 2;
  ScriptedWorker worker(refusal);
  EXPECT_EQ(kind_thrown_by([&] { (void)run_jobs(runs_, worker, two); }), ErrorKind::kCatalog);
  EXPECT_EQ(runs_.jobs(run_id_)[0].state, "claimed");
  EXPECT_EQ(runs_.jobs(run_id_)[0].attempts, 1);
  EXPECT_EQ(runs_.jobs(run_id_)[1].state, "queued");
  EXPECT_EQ(runs_.jobs(run_id_)[1].attempts, 0);
}

TEST_F(Orchestrator, AStopGivesTheJobsInHandBackUncounted) {
  OrchestratorOptions stopping = options();
  bool stop = false;
  stopping.groups_in_flight = 2;
  stopping.stop_requested = [&stop] { return stop; };
  ScriptedWorker worker([&stop](const JobRow&) {
    stop = true;
    return refusal();
  });
  const RunProgress progress = run_jobs(runs_, worker, stopping);
  EXPECT_TRUE(progress.stopped);
  EXPECT_EQ(progress.skipped, 1);
  EXPECT_EQ(progress.open, 2);
  EXPECT_EQ(worker.dropped(), std::vector<std::int64_t>{2});
  EXPECT_EQ(runs_.jobs(run_id_)[1].attempts, 0);
}

TEST_F(Orchestrator, AStopDuringTheLastJobIsNone) {
  OrchestratorOptions stopping = options();
  bool stop = false;
  stopping.stop_requested = [&stop] { return stop; };
  int calls = 0;
  ScriptedWorker worker([&](const JobRow&) {
    stop = ++calls == 3;
    return refusal();
  });
  const RunProgress progress = run_jobs(runs_, worker, stopping);
  EXPECT_EQ(progress.skipped, 3);
  EXPECT_EQ(progress.open, 0);
  EXPECT_FALSE(progress.stopped) << "nothing is left to do";
}

TEST_F(Orchestrator, AStopThatComesBeforeAClaimIsOne) {
  OrchestratorOptions stopping = options();
  int polls = 0;
  stopping.stop_requested = [&polls] { return ++polls > 1; };
  ScriptedWorker worker(refusal);
  const RunProgress progress = run_jobs(runs_, worker, stopping);
  EXPECT_TRUE(progress.stopped);
  EXPECT_EQ(progress.open, 3);
}

TEST_F(Orchestrator, AStopWhileAClipIsAnalysedGivesItsJobBack) {
  OrchestratorOptions stopping = options();
  bool stop = false;
  stopping.stop_requested = [&stop] { return stop; };
  ScriptedWorker worker(refusal);
  worker.on_open = [&stop](const std::vector<JobRow>&, const Heartbeat& heartbeat) {
    stop = true;
    heartbeat();
  };
  const RunProgress progress = run_jobs(runs_, worker, stopping);
  EXPECT_TRUE(progress.stopped);
  EXPECT_EQ(progress.open, 3);
  EXPECT_EQ(runs_.jobs(run_id_)[0].attempts, 0);
}

TEST_F(Orchestrator, AHeartbeatIsOfUseAfterOpening) {
  OrchestratorOptions hasty = options();
  hasty.claim_expiry_us = 1;
  hasty.max_attempts = 1;
  Heartbeat kept;
  ScriptedWorker worker([&](const JobRow& job) {
    while (runs_.claim(job.run_id, "other", 3'600'000'000, 1)) {}
    kept();
    return refusal();
  });
  worker.on_open = [&kept](const std::vector<JobRow>&, const Heartbeat& heartbeat) {
    kept = heartbeat;
  };
  EXPECT_EQ(run_jobs(runs_, worker, hasty).skipped, 0);
  EXPECT_EQ(worker.dropped(), std::vector<std::int64_t>{1}) << "its claim was seen to be lost";
}

TEST_F(Orchestrator, AFinishedJobIsNeverRunAgain) {
  ScriptedWorker first(refusal);
  (void)run(first);
  ScriptedWorker second(refusal);
  (void)run(second);
  EXPECT_TRUE(second.groups().empty());
}

TEST_F(Orchestrator, ALostClaimDropsTheResult) {
  OrchestratorOptions hasty = options();
  hasty.claim_expiry_us = 1;  // expired before the job ends
  hasty.max_attempts = 1;
  ScriptedWorker worker([this](const JobRow& job) {
    // Another worker takes what is queued, then finds this job's expired claim with its only
    // attempt spent, and quarantines it.
    while (runs_.claim(job.run_id, "other", 3'600'000'000, 1)) {}
    return refusal();
  });
  const RunProgress progress = run_jobs(runs_, worker, hasty);
  EXPECT_EQ(progress.quarantined, 1);
  EXPECT_EQ(progress.skipped, 0);
  EXPECT_EQ(progress.open, 2);  // claimed by the other worker
}

TEST_F(Orchestrator, AClaimLostWhileItsClipIsAnalysedEndsTheWork) {
  OrchestratorOptions hasty = options();
  hasty.claim_expiry_us = 1;
  hasty.max_attempts = 1;
  int made = 0;
  ScriptedWorker worker([&made](const JobRow&) {
    ++made;
    return refusal();
  });
  worker.on_open = [this](const std::vector<JobRow>& jobs, const Heartbeat& heartbeat) {
    while (runs_.claim(jobs.front().run_id, "other", 3'600'000'000, 1)) {}
    heartbeat();
  };
  (void)run_jobs(runs_, worker, hasty);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(worker.dropped(), std::vector<std::int64_t>{1});
}

TEST_F(Orchestrator, KeepsSeveralGroupsInHand) {
  OrchestratorOptions wide = options();
  wide.groups_in_flight = 2;
  ScriptedWorker worker(refusal);
  EXPECT_EQ(run_jobs(runs_, worker, wide).skipped, 3);
  EXPECT_EQ(worker.most_open(), 2U);
}

TEST_F(Orchestrator, JobsMadeTogetherCountAsOneGroup) {
  add_method("ladder");
  OrchestratorOptions together = options();
  together.made_together = [](const std::string& method) {
    return std::vector<std::string>{method == "ladder" ? "mesh_swap" : "ladder"};
  };
  ScriptedWorker worker(refusal);
  EXPECT_EQ(run_jobs(runs_, worker, together).skipped, 6);
  EXPECT_EQ(worker.groups(), (std::vector<std::size_t>{2, 2, 2}));
  EXPECT_EQ(worker.most_open(), 2U);
}

TEST_F(Orchestrator, AJobThatWasTriedBeforeIsWorkedOnAlone) {
  runs_.claim(run_id_, "crashed:1:1", 3'600'000'000, 3);
  runs_.claim(run_id_, "crashed:1:1", 3'600'000'000, 3);
  ASSERT_EQ(runs_.release_stale_claims(run_id_), 2);
  OrchestratorOptions wide = options();
  wide.groups_in_flight = 3;
  std::vector<std::int64_t> made;
  ScriptedWorker worker([&made](const JobRow& job) {
    made.push_back(job.id.value);
    return refusal();
  });
  EXPECT_EQ(run_jobs(runs_, worker, wide).skipped, 3);
  EXPECT_EQ(worker.most_open(), 1U);
  EXPECT_EQ(made, (std::vector<std::int64_t>{1, 2, 3}));
}

}  // namespace
}  // namespace changeling
