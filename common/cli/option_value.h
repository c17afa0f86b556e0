// common/cli/option_value.h: checks one value against its option and brings it into canonical form.
// Layer 1.
#pragma once

#include <string>
#include <string_view>

#include "common/cli/option_table.h"

namespace changeling {

/// The canonical text: "true"/"false", decimal integers, shortest round-trip numbers, expanded
/// paths. Throws Error(kConfig) "KEY (WHERE): ..." for other spellings of booleans (yes, on, 1),
/// integers such as 1e5 or 010, numbers that are not finite or out of range, and unknown choices
/// (nearest named).
[[nodiscard]] std::string canonical_value(const Option& option, std::string_view text,
                                          const std::string& where);

/// Shortest text that reads back as the same number, "0.5", "1000".
[[nodiscard]] std::string shortest_number(double value);

/// Commas to items; an empty text has none.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace changeling
