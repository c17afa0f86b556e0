#include "reports/model/gate_checks.h"

#include <algorithm>
#include <map>

#include "catalog/store/blob_store.h"
#include "catalog/store/integrity.h"
#include "catalog/store/sql_query.h"
#include "reports/model/report_parts.h"

namespace changeling {
namespace {

/// Files that were erased on purpose are no fault; missing and damaged ones are: their scores are
/// those of other bytes.
ReportCheck check_files(Database& database, const RunData& run) {
  std::map<Digest, std::string> states;
  for_each_blob(database, [&](const BlobRow& blob) {
    states[blob.sha256] = blob.state;
    return true;
  });
  const BlobStore blobs(objects_folder(database.path()));
  std::map<Digest, bool> is_good;  // jobs share controls
  std::int64_t total = 0;
  std::int64_t good = 0;
  for (const JobData& job : run.jobs) {
    for (const ArtifactRow& artifact : job.artifacts) {
      const auto [file, is_new] = is_good.try_emplace(artifact.sha256);
      if (is_new) {
        const std::string& state = states[artifact.sha256];
        file->second =
            state == "purged" || (state == "present" && blobs.is_intact(artifact.sha256));
      }
      ++total;
      good += file->second ? 1 : 0;
    }
  }
  return {"Every file of the run is in its place and intact", good == total,
          std::to_string(good) + " of " + std::to_string(total) + " files"};
}

/// The list is fixed, so this can change only when footage is looked at anew.
ReportCheck check_bystanders(Database& database, const RunData& run) {
  std::int64_t leaks = 0;
  run_sql_query(database,
                "SELECT count(*) FROM v_bystander_leak JOIN pair USING(pair_id) WHERE list_id=" +
                    std::to_string(run.list.id.value),
                [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                  leaks = std::get<std::int64_t>(row.at(0));
                });
  return {"Nobody of another part is seen in a clip", leaks == 0,
          std::to_string(leaks) + " sightings"};
}

ReportCheck check_end(const RunData& run) {
  return {"The run came to its end", run.run.status == "ok" || run.run.status == "partial",
          "status " + run.run.status};
}

ReportCheck check_fakes(const RunData& run) {
  const auto fakes = std::count_if(run.jobs.begin(), run.jobs.end(),
                                   [](const JobData& job) { return job.job.state == "done"; });
  return {"The run made fakes", fakes > 0,
          std::to_string(fakes) + " of " + std::to_string(run.jobs.size()) + " jobs"};
}

}  // namespace

std::vector<ReportCheck> make_gate_checks(Database& database, const RunData& run) {
  std::vector<ReportCheck> checks = {check_end(run), check_fakes(run)};
  for (ReportCheck& check : make_checks(run)) {
    checks.push_back(std::move(check));
  }
  checks.push_back(check_files(database, run));
  checks.push_back(check_bystanders(database, run));
  return checks;
}

}  // namespace changeling
