#include "catalog/store/pruned_runs.h"

#include "catalog/store/read_set.h"
#include "common/base/error.h"

namespace changeling {
namespace {

const std::string kPrunedJobs =
    "SELECT DISTINCT j.job_id FROM job j JOIN artifact a USING(job_id) JOIN blob b USING(sha256) "
    "WHERE b.state='purged' AND j.run_id IN(" +
    std::string(kPrunedRunIds) + ")";
const std::string kPrunedJobsOfRun = kPrunedJobs + " AND j.run_id=? LIMIT 1";

const char* const kGoneFile =
    "SELECT j.run_id FROM job j JOIN artifact a USING(job_id) JOIN blob b USING(sha256) WHERE "
    "b.state='purged' AND j.job_id=? AND a.artifact_id NOT IN(SELECT artifact_id FROM rendition) "
    "LIMIT 1";

/// "pruned on 2031-05-04 by ann".
std::string words_for(const Pruning& pruning) {
  constexpr std::size_t kDate = 10;
  return "pruned on " + pruning.at.substr(0, kDate) + " by " + pruning.by;
}

}  // namespace

std::optional<Pruning> find_pruning(const Database& database, std::string_view run_id) {
  Query query(database.connection(),
              "SELECT at,actor FROM audit_log WHERE action='prune' AND subject='run '||? ORDER BY "
              "seq DESC LIMIT 1");
  query.bind(run_id);
  if (!query.next()) {
    return std::nullopt;
  }
  Pruning pruning;
  query.read(pruning.at, pruning.by);
  return pruning;
}

std::set<JobId> pruned_jobs(const Database& database) {
  return read_set<JobId>(database.connection(), kPrunedJobs);
}

bool lacks_pruned_files(const Database& database, std::string_view run_id) {
  Query query(database.connection(), kPrunedJobsOfRun.c_str());
  query.bind(run_id);
  return query.next();
}

void require_unpruned(const Database& database, std::string_view run_id) {
  const std::optional<Pruning> pruning = find_pruning(database, run_id);
  if (pruning && lacks_pruned_files(database, run_id)) {
    throw Error(ErrorKind::kConfig, "the files of run " + std::string(run_id) + " were " +
                                        words_for(*pruning) +
                                        " ('changeling catalog prune'): its numbers stay, but "
                                        "nothing more can be measured on it (take a newer run)");
  }
}

void require_files(const Database& database, JobId job) {
  Query query(database.connection(), kGoneFile);
  query.bind(job);
  if (!query.next()) {
    return;
  }
  std::string run_id;
  query.read(run_id);
  const std::optional<Pruning> pruning = find_pruning(database, run_id);
  throw Error(ErrorKind::kCatalog, pruning ? "files of the clip were " + words_for(*pruning) +
                                                 " (its numbers stay) or erased with a person in it"
                                           : "files of the clip were erased with a person in it");
}

}  // namespace changeling
