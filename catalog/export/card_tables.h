// catalog/export/card_tables.h: the tables that README.md and the page of a version share. Layer 4.
#pragma once

#include "catalog/export/card_facts.h"
#include "reports/model/card_model.h"

namespace changeling {

[[nodiscard]] CardTable labels_table(const CardFacts& facts);
[[nodiscard]] CardTable methods_table(const CardFacts& facts);
[[nodiscard]] CardTable slices_table(const CardFacts& facts);
[[nodiscard]] CardTable probes_table(const CardFacts& facts);
[[nodiscard]] CardTable quality_table(const CardFacts& facts);
[[nodiscard]] CardTable outcomes_table(const CardFacts& facts);

/// Networks that made the fakes, and whether they may know the people of the corpora.
[[nodiscard]] CardTable makers_table(const CardFacts& facts);

/// The same of the networks behind the quality metrics.
[[nodiscard]] CardTable scorers_table(const CardFacts& facts);

}  // namespace changeling
