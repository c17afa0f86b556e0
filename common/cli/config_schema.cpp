#include "common/cli/config_schema.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "common/cli/option_value.h"

namespace changeling {
namespace {

using nlohmann::json;

json number(double value) {
  if (value == std::floor(value) && std::abs(value) < 9.1e15) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

json default_of(const Option& option) {
  const std::string& text = option.default_value;
  double value = 0;
  switch (option.type) {
    case OptionType::kBool:
      return text == "true";
    case OptionType::kInt:
    case OptionType::kDouble:
      std::from_chars(text.data(), text.data() + text.size(), value);
      return number(value);
    case OptionType::kStringList:
      return split_list(text);
    case OptionType::kString:
    case OptionType::kPath:
    case OptionType::kEnum:
      break;
  }
  return text;
}

json schema_of(const Option& option) {
  json schema = {{"description", option.help}};
  switch (option.type) {
    case OptionType::kBool:
      schema["type"] = "boolean";
      break;
    case OptionType::kInt:
      schema["type"] = "integer";
      break;
    case OptionType::kDouble:
      schema["type"] = "number";
      break;
    case OptionType::kStringList:
      schema["type"] = {"array", "string"};
      schema["items"] = option.choices.empty() ? json{{"type", {"string", "number"}}}
                                               : json{{"enum", option.choices}};
      break;
    case OptionType::kEnum:
      schema["enum"] = option.choices;
      break;
    case OptionType::kString:
    case OptionType::kPath:
      schema["type"] = {"string", "number"};
      break;
  }
  if (option.min) {
    schema["minimum"] = number(*option.min);
  }
  if (option.max) {
    schema["maximum"] = number(*option.max);
  }
  if (!option.default_value.empty()) {
    schema["default"] = default_of(option);
  }
  return schema;
}

json& group(json& parent, const std::string& name) {
  json& child = parent["properties"][name];
  if (child.is_null()) {
    child = {{"type", "object"}, {"additionalProperties", false}};
  }
  return child;
}

}  // namespace

std::string config_json_schema(const std::vector<Option>& options) {
  json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Changeling configuration file"},
                 {"type", "object"},
                 {"additionalProperties", false}};
  schema["properties"]["extends"] = {
      {"description", "Files, relative to this one, whose settings come first."},
      {"type", {"string", "array"}},
      {"items", {{"type", "string"}}}};
  for (const Option& option : options) {
    if (option.key.empty()) {
      continue;
    }
    json* parent = &schema;
    std::string rest = option.key;
    for (std::size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
      parent = &group(*parent, rest.substr(0, dot));
      rest = rest.substr(dot + 1);
    }
    (*parent)["properties"][rest] = schema_of(option);
  }
  return schema.dump(2);
}

std::string config_markdown_table(const std::vector<Option>& options) {
  std::string text = "| key | flag | values | default | meaning |\n|---|---|---|---|---|\n";
  for (const Option& option : options) {
    if (option.key.empty()) {
      continue;
    }
    std::string values = option.type == OptionType::kBool ? "true, false" : value_name(option);
    for (std::size_t bar = values.find('|'); bar != std::string::npos; bar = values.find('|')) {
      values.replace(bar, 1, ", ");
    }
    if (option.min && option.max) {
      values += " " + shortest_number(*option.min) + ".." + shortest_number(*option.max);
    }
    const std::string flag = option.flag.empty() ? "" : "`--" + option.flag + "`";
    const std::string value = option.default_value.empty() ? "" : "`" + option.default_value + "`";
    text += "| `" + option.key + "` | " + flag + " | " + values + " | " + value + " | " +
            option.help + " |\n";
  }
  return text;
}

}  // namespace changeling
