#include "reports/model/number_format.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace changeling {

double round_significant(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.4e", value);
  const double rounded = std::strtod(text, nullptr);
  return rounded == 0 ? 0 : rounded;
}

std::string format_number(double value) {
  const double rounded = round_significant(value);
  const double size = std::abs(rounded);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e7);
  char text[64];
  const auto result =
      std::to_chars(text, text + sizeof(text), rounded,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {text, result.ptr};
}

std::string format_number(const std::optional<double>& value) {
  return value ? format_number(*value) : "\u2013";
}

std::string format_interval(const std::optional<double>& low, const std::optional<double>& high) {
  return low && high ? format_number(*low) + " to " + format_number(*high) : "\u2013";
}

std::string format_percent(double share) {
  return format_number(share * 100) + " %";
}

}  // namespace changeling
