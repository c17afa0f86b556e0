#include "common/cli/option_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

#include "common/base/error.h"
#include "common/cli/standard_paths.h"
#include "common/cli/suggestion.h"

namespace changeling {
namespace {

constexpr std::string_view kAssets = "${assets}";

[[noreturn]] void refuse(const Option& option, std::string_view text, const std::string& where,
                         const std::string& reason) {
  throw Error(ErrorKind::kConfig,
              option.key + " (" + where + "): '" + std::string(text) + "' " + reason);
}

std::string canonical_bool(const Option& option, std::string_view text, const std::string& where) {
  if (text != "true" && text != "false") {
    refuse(option, text, where, "is not a yes/no value: write true or false");
  }
  return std::string(text);
}

void check_range(const Option& option, double value, std::string_view text,
                 const std::string& where) {
  if ((option.min && value < *option.min) || (option.max && value > *option.max)) {
    refuse(option, text, where,
           "is not in " + (option.min ? shortest_number(*option.min) : "") + ".." +
               (option.max ? shortest_number(*option.max) : ""));
  }
}

template <typename Number>
bool parse_all(std::string_view text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && !text.empty();
}

std::string canonical_int(const Option& option, std::string_view text, const std::string& where) {
  std::int64_t value = 0;
  if (!parse_all(text, value)) {
    double number = 0;
    const bool whole = parse_all(text, number) && number == std::floor(number) &&
                       std::abs(number) < 9007199254740992.0;
    refuse(option, text, where,
           whole ? "is not written as a whole number: write " +
                       std::to_string(static_cast<std::int64_t>(number))
                 : "is not a whole number");
  }
  const std::string canonical = std::to_string(value);
  if (canonical != text) {
    refuse(option, text, where, "is ambiguous: write " + canonical);
  }
  check_range(option, static_cast<double>(value), text, where);
  return canonical;
}

std::string canonical_double(const Option& option, std::string_view text,
                             const std::string& where) {
  double value = 0;
  if (!parse_all(text, value) || !std::isfinite(value)) {
    refuse(option, text, where, "is not a finite number");
  }
  check_range(option, value, text, where);
  return shortest_number(value);
}

std::string canonical_choice(const Option& option, std::string_view text,
                             const std::string& where) {
  if (std::find(option.choices.begin(), option.choices.end(), text) == option.choices.end()) {
    refuse(option, text, where,
           "is none of " + value_name(option) + did_you_mean(text, option.choices));
  }
  return std::string(text);
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// "a,b" of "[a, b]", as YAML writes a list; other texts as they are.
std::string without_brackets(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    return std::string(text);
  }
  std::string items;
  for (const std::string& item : split_list(text.substr(1, text.size() - 2))) {
    items += (items.empty() ? "" : ",") + std::string(trimmed(item));
  }
  return items;
}

std::string canonical_list(const Option& option, std::string_view text, const std::string& where) {
  const std::string list = without_brackets(text);
  for (const std::string& item : split_list(list)) {
    if (!option.choices.empty()) {
      canonical_choice(option, item, where);
    }
  }
  return list;
}

std::string expanded_path(std::string_view text) {
  if (text.substr(0, kAssets.size()) != kAssets) {
    return std::string(text);
  }
  std::string_view rest = text.substr(kAssets.size());
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  return (assets_dir() / rest).string();
}

}  // namespace

std::string canonical_value(const Option& option, std::string_view text, const std::string& where) {
  switch (option.type) {
    case OptionType::kBool:
      return canonical_bool(option, text, where);
    case OptionType::kInt:
      return canonical_int(option, text, where);
    case OptionType::kDouble:
      return canonical_double(option, text, where);
    case OptionType::kEnum:
      return canonical_choice(option, text, where);
    case OptionType::kPath:
      if (text.empty()) {
        refuse(option, text, where, "names no file or folder");
      }
      return expanded_path(text);
    case OptionType::kStringList:
      return canonical_list(option, text, where);
    case OptionType::kString:
      break;
  }
  return std::string(text);
}

std::string shortest_number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return std::to_string(static_cast<std::int64_t>(value));
  }
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, result.ptr);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    items.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

}  // namespace changeling
