// common/front/probe_json.h: what a leak probe found, for --json. Layer 7.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "catalog/export/leak_probe.h"

namespace changeling {

/// auc and interval are null where there were too few people.
[[nodiscard]] nlohmann::json probe_json(const ProbeResult& probe);

}  // namespace changeling
