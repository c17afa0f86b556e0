#include "catalog/store/changed_inputs.h"

#include <string>

#include "catalog/store/read_set.h"
#include "catalog/store/tombstone.h"

namespace changeling {
namespace {

const std::string kJobsOfChangedInputs =
    "SELECT job_id FROM job JOIN run USING(run_id) JOIN pair USING(pair_id) WHERE run_id=? AND ("
    "EXISTS(SELECT 1 FROM media LEFT JOIN blob USING(sha256) WHERE media_id IN(source_media,"
    "target_media) AND (created_at<=started_at) IS NOT TRUE) OR "
    "EXISTS(SELECT 1 FROM subject WHERE subject_id IN(source_subject,target_subject) AND " +
    std::string(kIsErased) + "))";

}  // namespace

std::set<JobId> jobs_of_changed_inputs(const Database& database, std::string_view run_id) {
  return read_set<JobId>(database.connection(), kJobsOfChangedInputs, run_id);
}

}  // namespace changeling
