// common/front/gate_probes.h: the leak probes as hard checks of a gate. Layer 7: they decode, which
// the report module does not.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalog/export/probe_set.h"
#include "catalog/store/database.h"
#include "reports/model/gate.h"

namespace changeling {

/// probe_set within its default limits, which says how far it is. What `progress` throws is thrown
/// on.
[[nodiscard]] std::vector<ProbeResult> watched_probes(Database& database, const BlobStore& blobs,
                                                      const CorpusRoots& roots,
                                                      const std::vector<ClipRow>& clips,
                                                      const PageProgress& progress);

/// Probes the fakes and controls of a run and adds one check a probe to the request; one that
/// leaks, or clips that cannot be read, do not hold. Over too few people a probe says nothing: a
/// remark, no check. Clips without their files are left out with a remark: whether a file may be
/// gone is another check. What request.progress throws on a stop signal is thrown on.
void add_probe_checks(Database& database, const std::filesystem::path& catalog,
                      const std::string& run_id, GateRequest& request);

}  // namespace changeling
