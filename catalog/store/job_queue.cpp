#include <array>
#include <utility>

#include "catalog/store/clock.h"
#include "catalog/store/connection.h"
#include "catalog/store/run_store.h"

// The job state machine: every change of job.state but `done` and `skipped` (job_records.cpp) is
// here.
namespace changeling {
namespace {

constexpr std::array<const char*, 6> kStates = {"queued",  "claimed", "done",
                                                "skipped", "failed",  "quarantined"};

const std::string kSelectJob =
    "SELECT job_id,run_id,pair_id,method,job_key,params_json,seed,attempts,state,reject_reason,"
    "error_kind,error_stage,error_text FROM job ";
const std::string kJobById = kSelectJob + "WHERE job_id=?";
const std::string kJobsOfRun = kSelectJob + "WHERE run_id=? ORDER BY job_id";

// Two statements, not one with OR: only so does each use the index (catalog/README.md, "Jobs").
constexpr const char* kClaimQueued =
    "UPDATE job SET state='claimed',attempts=attempts+1,claim_owner=?1,claim_expires_us=?2,"
    "started_us=?4 WHERE job_id=(SELECT job_id FROM job INDEXED BY job_claim WHERE run_id=?3 "
    "AND state='queued' ORDER BY job_id LIMIT 1) RETURNING job_id";
constexpr const char* kClaimSibling =
    "UPDATE job SET state='claimed',attempts=attempts+1,claim_owner=?1,claim_expires_us=?2,"
    "started_us=?4 WHERE run_id=?3 AND pair_id=?5 AND method=?6 AND state='queued' "
    "RETURNING job_id";
constexpr const char* kClaimExpired =
    "UPDATE job SET state=iif(attempts<?5,'claimed','quarantined'),attempts=min(attempts+1,?5),"
    "claim_owner=?1,claim_expires_us=?2,error_kind='resource',error_text='claim expired' "
    "WHERE job_id=(SELECT job_id FROM job INDEXED BY job_claim WHERE run_id=?3 AND state='claimed' "
    "AND claim_expires_us<?4 ORDER BY job_id LIMIT 1) RETURNING job_id,state";

void read_row(Query& query, JobRow& row) {
  query.read(row.id, row.run_id, row.pair_id, row.method, row.job_key, row.params_json, row.seed,
             row.attempts, row.state, row.reject_reason, row.error_kind, row.error_stage,
             row.error_text);
}

JobRow read_job(Connection& connection, JobId id) {
  Query query(connection, kJobById.c_str());
  query.bind(id);
  JobRow row;
  if (query.next()) {
    read_row(query, row);
  }
  return row;
}

struct StaleClaim {
  JobId id;
  int attempts = 0;
};

std::vector<StaleClaim> stale_claims(Connection& connection, std::string_view run_id) {
  Query query(connection,
              "SELECT job_id,attempts,claim_owner FROM job INDEXED BY job_claim "
              "WHERE run_id=? AND state='claimed'");
  query.bind(run_id);
  std::vector<StaleClaim> stale;
  while (query.next()) {
    StaleClaim claim;
    std::string owner;
    query.read(claim.id, claim.attempts, owner);
    if (owner != claim_owner()) {
      stale.push_back(claim);
    }
  }
  return stale;
}

}  // namespace

std::int64_t RunStore::enqueue(const std::vector<JobRow>& jobs) {
  std::int64_t added = 0;
  database_.transaction([&] {
    Query insert(database_.connection(),
                 "INSERT INTO job(run_id,pair_id,method,job_key,params_json,seed,state) "
                 "VALUES(?,?,?,?,?,?,'queued') ON CONFLICT(run_id,pair_id,method) DO NOTHING");
    for (const JobRow& job : jobs) {
      added +=
          insert.run(job.run_id, job.pair_id, job.method, job.job_key, job.params_json, job.seed);
    }
  });
  return added;
}

std::optional<JobClaim> RunStore::claim(std::string_view run_id, std::string_view owner,
                                        std::int64_t expires_in_us, int max_attempts) {
  Connection& connection = database_.connection();
  while (true) {
    std::optional<JobRow> job;
    bool quarantined = false;
    database_.transaction([&] {
      const std::int64_t now = now_us();
      Query claim_queued(connection, kClaimQueued);
      claim_queued.bind(owner, now + expires_in_us, run_id, now);
      JobId id;
      if (claim_queued.next()) {
        claim_queued.read(id);
        job = read_job(connection, id);
      }
    });
    if (job) {
      return JobClaim{*job, std::string(owner)};
    }
    database_.transaction([&] {
      const std::int64_t now = now_us();
      Query take_over(connection, kClaimExpired);
      take_over.bind(owner, now + expires_in_us, run_id, now, max_attempts);
      JobId id;
      std::string state;
      if (take_over.next()) {
        take_over.read(id, state);
        quarantined = state == "quarantined";
        job = read_job(connection, id);
      }
    });
    if (!quarantined) {
      return job ? std::optional<JobClaim>({*job, std::string(owner)}) : std::nullopt;
    }
  }
}

std::vector<JobClaim> RunStore::claim_siblings(const JobClaim& claim,
                                               const std::vector<std::string>& methods,
                                               std::int64_t expires_in_us) {
  Connection& connection = database_.connection();
  std::vector<JobClaim> claims;
  database_.transaction([&] {
    const std::int64_t now = now_us();
    for (const std::string& method : methods) {
      Query take(connection, kClaimSibling);
      take.bind(claim.owner, now + expires_in_us, claim.job.run_id, now, claim.job.pair_id, method);
      JobId id;
      if (take.next()) {
        take.read(id);
        claims.push_back({read_job(connection, id), claim.owner});
      }
    }
  });
  return claims;
}

bool RunStore::renew(const JobClaim& claim, std::int64_t expires_in_us) {
  std::int64_t changed = 0;
  database_.transaction([&] {
    changed = Query(database_.connection(),
                    "UPDATE job SET claim_expires_us=? "
                    "WHERE job_id=? AND claim_owner=? AND attempts=? AND state='claimed'")
                  .run(now_us() + expires_in_us, claim.job.id, claim.owner, claim.job.attempts);
  });
  return changed == 1;
}

bool RunStore::fail(const JobClaim& claim, std::string_view error_kind, std::string_view stage,
                    std::string_view message, bool retryable, int max_attempts) {
  const bool is_spent = claim.job.attempts >= max_attempts;
  const char* state = !retryable ? "failed" : is_spent ? "quarantined" : "queued";
  std::int64_t changed = 0;
  database_.transaction([&] {
    changed = Query(database_.connection(),
                    "UPDATE job SET state=?,finished_us=?,claim_owner=NULL,claim_expires_us=NULL,"
                    "error_kind=?,error_stage=?,error_text=? "
                    "WHERE job_id=? AND claim_owner=? AND attempts=? AND state='claimed'")
                  .run(state, now_us(), error_kind, stage, message, claim.job.id, claim.owner,
                       claim.job.attempts);
  });
  return changed == 1;
}

bool RunStore::release(const JobClaim& claim) {
  std::int64_t changed = 0;
  database_.transaction([&] {
    changed = Query(database_.connection(),
                    "UPDATE job SET state='queued',attempts=attempts-1,claim_owner=NULL,"
                    "claim_expires_us=NULL "
                    "WHERE job_id=? AND claim_owner=? AND attempts=? AND state='claimed'")
                  .run(claim.job.id, claim.owner, claim.job.attempts);
  });
  return changed == 1;
}

std::int64_t RunStore::release_stale_claims(std::string_view run_id) {
  Connection& connection = database_.connection();
  std::int64_t released = 0;
  database_.transaction([&] {
    for (const StaleClaim& claim : stale_claims(connection, run_id)) {
      const bool is_spent = claim.attempts >= kMaxCrashes;
      Query(connection,
            "UPDATE job SET state=?,claim_owner=NULL,claim_expires_us=NULL,error_kind='internal',"
            "error_stage=NULL,error_text='the process ended while it worked on this job' "
            "WHERE job_id=?")
          .run(is_spent ? "quarantined" : "queued", claim.id);
      released += is_spent ? 0 : 1;
    }
  });
  return released;
}

std::map<std::string, std::int64_t> RunStore::job_counts(std::string_view run_id) const {
  std::map<std::string, std::int64_t> counts;
  for (const char* state : kStates) {
    counts[state] = 0;
  }
  Query query(database_.connection(),
              "SELECT state,count(*) FROM job WHERE run_id=? GROUP BY state");
  query.bind(run_id);
  while (query.next()) {
    std::string state;
    std::int64_t count = 0;
    query.read(state, count);
    counts[state] = count;
  }
  return counts;
}

std::vector<JobRow> RunStore::jobs(std::string_view run_id) const {
  Query query(database_.connection(), kJobsOfRun.c_str());
  query.bind(run_id);
  std::vector<JobRow> rows;
  while (query.next()) {
    read_row(query, rows.emplace_back());
  }
  return rows;
}

}  // namespace changeling
