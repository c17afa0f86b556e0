// catalog/store/integrity.h: checks of the catalog file by itself, and the lists that a full
// verification walks. Layer 1. The files behind the rows are checked by catalog/verify.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// One line per fault of: page structure (quick_check), references (foreign_key_check), people of
/// another part in a pair's media (v_bystander_leak), the audit chain, JSON columns. Empty = sound.
[[nodiscard]] std::vector<std::string> check_catalog_file(Database& database);

[[nodiscard]] std::int64_t count_blobs(Database& database);

/// Calls `sink` with every blob row, by digest, until it returns false; then the result is false.
/// Reads some thousands at a time, so that neither memory nor a read transaction lasts as long as
/// what the caller does with them: rows that are added meanwhile may be among them.
bool for_each_blob(Database& database, const std::function<bool(const BlobRow&)>& sink);

}  // namespace changeling
