#include "catalog/store/pruning.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "catalog/store/audit_log.h"
#include "catalog/store/catalog_folder.h"
#include "catalog/store/connection.h"
#include "catalog/store/purged_files.h"
#include "catalog/store/read_set.h"
#include "common/base/error.h"

namespace changeling {
namespace {

/// Runs that left something, the newest first: a clock may be set back, so not by started_at.
const char* const kRuns =
    "SELECT run_id,started_at,run_id IN(SELECT run_id FROM baseline) FROM run r WHERE "
    "kind='generate' AND suite=? AND EXISTS(SELECT 1 FROM job JOIN artifact USING(job_id) WHERE "
    "job.run_id=r.run_id) ORDER BY rowid DESC";

const char* const kCountRuns = "SELECT count(*) FROM run WHERE kind='generate' AND suite=?";

const std::string kJobsInDataSets =
    "(SELECT a.job_id FROM dataset_item JOIN artifact a USING(artifact_id) WHERE a.job_id IS NOT "
    "NULL)";
const std::string kFiles =
    "SELECT b.sha256,b.bytes,count(*) FROM job j JOIN artifact a USING(job_id) JOIN blob b "
    "USING(sha256) WHERE j.run_id=? AND b.state='present' AND j.job_id NOT IN " +
    kJobsInDataSets + " GROUP BY b.sha256";
const std::string kCountKeptJobs =
    "SELECT count(*) FROM job WHERE run_id=? AND job_id IN " + kJobsInDataSets;

const char* const kNeeded =
    "SELECT sha256 FROM model UNION SELECT sha256 FROM stage_cache UNION SELECT sha256 FROM media "
    "WHERE sha256 IS NOT NULL UNION SELECT analysis_sha256 FROM media WHERE analysis_sha256 IS NOT "
    "NULL UNION SELECT boxes_sha256 FROM face_track UNION SELECT analysis_sha256 FROM face_track "
    "WHERE analysis_sha256 IS NOT NULL";

// An evaluation is of one generate run. Its table is clustered by run, so this reads no other's.
const std::string kFrameScores =
    "FROM metric_value WHERE frame>=0 AND run_id IN(SELECT run_id FROM run WHERE kind='evaluate' "
    "AND parent_run_id=?) AND artifact_id NOT IN(SELECT artifact_id FROM artifact WHERE job_id "
    "IN " +
    kJobsInDataSets + ")";
const std::string kCountFrameScores = "SELECT count(*) " + kFrameScores;
const std::string kDeleteFrameScores = "DELETE " + kFrameScores;

class Pruner {
 public:
  Pruner(Database& database, const BlobStore& blobs, const PruneRequest& request)
      : database_(database), sql_(database.connection()), blobs_(blobs), request_(request) {}

  PruneReport run() {
    report_.runs = due_runs();
    choose_files();
    count_frame_scores();
    forget_untouched_runs();
    if (request_.dry_run) {
      report_.removed = count_files(blobs_, going_with(files_to_remove(database_, blobs_)));
      return std::move(report_);
    }
    sql_.exec("PRAGMA secure_delete=ON");  // scores must not stay in free pages
    database_.transaction([this] { record(); });
    report_.removed = remove_purged_files(database_, blobs_);
    return std::move(report_);
  }

 private:
  /// A file that goes, with the run it is counted for: the oldest that has it.
  struct File {
    std::size_t run = 0;
    std::int64_t bytes = 0;
    std::int64_t artifacts = 0;  // of due runs that name it
  };

  /// Those beyond the newest that may lose files, the oldest first.
  std::vector<PrunedRun> due_runs() {
    std::vector<PrunedRun> due;
    std::int64_t age = 0;
    Query query(sql_, kRuns);
    query.bind(request_.suite);
    while (query.next()) {
      PrunedRun run;
      bool is_baseline = false;
      query.read(run.run_id, run.started_at, is_baseline);
      if (++age <= request_.keep_runs) {
        continue;
      }
      report_.kept_baselines += is_baseline ? 1 : 0;
      if (!is_baseline) {
        due.push_back(std::move(run));
      }
    }
    if (age == 0 && number(kCountRuns, request_.suite) == 0) {
      throw Error(ErrorKind::kConfig, "suite '" + request_.suite + "' has no run in this catalog");
    }
    std::reverse(due.begin(), due.end());
    return due;
  }

  void choose_files() {
    for (std::size_t i = 0; i < report_.runs.size(); ++i) {
      Query query(sql_, kFiles.c_str());
      query.bind(report_.runs[i].run_id);
      while (query.next()) {
        Digest digest;
        std::int64_t bytes = 0, artifacts = 0;
        query.read(digest, bytes, artifacts);
        File& file = going_.try_emplace(digest, File{i, bytes, 0}).first->second;
        file.artifacts += artifacts;
      }
      report_.kept_jobs += number(kCountKeptJobs, report_.runs[i].run_id);
    }
    const std::set<Digest> needed = needed_elsewhere();
    for (auto at = going_.begin(); at != going_.end();) {
      const bool is_shared =
          needed.count(at->first) > 0 ||
          number("SELECT count(*) FROM artifact WHERE sha256=?", at->first) > at->second.artifacts;
      if (!is_shared) {
        ++report_.runs[at->second.run].files;
        report_.runs[at->second.run].bytes += at->second.bytes;
      }
      report_.shared_files += is_shared ? 1 : 0;
      at = is_shared ? going_.erase(at) : std::next(at);
    }
  }

  /// By rows that are no artifacts, or by other catalogs. Backups hold rows only: a file that
  /// served them alone would stay for ever, as migrations leave a backup each.
  std::set<Digest> needed_elsewhere() {
    std::set<Digest> needed = read_set<Digest>(sql_, kNeeded);
    for (const std::filesystem::path& other : written_catalogs_beside(database_.path())) {
      Connection connection(other, Access::kRead);
      add_present_blobs(connection, needed);
    }
    return needed;
  }

  void count_frame_scores() {
    for (PrunedRun& run : report_.runs) {
      run.frame_scores = request_.frame_scores ? number(kCountFrameScores, run.run_id) : 0;
    }
  }

  /// Those pruned before lose nothing now.
  void forget_untouched_runs() {
    std::vector<PrunedRun> touched;
    for (PrunedRun& run : report_.runs) {
      if (run.files + run.frame_scores > 0) {
        touched.push_back(std::move(run));
      }
    }
    report_.runs = std::move(touched);
  }

  template <typename Key>
  std::int64_t number(const std::string& sql, const Key& key) {
    Query query(sql_, sql.c_str());
    query.bind(key);
    std::int64_t value = 0;
    query.next();
    query.read(value);
    return value;
  }

  std::set<Digest> going_with(std::set<Digest> digests) const {
    for (const auto& [digest, file] : going_) {
      digests.insert(digest);
    }
    return digests;
  }

  void record() {
    for (const auto& [digest, file] : going_) {
      Query(sql_, "UPDATE blob SET state='purged' WHERE sha256=?").run(digest);
    }
    for (const PrunedRun& run : report_.runs) {
      if (run.frame_scores > 0) {
        Query(sql_, kDeleteFrameScores.c_str()).run(run.run_id);
      }
      AuditLog(database_).append(request_.by, "prune", "run " + run.run_id,
                                 nlohmann::json{{"bytes", run.bytes},
                                                {"files", run.files},
                                                {"frame_scores", run.frame_scores},
                                                {"keep_runs", request_.keep_runs},
                                                {"suite", request_.suite}}
                                     .dump());
    }
  }

  Database& database_;
  Connection& sql_;
  const BlobStore& blobs_;
  const PruneRequest& request_;
  std::map<Digest, File> going_;
  PruneReport report_;
};

}  // namespace

PruneReport prune_runs(Database& database, const BlobStore& blobs, const PruneRequest& request) {
  CHANGELING_REQUIRE(request.keep_runs > 0, "a suite keeps the files of a run at least");
  CHANGELING_REQUIRE(request.dry_run || database.is_writer(), "pruning needs the writer lock");
  const std::vector<WriterLock> locks =
      request.dry_run ? std::vector<WriterLock>() : lock_catalogs_beside(database.path());
  return Pruner(database, blobs, request).run();
}

}  // namespace changeling
