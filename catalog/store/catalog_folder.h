// catalog/store/catalog_folder.h: which catalogs lie in one folder. Layer 1, internal to the store.
#pragma once

#include <filesystem>
#include <vector>

namespace changeling {

/// The other catalogs in the folder of `catalog`, backups among them, by name: all of them use its
/// objects/ and corpus_roots.json. Reads the first bytes of every file there.
[[nodiscard]] std::vector<std::filesystem::path> catalogs_beside(
    const std::filesystem::path& catalog);

}  // namespace changeling
