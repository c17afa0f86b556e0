// catalog/export/probe_json.h: what a leak probe found, for --json and for the catalog. Layer 4.
#pragma once

#include <string>

#include "catalog/export/leak_probe.h"

namespace changeling {

/// A JSON object; auc and interval are null where there were too few people.
[[nodiscard]] std::string probe_json(const ProbeResult& probe);

/// The probe that probe_json() told of, without its feature's own AUC. Throws Error(kCatalog) for
/// anything else.
[[nodiscard]] ProbeResult probe_from_json(const std::string& text);

}  // namespace changeling
