// reports/model/corpus_tables.h: the tables of a corpus card, each the answer to one question to
// the catalog. Layer 2, internal to reports.
#pragma once

#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "reports/model/card_model.h"

namespace changeling {

inline constexpr const char* kUsable = "usable";  ///< column `state` of media_table

/// Licence, consent and redistribution, as the corpus or the file itself states them.
[[nodiscard]] CardTable terms_table(Database& database, CorpusId corpus);

/// Kind, label, method, state -> media, frames, seconds.
[[nodiscard]] CardTable media_table(Database& database, CorpusId corpus);

/// Why media cannot be read, without their paths.
[[nodiscard]] CardTable broken_table(Database& database, CorpusId corpus);

[[nodiscard]] CardTable codec_table(Database& database, CorpusId corpus);

/// Short side, duration and frame rate in bins.
[[nodiscard]] CardTable shape_table(Database& database, CorpusId corpus);

[[nodiscard]] CardTable split_table(Database& database, CorpusId corpus);

/// Method -> fakes made here of the corpus's people, as target and as source.
[[nodiscard]] CardTable fakes_table(Database& database, CorpusId corpus);

/// Versions of data sets that hold clips made of the corpus.
[[nodiscard]] CardTable versions_table(Database& database, CorpusId corpus);

/// Networks that runs of this catalog used, and whether they may have seen the corpus.
[[nodiscard]] CardTable networks_table(Database& database, const CorpusRow& corpus);

}  // namespace changeling
