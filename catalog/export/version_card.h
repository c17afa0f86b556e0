// catalog/export/version_card.h: the page of a frozen version, from the catalog alone. Layer 4.
#pragma once

#include <string>

#include "catalog/store/database.h"
#include "reports/model/card_model.h"

namespace changeling {

/// `version` is NAME@VERSION. Opens no file: it also tells of versions whose clips are erased.
/// Throws Error(kConfig) when the catalog has no such version, Error(kCatalog).
[[nodiscard]] CardModel version_card(Database& database, const std::string& version);

}  // namespace changeling
