// catalog/store/backup.h: consistent copies of a catalog file, and the checks before opening one.
// Layer 1, internal to the store.
#pragma once

#include <filesystem>

#include "catalog/store/connection.h"
#include "common/base/error.h"

namespace changeling {

/// Writes a copy of the connection's catalog through `<to>.part` (fsync, rename); keeps its journal
/// mode. The connection may be a reader and other processes may go on writing. Throws Error(kInput)
/// when `to` exists or its folder does not, Error(kResource) where the copy cannot be written,
/// DiskRefusal where its disk takes nothing more, Error(kCatalog).
void write_backup(Connection& connection, const std::filesystem::path& to);

/// Throws Error(kInput) when there is no such file, Error(kCatalog) when it is empty or a folder.
void require_catalog_file(const std::filesystem::path& file);

/// The error of a catalog whose schema is newer than this program; names both versions.
[[nodiscard]] Error newer_schema_error(const std::filesystem::path& file, int found, int newest);

}  // namespace changeling
