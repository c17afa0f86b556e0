// tests/support/tiny_catalog.h: a catalog with people, clips and a frozen pair list, without any
// video.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalog/store/corpus_store.h"
#include "catalog/store/database.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"

namespace changeling {

/// `n_subjects` people with one clip each, all in part `train`; the pairs are person i -> person
/// i+1.
class TinyCatalog {
 public:
  TinyCatalog(const std::filesystem::path& folder, int n_subjects);

  Database& database() { return database_; }

  [[nodiscard]] PairListId list() const { return list_; }

  [[nodiscard]] const std::vector<MediaId>& media() const { return media_; }

  [[nodiscard]] const std::vector<SubjectId>& subjects() const { return subjects_; }

  /// A running generate run over the list with one queued job per pair, method after method.
  std::string begin_run(const std::vector<std::string>& methods = {"mesh_swap"});

 private:
  Database database_;
  PairListId list_;
  std::vector<MediaId> media_;
  std::vector<SubjectId> subjects_;
};

}  // namespace changeling
