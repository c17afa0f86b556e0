// catalog/store/pair_store.h: frozen splits and pair lists. Layer 1.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// PairRefusalRow::draws summed over rows of pair_refusal, as SQL.
inline constexpr const char* kSumOfRefusedDraws = "sum(iif(draw_index < -1, attempt, 1))";

class PairStore {
 public:
  explicit PairStore(Database& database) : database_(database) {}

  /// Stores and freezes a split in one transaction. Throws Error(kCatalog) when the name exists.
  SplitId add_split(const SplitRow& split, const std::vector<SplitSubjectRow>& subjects);
  [[nodiscard]] std::optional<SplitRow> find_split(std::string_view name) const;
  [[nodiscard]] SplitRow split(SplitId id) const;  ///< throws kCatalog
  [[nodiscard]] std::vector<SplitSubjectRow> split_subjects(SplitId split) const;
  /// Everybody in a split, and in which part: train, val or test. Throws Error(kConfig) for an
  /// unknown one.
  [[nodiscard]] std::map<SubjectId, std::string> parts_of_split(const std::string& name) const;

  /// Stores a pair list with its refusals and freezes it in one transaction. list_sha256 is
  /// computed here, from names and paths rather than row ids: equal draws have equal digests in
  /// every catalog. Throws Error(kCatalog) when the name exists or a pair breaks a rule of the
  /// schema.
  PairListId add_pair_list(const PairListRow& list, const std::vector<PairRow>& pairs,
                           const std::vector<PairRefusalRow>& refusals);
  [[nodiscard]] std::optional<PairListRow> find_pair_list(std::string_view name) const;
  [[nodiscard]] PairListRow pair_list(PairListId id) const;         ///< throws kCatalog
  [[nodiscard]] std::vector<PairRow> pairs(PairListId list) const;  ///< by pair_id
  [[nodiscard]] PairRow pair(PairId id) const;
  /// Reason -> how many draws it refused.
  [[nodiscard]] std::map<std::string, std::int64_t> refusal_counts(PairListId list) const;

 private:
  Database& database_;
};

}  // namespace changeling
