// catalog/export/data_card.h: the cards of an exported version. Layer 4.
#pragma once

#include <string>
#include <vector>

#include "catalog/export/card_facts.h"
#include "catalog/export/export_format.h"

namespace changeling {

/// What each format wrote, by the name of the format.
using WrittenLayouts = std::vector<std::pair<std::string, WrittenLayout>>;

/// README.md: YAML head for dataset hubs, then a datasheet in the seven parts of Gebru et al.
/// (Datasheets for Datasets, 2021).
[[nodiscard]] std::string data_card(const FrozenVersion& version, const CardFacts& facts);

/// croissant.json: JSON-LD after Croissant 1.1 with its RAI vocabulary. `items` = what items.jsonl
/// became.
[[nodiscard]] std::string croissant_json(const FrozenVersion& version, const CardFacts& facts,
                                         const WrittenLayouts& layouts, const WrittenFile& items);

}  // namespace changeling
