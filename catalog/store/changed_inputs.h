// catalog/store/changed_inputs.h: jobs that saw other inputs than the catalog has now. Layer 1.
#pragma once

#include <set>
#include <string_view>

#include "catalog/store/database.h"
#include "common/base/ids.h"

namespace changeling {

/// Jobs of a run of whose inputs it is not sure that digests and ids are still those that the job
/// saw: the bytes of a medium came to the catalog after the run began, its file having been
/// replaced and probed again, or a person in it was erased. What was drawn from these cannot be
/// drawn again.
[[nodiscard]] std::set<JobId> jobs_of_changed_inputs(const Database& database,
                                                     std::string_view run_id);

}  // namespace changeling
