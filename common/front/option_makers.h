// common/front/option_makers.h: options in one line each, for tables of verbs. Layer 7.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// An empty flag makes the option a configuration key only.
[[nodiscard]] Option make_option(OptionType type, std::string key, std::string flag,
                                 std::string default_value, std::string help);

/// Inclusive range.
[[nodiscard]] Option make_number(OptionType type, std::string key, std::string flag,
                                 std::string default_value, std::string help, double min,
                                 double max);

[[nodiscard]] Option make_choice(std::string key, std::string flag, std::string default_value,
                                 std::string help, std::vector<std::string> choices);

}  // namespace changeling
