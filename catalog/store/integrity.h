// catalog/store/integrity.h: checks of the catalog file by itself, and the lists that a full
// verification walks. Layer 1. The files behind the rows are checked by catalog/verify.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// One line per fault of: page structure (quick_check), references (foreign_key_check), people of
/// another part in a pair's media (v_bystander_leak), the audit chain, JSON columns. Empty = sound.
[[nodiscard]] std::vector<std::string> check_catalog_file(Database& database);

/// All blob rows, by digest.
[[nodiscard]] std::vector<BlobRow> all_blobs(Database& database);

}  // namespace changeling
