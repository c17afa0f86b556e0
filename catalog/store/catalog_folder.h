// catalog/store/catalog_folder.h: which catalogs lie in one folder. Layer 1, internal to the store.
#pragma once

#include <filesystem>
#include <set>
#include <vector>

#include "catalog/store/connection.h"
#include "common/base/digest.h"

namespace changeling {

/// The other catalogs in the folder of `catalog`, backups among them, by name: all of them use its
/// objects/ and corpus_roots.json. Reads the first bytes of every file there.
[[nodiscard]] std::vector<std::filesystem::path> catalogs_beside(
    const std::filesystem::path& catalog);

/// Those of them that had a writer, so no backups: a catalog of this folder and its lock file are
/// made together.
[[nodiscard]] std::vector<std::filesystem::path> written_catalogs_beside(
    const std::filesystem::path& catalog);

/// Keeps the writers of those catalogs off, which put files into the same objects/. Throws
/// Error(kCatalog) when one is at work.
[[nodiscard]] std::vector<WriterLock> lock_catalogs_beside(const std::filesystem::path& catalog);

/// Adds the digests of all blob rows, whatever their state.
void add_named_blobs(Connection& connection, std::set<Digest>& names);

/// Adds the digests of blobs whose file the catalog has in objects/.
void add_present_blobs(Connection& connection, std::set<Digest>& digests);

}  // namespace changeling
