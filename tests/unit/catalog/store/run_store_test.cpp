#include "catalog/store/run_store.h"

#include <thread>

#include <SQLiteCpp/Database.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

constexpr std::int64_t kHour = 3600LL * 1000000;
constexpr std::int64_t kExpired = -1000;

class RunStoreTest : public CatalogTest {
 protected:
  std::string run_ = catalog_.start_run();
  RunStore& runs_ = catalog_.runs;

  std::string state_of(JobId id) {
    for (const JobRow& job : runs_.jobs(run_)) {
      if (job.id == id) {
        return job.state;
      }
    }
    return "";
  }
};

TEST_F(RunStoreTest, GivesRunsUuidsOfVersion7InOrderOfStart) {
  const std::string second = catalog_.start_run();
  EXPECT_EQ(run_.size(), 36U);
  EXPECT_EQ(run_[14], '7');
  const std::vector<RunRow> runs = runs_.runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].run_id, run_);
  EXPECT_EQ(runs[1].run_id, second);
  EXPECT_EQ(runs[0].status, "running");
}

TEST_F(RunStoreTest, ARunWhoseIdIsAPathIsNotRead) {
  const std::string id = "../../../out/aaaaaaaaaaaaaaaaaaaaaaa";
  ASSERT_EQ(id.size(), 36U);
  catalog_.database.connection().db().exec(
      "INSERT INTO run(run_id,kind,suite,status,started_at,git_commit,git_dirty,config_sha256,"
      "config_json,seed,host,env_json) VALUES('" +
      id + "','generate','s','running','t','0',0,zeroblob(32),'{}',1,'h','{}')");
  EXPECT_EQ(kind_thrown_by([&] { (void)runs_.find_run(id); }), ErrorKind::kCatalog);
  EXPECT_EQ(kind_thrown_by([&] { (void)runs_.find_generate_run(""); }), ErrorKind::kCatalog);
}

TEST_F(RunStoreTest, FinishedRunIsFinal) {
  runs_.finish(run_, "ok");
  EXPECT_EQ(runs_.find_run(run_)->status, "ok");
  EXPECT_TRUE(runs_.find_run(run_)->finished_at.has_value());
  EXPECT_EQ(kind_thrown_by([&] { runs_.finish(run_, "failed"); }), ErrorKind::kCatalog);
}

TEST_F(RunStoreTest, FindsTheNewestRunOfEqualListAndConfig) {
  const std::string second = catalog_.start_run();
  runs_.finish(second, "partial");
  EXPECT_EQ(runs_.find_resumable("generate", catalog_.list, sha256("config"))->run_id, second);
  EXPECT_FALSE(runs_.find_resumable("generate", catalog_.list, sha256("other")).has_value());
  EXPECT_FALSE(runs_.find_resumable("evaluate", catalog_.list, sha256("config")).has_value());
  EXPECT_FALSE(runs_.find_resumable("generate", {}, sha256("config")).has_value());
}

TEST_F(RunStoreTest, FindsAGenerateRunByIdBeginningOrAsTheLatest) {
  const auto id_of = [&](const std::string& text) { return runs_.find_generate_run(text).run_id; };
  EXPECT_EQ(id_of(run_), run_);
  EXPECT_EQ(id_of(run_.substr(0, 8)), run_);
  const std::string second = catalog_.start_run();
  EXPECT_EQ(id_of(""), second);
  EXPECT_EQ(id_of("latest"), second);
  EXPECT_EQ(id_of(run_), run_);
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)id_of("0"); }, &message), ErrorKind::kConfig);
  EXPECT_NE(message.find("'0' begins 2 run ids"), std::string::npos) << message;
  EXPECT_EQ(kind_thrown_by([&] { (void)id_of("nowhere"); }, &message), ErrorKind::kConfig);
  EXPECT_NE(message.find("no generate run 'nowhere'"), std::string::npos) << message;
}

TEST_F(RunStoreTest, SuitesFromBeforeNamesWereCheckedGoOn) {
  std::string message;
  const auto kind = [&] {
    return kind_thrown_by([&] { runs_.check_suite("run.suite", "Old one"); }, &message);
  };
  EXPECT_EQ(kind(), ErrorKind::kConfig);
  EXPECT_EQ(message.rfind("run.suite 'Old one'", 0), 0U) << message;
  RunRow row = *runs_.find_run(run_);
  row.run_id.clear();
  row.suite = "Old one";
  runs_.begin(row);
  EXPECT_NO_THROW(runs_.check_suite("run.suite", "Old one"));
  EXPECT_NO_THROW(runs_.check_suite("run.suite", "new"));
}

TEST_F(RunStoreTest, TheLastBegunRunIsTheNewestAlsoAfterTheClockWasSetBack) {
  catalog_.began_ahead_of_time(run_);
  const std::string second = catalog_.start_run();
  EXPECT_EQ(runs_.runs().back().run_id, second);
  EXPECT_EQ(runs_.find_resumable("generate", catalog_.list, sha256("config"))->run_id, second);
}

TEST_F(RunStoreTest, EnqueueAddsOnlyNewJobs) {
  const std::vector<JobRow> jobs = runs_.jobs(run_);
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(runs_.enqueue(jobs), 0);
  EXPECT_EQ(jobs[0].seed, 0xFFFFFFFFFFFFFFF0U + static_cast<std::uint64_t>(jobs[0].pair_id.value));
}

TEST_F(RunStoreTest, ClaimsJobsInOrderUntilNoneIsLeft) {
  const std::vector<JobRow> jobs = runs_.jobs(run_);
  for (const JobRow& job : jobs) {
    const std::optional<JobClaim> claim = runs_.claim(run_, "me", kHour, 3);
    ASSERT_TRUE(claim.has_value());
    EXPECT_EQ(claim->job.id, job.id);
    EXPECT_EQ(claim->job.job_key, job.job_key);
    EXPECT_EQ(claim->job.attempts, 1);
    EXPECT_EQ(claim->job.state, "claimed");
  }
  EXPECT_FALSE(runs_.claim(run_, "me", kHour, 3).has_value());
  EXPECT_EQ(runs_.job_counts(run_).at("claimed"), 3);
  EXPECT_EQ(runs_.job_counts(run_).at("queued"), 0);
}

TEST_F(RunStoreTest, RecordsAFinishedJobWithAllItsRows) {
  const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
  ASSERT_TRUE(runs_.record_done(claim, SmallCatalog::fake_row("x")));
  EXPECT_EQ(state_of(claim.job.id), "done");
  const std::vector<ArtifactRow> artifacts = runs_.artifacts(claim.job.id);
  ASSERT_EQ(artifacts.size(), 5U);
  EXPECT_EQ(artifacts[0].kind, "fake_video");
  EXPECT_EQ(artifacts[0].label, "fake");
  EXPECT_EQ(artifacts[0].manipulated_frames, 6);
  EXPECT_EQ(runs_.run_artifacts(run_).size(), 5U);
  const std::vector<ManipulatedSpan> spans = runs_.spans(artifacts[0].id);
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[1].status, FrameStatus::kSwapped);
  const std::vector<StageTiming> timings = runs_.timings(claim.job.id);
  ASSERT_EQ(timings.size(), 2U);
  EXPECT_EQ(timings[0].stage, "decode");
  EXPECT_EQ(timings[0].cpu_us, 900);
  EXPECT_EQ(timings[0].peak_bytes, 5000);
  EXPECT_EQ(timings[1].peak_bytes, 0);
}

TEST_F(RunStoreTest, AClipIsStoredWholeOrNotAtAll) {
  const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
  FakeRow fake = SmallCatalog::fake_row("x");
  fake.artifacts.back().sha256 = sha256("no such blob");
  EXPECT_EQ(kind_thrown_by([&] { runs_.record_done(claim, fake); }), ErrorKind::kCatalog);
  EXPECT_EQ(state_of(claim.job.id), "claimed");
  EXPECT_TRUE(runs_.artifacts(claim.job.id).empty());
  EXPECT_TRUE(runs_.record_done(claim, SmallCatalog::fake_row("x")));
}

TEST_F(RunStoreTest, RefusesSpansThatDoNotAddUp) {
  const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
  FakeRow fake = SmallCatalog::fake_row("x");
  fake.artifacts.front().manipulated_frames = 7;
  EXPECT_EQ(kind_thrown_by([&] { runs_.record_done(claim, fake); }), ErrorKind::kInternal);
}

TEST_F(RunStoreTest, LostClaimStoresNothing) {
  const JobClaim old = *runs_.claim(run_, "slow", kExpired, 3);
  while (runs_.claim(run_, "filler", kHour, 3)->job.id != old.job.id) {}
  EXPECT_FALSE(runs_.record_done(old, SmallCatalog::fake_row("x")));
  EXPECT_FALSE(runs_.skip(old, "no_face", "", {}));
  EXPECT_FALSE(runs_.fail(old, "input", "decode", "bad", false, 3));
  EXPECT_FALSE(runs_.renew(old, kHour));
  EXPECT_FALSE(runs_.release(old));
  EXPECT_TRUE(runs_.artifacts(old.job.id).empty());
  EXPECT_EQ(state_of(old.job.id), "claimed");
}

TEST_F(RunStoreTest, ExpiredClaimsAreTakenOverThenQuarantined) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(runs_.claim(run_, "dies", kExpired, 2).has_value());
  }
  for (int i = 0; i < 3; ++i) {
    const std::optional<JobClaim> again = runs_.claim(run_, "dies", kExpired, 2);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->job.attempts, 2);
  }
  EXPECT_FALSE(runs_.claim(run_, "dies", kExpired, 2).has_value());
  EXPECT_EQ(runs_.job_counts(run_).at("quarantined"), 3);
  EXPECT_EQ(runs_.jobs(run_)[0].error_text, "claim expired");
}

TEST_F(RunStoreTest, RenewedClaimIsNotTakenOver) {
  const JobClaim claim = *runs_.claim(run_, "me", kExpired, 3);
  EXPECT_TRUE(runs_.renew(claim, kHour));
  runs_.claim(run_, "other", kHour, 3);
  runs_.claim(run_, "other", kHour, 3);
  EXPECT_FALSE(runs_.claim(run_, "other", kHour, 3).has_value());
  EXPECT_TRUE(runs_.record_done(claim, SmallCatalog::fake_row("x")));
}

TEST_F(RunStoreTest, RetryableFailuresReturnUntilAttemptsAreSpent) {
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
    EXPECT_EQ(claim.job.attempts, attempt);
    EXPECT_TRUE(runs_.fail(claim, "resource", "encode", "disk full", true, 3));
    EXPECT_EQ(state_of(claim.job.id), attempt < 3 ? "queued" : "quarantined");
  }
}

TEST_F(RunStoreTest, OtherFailuresAreFinalAndKeepTheirText) {
  const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
  EXPECT_TRUE(runs_.fail(claim, "input", "decode", "moov atom not found", false, 3));
  const JobRow job = runs_.jobs(run_)[0];
  EXPECT_EQ(job.state, "failed");
  EXPECT_EQ(job.error_kind, "input");
  EXPECT_EQ(job.error_stage, "decode");
  EXPECT_EQ(job.error_text, "moov atom not found");
}

TEST_F(RunStoreTest, SkippedJobKeepsReasonAndTimings) {
  const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
  EXPECT_TRUE(runs_.skip(claim, "no_face", "0 of 10 frames", {{"decode", "cpu", 10, 5, 5, 0}}));
  const JobRow job = runs_.jobs(run_)[0];
  EXPECT_EQ(job.state, "skipped");
  EXPECT_EQ(job.reject_reason, "no_face");
  EXPECT_EQ(job.error_text, "0 of 10 frames");
  EXPECT_EQ(runs_.timings(job.id).size(), 1U);
}

TEST_F(RunStoreTest, ReleaseDoesNotCountTheAttempt) {
  for (int i = 0; i < 5; ++i) {
    const JobClaim claim = *runs_.claim(run_, "me", kHour, 3);
    EXPECT_EQ(claim.job.attempts, 1);
    EXPECT_TRUE(runs_.release(claim));
  }
}

TEST_F(RunStoreTest, ClosedRunTakesNoMoreClaims) {
  runs_.finish(run_, "aborted");
  EXPECT_EQ(kind_thrown_by([&] { runs_.claim(run_, "me", kHour, 3); }), ErrorKind::kCatalog);
}

/// The owner string of a process that has ended.
std::string dead_owner() {
  int pipe_ends[2];
  EXPECT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string owner = claim_owner();
    const bool ok = ::write(pipe_ends[1], owner.data(), owner.size()) > 0;
    ::_exit(ok ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  char text[512];
  const ssize_t length = ::read(pipe_ends[0], text, sizeof text);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  return {text, static_cast<std::size_t>(length)};
}

TEST(ClaimOwner, TellsProcessesApart) {
  EXPECT_EQ(claim_owner(), claim_owner());
  EXPECT_NE(claim_owner(), dead_owner());
}

TEST_F(RunStoreTest, ReleasesTheClaimsOfEverybodyElse) {
  const JobClaim stale = *runs_.claim(run_, dead_owner(), kHour, 3);
  const JobClaim mine = *runs_.claim(run_, claim_owner(), kHour, 3);
  EXPECT_EQ(runs_.release_stale_claims(run_), 1);
  EXPECT_EQ(state_of(stale.job.id), "queued");
  EXPECT_EQ(state_of(mine.job.id), "claimed");
  EXPECT_EQ(runs_.claim(run_, "me", kHour, 3)->job.attempts, 2);
}

TEST_F(RunStoreTest, JobThatKillsEveryProcessIsQuarantined) {
  const std::string dead = dead_owner();
  JobId first;
  for (int crash = 0; crash < kMaxCrashes; ++crash) {
    const JobClaim claim = *runs_.claim(run_, dead, kHour, 3);
    first = claim.job.id;
    runs_.release_stale_claims(run_);
  }
  EXPECT_EQ(state_of(first), "quarantined");
  EXPECT_NE(runs_.claim(run_, "me", kHour, 3)->job.id, first);
}

TEST_F(RunStoreTest, KeepsModelsByRole) {
  const ModelRow model{{}, "landmarks", "pfld", "1", sha256("weights"), "Apache-2.0", {}};
  const ModelId id = runs_.ensure_model(model, 10);
  EXPECT_EQ(runs_.ensure_model(model, 10), id);
  ModelRow other = model;
  other.sha256 = sha256("other weights");
  const ModelId other_id = runs_.ensure_model(other, 10);
  EXPECT_NE(other_id, id);
  runs_.link_model(run_, "lmk68", id);
  runs_.link_model(run_, "lmk68", id);
  EXPECT_EQ(kind_thrown_by([&] { runs_.link_model(run_, "lmk68", other_id); }),
            ErrorKind::kCatalog);
  const std::vector<ModelRow> models = runs_.models(run_);
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].role, "lmk68");
  EXPECT_EQ(models[0].sha256, model.sha256);
}

TEST_F(RunStoreTest, MethodsAreFixed) {
  runs_.ensure_method({"mesh_swap", false, "compositeCapture"});
  EXPECT_EQ(kind_thrown_by([&] {
              runs_.ensure_method({"mesh_swap", true, "compositeCapture"});
            }),
            ErrorKind::kCatalog);
}

}  // namespace
}  // namespace changeling
