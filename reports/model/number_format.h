// reports/model/number_format.h: how numbers look in every report: 5 significant digits. Layer 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace changeling {

/// The nearest number with 5 significant digits; negative zero becomes zero.
[[nodiscard]] double round_significant(double value);

/// Shortest text of round_significant: "0.98123", "1234.5"; outside 1e-4..1e7 with an exponent.
[[nodiscard]] std::string format_number(double value);

/// format_number, or a dash without a value.
[[nodiscard]] std::string format_number(const std::optional<double>& value);

/// "0.1 to 0.2", or a dash.
[[nodiscard]] std::string format_interval(const std::optional<double>& low,
                                          const std::optional<double>& high);

/// A share as percent, "97.5 %".
[[nodiscard]] std::string format_percent(double share);

}  // namespace changeling
