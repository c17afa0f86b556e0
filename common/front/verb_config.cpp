#include "common/front/verb_config.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "common/cli/config_schema.h"
#include "common/cli/table_printer.h"

namespace changeling {
namespace {

std::vector<Option> options_of(const Config& config) {
  std::vector<Option> options;
  for (const auto& entry : config.options()) {
    options.push_back(entry.second);
  }
  return options;
}

/// Numbers and simple words stay bare; the rest is quoted as JSON, which YAML reads too.
std::string yaml_scalar(const Option& option, const std::string& text) {
  const bool is_text = option.type == OptionType::kString || option.type == OptionType::kPath ||
                       option.type == OptionType::kStringList;
  return is_text
             ? nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
             : text;
}

void print_json(const Config& config) {
  nlohmann::json settings = nlohmann::json::object();
  for (const auto& [key, value] : config.values()) {
    settings[key] = {{"value", value.text}, {"origin", value.origin}};
  }
  const nlohmann::json document = {
      {"schema_version", 1}, {"digest", config.digest().hex()}, {"settings", settings}};
  std::cout << document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

ExitCode run_show(const Command& command) {
  const Config& config = command.config;
  if (command.json) {
    print_json(config);
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : config.values()) {
    if (config.get_bool("config.origin")) {
      rows.push_back({key, value.text, value.origin});
    } else {
      std::cout << key << ": " << yaml_scalar(config.options().find(key)->second, value.text)
                << "\n";
    }
  }
  if (!rows.empty()) {
    print_table(std::cout, {"KEY", "VALUE", "ORIGIN"}, rows);
  }
  return ExitCode::kOk;
}

ExitCode run_validate(const Command& command) {
  nlohmann::json files = nlohmann::json::array();
  for (const std::string& file : command.positionals) {
    Config config(options_of(command.config));
    config.apply_file(file);
    int settings = 0;
    for (const auto& entry : config.values()) {
      settings += entry.second.origin == "default" ? 0 : 1;
    }
    files.push_back({{"file", file}, {"settings", settings}, {"digest", config.digest().hex()}});
    if (!command.json) {
      std::cout << file << ": valid, " << settings << " settings\n";
    }
  }
  if (command.json) {
    std::cout << nlohmann::json{{"schema_version", 1}, {"files", files}}.dump() << "\n";
  }
  return ExitCode::kOk;
}

ExitCode run_keys(const Command& command) {
  std::cout << config_markdown_table(options_of(command.config));
  return ExitCode::kOk;
}

ExitCode run_schema(const Command& command) {
  std::cout << config_json_schema(options_of(command.config)) << "\n";
  return ExitCode::kOk;
}

Verb show_verb() {
  Verb show;
  show.name = "show";
  show.summary = "Print every setting as it would be used now";
  show.description =
      "The output is a configuration file. Layers, low to high: defaults, system and user files of "
      "the XDG folders, changeling.yaml in the working folder, CHANGELING_* variables, --config "
      "files in order, --set and flags.";
  show.examples = {"changeling config show --origin",
                   "CHANGELING_GENERATE__CRF=18 changeling config show --config configs/demo.yaml"};
  Option origin;
  origin.key = "config.origin";
  origin.flag = "origin";
  origin.type = OptionType::kBool;
  origin.default_value = "false";
  origin.help = "Show as a table where each value came from.";
  show.options = {origin};
  return show;
}

}  // namespace

Verb config_verb() {
  Verb validate;
  validate.name = "validate";
  validate.summary = "Check configuration files and what they extend";
  validate.examples = {"changeling config validate configs/demo.yaml"};
  validate.positionals = {{"FILE", "YAML files to check.", true, true}};

  Verb schema;
  schema.name = "schema";
  schema.summary = "Print the JSON Schema of configuration files";
  schema.description =
      "For editors and for checks in CI; made from the tables that parse the flags.";
  schema.examples = {"changeling config schema > changeling.schema.json"};

  Verb keys;
  keys.name = "keys";
  keys.summary = "Print every key with its flag, values and meaning as a Markdown table";
  keys.examples = {"changeling config keys"};

  Verb verb;
  verb.name = "config";
  verb.summary = "Show, check and describe configuration";
  verb.sub_verbs = {show_verb(), validate, schema, keys};
  return verb;
}

std::vector<VerbEntry> config_functions() {
  return {{{"config", "show"}, run_show},
          {{"config", "validate"}, run_validate},
          {{"config", "schema"}, run_schema},
          {{"config", "keys"}, run_keys}};
}

}  // namespace changeling
