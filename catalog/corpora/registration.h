// catalog/corpora/registration.h: puts scans of corpora into the catalog. Layer 2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "catalog/corpora/corpus.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"

namespace changeling {

/// How much a scan found, and how much of it the catalog did not have yet.
struct StoredScan {
  CorpusRow corpus;
  std::int64_t media = 0, subjects = 0, sightings = 0;
  std::int64_t new_media = 0, new_subjects = 0, new_sightings = 0;
  std::vector<ScanProblem> problems;
};

/// Name of a corpus in the table of roots; it also tells later scans which adapter to use.
[[nodiscard]] std::string corpus_root_alias(const std::string& adapter, const std::string& name,
                                            const std::string& version);

/// The adapter in an alias made by corpus_root_alias. Throws Error(kCatalog) for any other alias.
[[nodiscard]] std::string adapter_of_alias(const std::string& root_alias);

/// The stored corpus of this name and version.
[[nodiscard]] std::optional<CorpusRow> find_corpus_version(const CorpusStore& store,
                                                           const std::string& name,
                                                           const std::string& version);

/// Scans `root` and stores everything in one transaction; what is stored already stays as it is, so
/// a second scan adds nothing. A stored frame sequence gets neither further files nor other places:
/// that is a problem of the result. Of people withdrawn it keeps only that they are seen, and
/// counts nothing as new. Then remembers the root. Throws as Corpus::scan, and Error(kConfig) when
/// the name and version belong to another adapter or to other terms.
StoredScan register_corpus(Database& database, CorpusRoots& roots, const Corpus& adapter,
                           const std::string& name, const std::string& version,
                           const std::filesystem::path& root);

}  // namespace changeling
