// reports/model/corpus_card.h: what the catalog knows of a registered corpus. Layer 2.
#pragma once

#include <string>

#include "catalog/store/database.h"
#include "reports/model/card_model.h"

namespace changeling {

/// The newest version of the corpus. People and media are counted, never named. Throws
/// Error(kConfig) when the catalog has no such corpus.
[[nodiscard]] CardModel corpus_card(Database& database, const std::string& name);

}  // namespace changeling
