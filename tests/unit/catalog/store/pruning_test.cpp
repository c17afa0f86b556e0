#include "catalog/store/pruning.h"

#include <gmock/gmock.h>

#include "catalog/store/audit_log.h"
#include "catalog/store/erasure.h"
#include "catalog/store/gate_store.h"
#include "catalog/store/integrity.h"
#include "catalog/store/pruned_runs.h"
#include "common/base/atomic_file.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kFilesOfARun = 5;  // of its one job

class PruningTest : public CatalogTest {
 protected:
  /// A run of suite "s" with one finished job; `control` = bytes of its control, empty for its own.
  std::string add_run(const std::string& salt, const std::string& control = "",
                      const std::string& suite = "s", const std::string& config = "config") {
    const std::string run_id = begin_run(suite, config);
    FakeRow fake = SmallCatalog::fake_row(salt);
    for (std::size_t i = 0; i < fake.artifacts.size(); ++i) {
      const bool is_given = !control.empty() && fake.artifacts[i].kind == "real_control";
      fake.blobs[i] = blobs_.put_bytes(is_given ? control : fake.artifacts[i].kind + " of " + salt,
                                       "video/mp4");
      fake.artifacts[i].sha256 = fake.blobs[i].sha256;
    }
    EXPECT_TRUE(catalog_.runs.record_done(*catalog_.runs.claim(run_id, "me", 1000000000, 3), fake));
    catalog_.runs.finish(run_id, "ok");
    return run_id;
  }

  std::string begin_run(const std::string& suite, const std::string& config = "config") {
    RunRow run;
    run.kind = "generate";
    run.suite = suite;
    run.list_id = catalog_.list;
    run.git_commit = "0";
    run.config_sha256 = sha256(config);
    run.config_json = run.env_json = "{}";
    run.host = "h";
    const std::string run_id = catalog_.runs.begin(run);
    JobRow job;
    job.run_id = run_id;
    job.pair_id = catalog_.pairs.front().id;
    job.method = "mesh_swap";
    job.job_key = sha256("job");
    job.params_json = "{}";
    EXPECT_EQ(catalog_.runs.enqueue({job}), 1);
    return run_id;
  }

  /// Clip and frame scores of a run's fake, in an evaluation of it.
  MetricId add_scores(const std::string& run_id) {
    MetricDefRow metric;
    metric.name = "ssim";
    metric.unit = "1";
    metric.direction = "up";
    metric.level = "frame";
    const MetricId id = catalog_.scores.ensure_metric(metric);
    RunRow evaluation = *catalog_.runs.find_run(run_id);
    evaluation.run_id.clear();
    evaluation.kind = "evaluate";
    evaluation.parent_run_id = run_id;
    ScoreRow clip;
    clip.metric_id = id;
    clip.artifact_id = fake_of(run_id).id;
    clip.value = 0.5;
    ScoreRow frame = clip;
    frame.frame = 3;
    catalog_.scores.add_scores(catalog_.runs.begin(evaluation), {clip, frame});
    return id;
  }

  ArtifactRow fake_of(const std::string& run_id) {
    for (const ArtifactRow& row : catalog_.runs.run_artifacts(run_id)) {
      if (row.kind == "fake_video") {
        return row;
      }
    }
    return {};
  }

  PruneReport prune(std::int64_t keep, bool dry_run = false, bool frame_scores = false) {
    return prune_runs(catalog_.database, blobs_, {"s", keep, frame_scores, "ann", dry_run});
  }

  std::int64_t files_of(const std::string& run_id) {
    std::int64_t files = 0;
    for (const JobRow& job : catalog_.runs.jobs(run_id)) {
      for (const ArtifactRow& row : catalog_.runs.artifacts_with_renditions(job.id)) {
        files += blobs_.contains(row.sha256) ? 1 : 0;
      }
    }
    return files;
  }

  std::int64_t number(const std::string& sql) {
    return catalog_.database.connection().get_int(sql);
  }

  BlobStore blobs_{objects_folder(catalog_.database.path())};
};

TEST_F(PruningTest, FreesTheFilesOfOldRunsAndKeepsTheirRows) {
  const std::string first = add_run("a"), second = add_run("b"), third = add_run("c");
  const std::int64_t artifacts = number("SELECT count(*) FROM artifact");
  const PruneReport report = prune(1);
  ASSERT_EQ(report.runs.size(), 2U);
  EXPECT_EQ(report.runs[0].run_id, first);
  EXPECT_EQ(report.runs[0].files, kFilesOfARun);
  EXPECT_EQ(report.removed.files, 2 * kFilesOfARun);
  EXPECT_EQ(report.removed.bytes, report.runs[0].bytes + report.runs[1].bytes);
  EXPECT_EQ(files_of(first), 0);
  EXPECT_EQ(files_of(second), 0);
  EXPECT_EQ(files_of(third), kFilesOfARun);
  EXPECT_EQ(number("SELECT count(*) FROM artifact"), artifacts);
  EXPECT_EQ(number("SELECT count(*) FROM blob WHERE state='purged'"), 2 * kFilesOfARun);
  EXPECT_THAT(check_catalog_file(catalog_.database), IsEmpty());
}

TEST_F(PruningTest, SaysWhenAndByWhomARunWasPruned) {
  const std::string first = add_run("a"), second = add_run("b");
  EXPECT_FALSE(find_pruning(catalog_.database, first));
  EXPECT_NO_THROW(require_unpruned(catalog_.database, first));
  (void)prune(1);
  EXPECT_EQ(find_pruning(catalog_.database, first)->by, "ann");
  EXPECT_FALSE(find_pruning(catalog_.database, second));
  EXPECT_THAT(*AuditLog(catalog_.database).newest_detail("prune", "run " + first),
              HasSubstr("\"files\":5"));
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { require_unpruned(catalog_.database, first); }, &message),
            ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("by ann"));
  EXPECT_NO_THROW(require_unpruned(catalog_.database, second));
  const JobId job = catalog_.runs.jobs(first).front().id;
  EXPECT_EQ(pruned_jobs(catalog_.database), std::set<JobId>{job});
  EXPECT_EQ(kind_thrown_by([&] { require_files(catalog_.database, job); }, &message),
            ErrorKind::kCatalog);
  EXPECT_THAT(message, HasSubstr("pruned on 20"));
}

TEST_F(PruningTest, DryRunTellsTheSameAndChangesNothing) {
  const std::string first = add_run("a");
  add_run("b");
  const Digest head = *AuditLog(catalog_.database).head();
  const PruneReport planned = prune(1, true);
  EXPECT_EQ(files_of(first), kFilesOfARun);
  EXPECT_EQ(*AuditLog(catalog_.database).head(), head);
  const PruneReport done = prune(1);
  EXPECT_EQ(planned.removed.files, done.removed.files);
  EXPECT_EQ(planned.removed.bytes, done.removed.bytes);
  EXPECT_EQ(planned.runs.size(), done.runs.size());
}

TEST_F(PruningTest, BaselinesAndOtherSuitesKeepTheirFiles) {
  const std::string first = add_run("a"), other = add_run("x", "", "t");
  GateStore(catalog_.database).set_baseline("s", first, "me", "first");
  const std::string second = add_run("b");
  GateStore(catalog_.database).set_baseline("s", second, "me", "better");
  add_run("c");
  const PruneReport report = prune(1);
  EXPECT_EQ(report.kept_baselines, 2);
  EXPECT_EQ(report.removed.files, 0);
  EXPECT_EQ(files_of(first), kFilesOfARun);
  EXPECT_EQ(files_of(second), kFilesOfARun);
  EXPECT_EQ(files_of(other), kFilesOfARun);
}

TEST_F(PruningTest, AJobWithAClipInADataSetKeepsAllItsFiles) {
  const std::string first = add_run("a"), second = add_run("b");
  add_run("c");
  catalog_.database.connection().exec(
      "INSERT INTO dataset_version(version_id,name,semver,split_id,run_id,access_class,spec_json,"
      "created_at) VALUES(1,'d','1.0.0'," +
      std::to_string(catalog_.split.value) + ",'" + first + "','internal','{}','')");
  catalog_.database.connection().exec("INSERT INTO dataset_item VALUES(1," +
                                      std::to_string(fake_of(first).id.value) + ",'k','train')");
  const PruneReport report = prune(1);
  EXPECT_EQ(report.kept_jobs, 1);
  EXPECT_EQ(files_of(first), kFilesOfARun);
  EXPECT_EQ(files_of(second), 0);
  EXPECT_NO_THROW(require_unpruned(catalog_.database, first));
}

TEST_F(PruningTest, WhatAnotherRunOrAnalysisOrCatalogSharesStays) {
  const std::string first = add_run("a", "the control"), second = add_run("b", "the control");
  const std::string third = add_run("c");
  const Digest control = sha256("the control"), mask = sha256("mask_alpha of a");
  catalog_.corpora.put_cached_stage(sha256("key"), "analysis", catalog_.media[0],
                                    {mask, 15, "video/mp4"});
  PruneReport report = prune(2);
  EXPECT_EQ(report.shared_files, 2);
  EXPECT_EQ(files_of(first), 2);
  EXPECT_TRUE(blobs_.contains(control));
  EXPECT_EQ(files_of(second), kFilesOfARun);
  report = prune(1);  // the last run that shares the control goes, too
  EXPECT_FALSE(blobs_.contains(control));
  EXPECT_EQ(files_of(first), 1);
  EXPECT_EQ(files_of(second), 0);
  EXPECT_EQ(files_of(third), kFilesOfARun);
}

TEST_F(PruningTest, FilesThatAnotherCatalogOfTheFolderNamesStay) {
  const std::string first = add_run("a");
  add_run("b");
  const std::filesystem::path other = folder_ / "other.db", backup = folder_ / "backup.db";
  const TempDir elsewhere;
  {
    SmallCatalog twin(elsewhere.path());
    twin.corpora.put_cached_stage(sha256("key"), "analysis", twin.media[0],
                                  {sha256("sidecar of a"), 12, "application/json"});
    twin.corpora.put_cached_stage(sha256("other key"), "analysis", twin.media[0],
                                  {sha256("mask_alpha of a"), 15, "video/mp4"});
    twin.database.connection().exec("UPDATE blob SET state='purged' WHERE bytes=15");
  }
  catalog_.database.backup_to(backup);  // names all files, and holds none
  std::filesystem::copy_file(elsewhere / "catalog.db", other);
  { const Database writer = Database::open_writer(other); }
  (void)prune(1);
  EXPECT_EQ(files_of(first), 1);
  EXPECT_TRUE(blobs_.contains(sha256("sidecar of a")));
}

TEST_F(PruningTest, AFileThatAnotherCatalogMadeSinceGoesOnlyWithAPersonInIt) {
  add_run("a");
  add_run("b");
  EXPECT_EQ(prune(1).removed.files, kFilesOfARun);
  const BlobRow made = blobs_.put_bytes("fake_video of a", "video/mp4");
  const std::filesystem::path other = folder_ / "other.db";
  const TempDir elsewhere;
  {
    SmallCatalog twin(elsewhere.path());
    twin.corpora.put_cached_stage(sha256("key"), "analysis", twin.media[0], made);
  }
  std::filesystem::copy_file(elsewhere / "catalog.db", other);
  { const Database writer = Database::open_writer(other); }
  EXPECT_EQ(prune(1, true).removed.files, 0);
  EXPECT_EQ(prune(1).removed.files, 0);
  EXPECT_TRUE(blobs_.contains(made.sha256));
  (void)forget_subject(catalog_.database, blobs_, {"faces", "d", "a letter", false, false});
  EXPECT_TRUE(blobs_.contains(made.sha256)) << "shows somebody else";
  (void)forget_subject(catalog_.database, blobs_, {"faces", "a", "a call", true, false});
  (void)prune(1);
  EXPECT_TRUE(blobs_.contains(made.sha256)) << "a withdrawal erases nothing yet";
  (void)forget_subject(catalog_.database, blobs_, {"faces", "a", "a letter", false, false});
  EXPECT_FALSE(blobs_.contains(made.sha256));
}

TEST_F(PruningTest, AnErasureDoesNotWaitForACatalogThatCannotBeRead) {
  add_run("a");
  add_run("b");
  (void)prune(1);
  const BlobRow left =
      blobs_.put_bytes("fake_video of a", "video/mp4");  // by a call that was killed
  const BlobRow face = blobs_.put_bytes("analysis of d", "application/json");
  catalog_.corpora.put_cached_stage(sha256("key"), "analysis", catalog_.media[3], face);
  const std::filesystem::path other = folder_ / "other.db";
  catalog_.database.backup_to(other);
  { const Database writer = Database::open_writer(other); }
  std::filesystem::resize_file(other, 4096);  // its first page says what it is, and no more
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)prune(1); }, &message), ErrorKind::kCatalog);
  EXPECT_THAT(message, HasSubstr("other.db"));
  EXPECT_EQ(forget_subject(catalog_.database, blobs_, {"faces", "d", "a letter", false, false})
                .removed.files,
            1);
  EXPECT_FALSE(blobs_.contains(face.sha256));
  EXPECT_TRUE(blobs_.contains(left.sha256)) << "the other catalog may have made it since";
  std::filesystem::remove(other);
  EXPECT_EQ(prune(1).removed.files, 1);
}

TEST_F(PruningTest, TheNextCallEndsOneThatWasKilled) {
  const std::string first = add_run("a");
  add_run("b");
  (void)prune(1);
  // As if it had been killed after its rows were written, among its files.
  write_file_atomically(blobs_.path(sha256("fake_video of a")), "fake_video of a");
  const Digest head = *AuditLog(catalog_.database).head();
  EXPECT_EQ(prune(1, true).removed.files, 1);
  const PruneReport report = prune(1);
  EXPECT_EQ(report.removed.files, 1);
  EXPECT_THAT(report.runs, IsEmpty());
  EXPECT_EQ(files_of(first), 0);
  EXPECT_EQ(*AuditLog(catalog_.database).head(), head);
}

TEST_F(PruningTest, NothingIsRemovedBeforeItsRowsAreWritten) {
  const std::string first = add_run("a");
  add_run("b");
  catalog_.database.connection().exec(
      "CREATE TRIGGER no_audit INSERT ON audit_log BEGIN SELECT RAISE(ABORT,'killed here'); END");
  EXPECT_EQ(kind_thrown_by([&] { (void)prune(1); }), ErrorKind::kCatalog);
  EXPECT_EQ(files_of(first), kFilesOfARun);
  EXPECT_EQ(number("SELECT count(*) FROM blob WHERE state='purged'"), 0);
  catalog_.database.connection().exec("DROP TRIGGER no_audit");
  EXPECT_EQ(prune(1).removed.files, kFilesOfARun);
}

TEST_F(PruningTest, RenditionsGoWithTheirRun) {
  const std::string first = add_run("a");
  FakeRow degraded = SmallCatalog::fake_row("low");
  degraded.artifacts.resize(1);
  degraded.blobs = {blobs_.put_bytes("low quality", "video/mp4")};
  degraded.artifacts[0].sha256 = degraded.blobs[0].sha256;
  degraded.artifacts[0].profile = "c40";
  const std::string exported = begin_run("s");
  catalog_.runs.add_renditions(catalog_.runs.jobs(first).front().id, exported, "c23", "{}",
                               degraded);
  EXPECT_EQ(files_of(first), kFilesOfARun + 1);
  add_run("b");
  EXPECT_EQ(prune(1).removed.files, kFilesOfARun + 1);
}

TEST_F(PruningTest, RunsThatMadeNothingDoNotCount) {
  const std::string first = add_run("a"), second = add_run("b");
  begin_run("s");
  begin_run("s");
  EXPECT_EQ(prune(1).runs.size(), 1U);
  EXPECT_EQ(files_of(first), 0);
  EXPECT_EQ(files_of(second), kFilesOfARun);
}

TEST_F(PruningTest, ScoresOfFramesGoOnlyWhereThatIsAskedFor) {
  const std::string first = add_run("a"), second = add_run("b");
  const MetricId metric = add_scores(first);
  add_scores(second);
  EXPECT_EQ(prune(1).runs.front().frame_scores, 0);
  EXPECT_EQ(number("SELECT count(*) FROM metric_value"), 4);
  const PruneReport report = prune(1, false, true);  // its files went before
  ASSERT_EQ(report.runs.size(), 1U);
  EXPECT_EQ(report.runs.front().frame_scores, 1);
  EXPECT_THAT(catalog_.scores.frame_scores(metric, fake_of(first).id), IsEmpty());
  EXPECT_EQ(catalog_.scores.frame_scores(metric, fake_of(second).id).size(), 1U);
  EXPECT_EQ(catalog_.scores.clip_scores(metric, first).front().score.value, 0.5);
}

TEST_F(PruningTest, ScoresOfFramesDoNotStayInFreePages) {
  add_scores(add_run("a"));
  add_run("b");
  catalog_.database.connection().exec("PRAGMA secure_delete=OFF");
  (void)prune(1, false, true);
  EXPECT_EQ(number("PRAGMA secure_delete"), 1);
}

TEST_F(PruningTest, ARunThatOnlyLostScoresOfFramesIsGoneOnWith) {
  const std::string first = add_run("a", "", "s", "settings of before");
  add_scores(first);
  // Something else needs each of its files.
  for (const ArtifactRow& row : catalog_.runs.artifacts(catalog_.runs.jobs(first).front().id)) {
    catalog_.corpora.put_cached_stage(row.sha256, "analysis", catalog_.media[0],
                                      {row.sha256, 1, "video/mp4"});
  }
  add_run("b");
  EXPECT_EQ(prune(1, false, true).runs.front().frame_scores, 1);
  EXPECT_TRUE(find_pruning(catalog_.database, first));
  EXPECT_EQ(files_of(first), kFilesOfARun);
  const std::optional<RunRow> resumable =
      catalog_.runs.find_resumable("generate", catalog_.list, sha256("settings of before"));
  ASSERT_TRUE(resumable);
  EXPECT_EQ(resumable->run_id, first);
}

TEST_F(PruningTest, APrunedRunIsNeitherGoneOnWithNorABaseline) {
  const std::string first = add_run("a", "", "s", "settings of before");
  const auto resumable = [&] {
    return catalog_.runs.find_resumable("generate", catalog_.list, sha256("settings of before"));
  };
  add_run("b");
  EXPECT_EQ(resumable()->run_id, first);
  EXPECT_EQ(prune(1).removed.files, kFilesOfARun);
  EXPECT_FALSE(resumable());
  std::string message;
  EXPECT_EQ(
      kind_thrown_by([&] { GateStore(catalog_.database).check_baseline("s", first); }, &message),
      ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("were pruned on"));
  catalog_.database.connection().exec("UPDATE blob SET state='present' WHERE state='purged'");
  EXPECT_NO_THROW(GateStore(catalog_.database).check_baseline("s", first));  // made once more
}

TEST_F(PruningTest, ASuiteThatIsNotThereIsRefused) {
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)prune(1); }, &message), ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("suite 's' has no run"));
  begin_run("s");  // a night of which every job was refused
  EXPECT_THAT(prune(1).runs, IsEmpty());
}

}  // namespace
}  // namespace changeling
