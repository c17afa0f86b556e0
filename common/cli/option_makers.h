// common/cli/option_makers.h: options in one expression each, for the tables of verbs. Layer 1.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// An option without choices or range. An empty flag makes it a configuration key only; an empty
/// default leaves it unset. `help` is one sentence with the unit.
[[nodiscard]] Option make_option(OptionType type, std::string key, std::string flag,
                                 std::string default_value, std::string help);

/// A whole number in the inclusive range [min, max].
[[nodiscard]] Option make_int(std::string key, std::string flag, std::string default_value,
                              std::string help, double min, double max);

/// A real number in the inclusive range [min, max].
[[nodiscard]] Option make_double(std::string key, std::string flag, std::string default_value,
                                 std::string help, double min, double max);

/// One of `choices`.
[[nodiscard]] Option make_choice(std::string key, std::string flag, std::string default_value,
                                 std::string help, std::vector<std::string> choices);

/// Any of `choices`, as "A,B".
[[nodiscard]] Option make_list(std::string key, std::string flag, std::string default_value,
                               std::string help, std::vector<std::string> choices);

}  // namespace changeling
