// catalog/corpora/corpus_terms.h: terms that a list states per file. Layer 2, module-private.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/corpora/corpus.h"

namespace changeling {

/// synthetic, consented, licensed or public-research.
[[nodiscard]] bool is_consent_basis(std::string_view text);

/// The strictest terms of all files; one licence text only when they agree. `terms` when there is
/// no file. Each medium states all three.
[[nodiscard]] CorpusTerms strictest_terms(const std::vector<MediaRow>& media, CorpusTerms terms);

}  // namespace changeling
