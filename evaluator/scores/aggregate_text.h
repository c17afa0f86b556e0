// evaluator/scores/aggregate_text.h: an aggregate's numbers as the evaluator's verbs print them.
// Layer 3.
#pragma once

#include <optional>
#include <string>

#include "catalog/store/records.h"

namespace changeling {

/// Five significant digits; "-" for none.
[[nodiscard]] std::string number_text(const std::optional<double>& value);

/// "0.1 .. 0.2", or why there is none.
[[nodiscard]] std::string interval_text(const AggregateRow& row);

}  // namespace changeling
