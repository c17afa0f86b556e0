// catalog/store/schema_check.h: is the schema of a catalog's file the one that its migrations make?
// Layer 1, internal to the store.
#pragma once

#include <string>
#include <vector>

#include "catalog/store/migrator.h"
#include "common/base/digest.h"

namespace changeling {

class Connection;

/// Of the names and texts of all tables, views, indexes and triggers, to the letter: SQLite keeps
/// them as the migrations have them. Statistics of ANALYZE do not count.
[[nodiscard]] Digest schema_digest(Connection& connection);

/// schema_digest of a new catalog. A stale value costs time at every opening, nothing else; a test
/// tells the new one.
inline constexpr const char* kNewestSchemaDigest =
    "af74bbefd8cb4524b11ecd0f8aab176ea0207d19df222659935e2fbf85415fca";

/// Throws Error(kCatalog) when the file has a table, view, index or trigger that those of
/// `migrations` up to its version do not make, lacks one, or has another under its name. A file
/// from elsewhere may hold a trigger that changes what is written, or a view that tells lies.
void check_schema(Connection& connection, const std::vector<Migration>& migrations);

}  // namespace changeling
