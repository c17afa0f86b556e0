#include "common/cli/option_table.h"

#include <map>
#include <tuple>

#include "common/base/error.h"

namespace changeling {
namespace {

Option make_option(std::string key, std::string flag, OptionType type, std::string default_value,
                   std::string help) {
  Option option;
  option.key = std::move(key);
  option.flag = std::move(flag);
  option.type = type;
  option.default_value = std::move(default_value);
  option.help = std::move(help);
  return option;
}

Option with_choices(Option option, std::vector<std::string> choices) {
  option.choices = std::move(choices);
  return option;
}

Option with_range(Option option, double min, double max) {
  option.min = min;
  option.max = max;
  return option;
}

std::vector<Option> make_global_options() {
  using Type = OptionType;
  return {
      make_option("", "config", Type::kStringList, "",
                  "YAML file with settings; repeatable, later files win."),
      make_option("", "set", Type::kStringList, "", "One setting as KEY=VALUE; repeatable."),
      make_option("catalog", "catalog", Type::kPath, "catalog.db", "SQLite catalog to work on."),
      make_option("work_dir", "work-dir", Type::kPath, "",
                  "Folder for scratch files; default: the system's."),
      make_option("", "json", Type::kBool, "", "Print one JSON object (or NDJSON) on stdout."),
      make_option("", "quiet", Type::kBool, "", "Only errors on stderr, no progress (-q)."),
      make_option("", "verbose", Type::kBool, "", "Log details as well (-v)."),
      with_choices(make_option("log.level", "", Type::kEnum, "info", "Least level that is logged."),
                   {"debug", "info", "warn", "error"}),
      with_choices(make_option("log.format", "log-format", Type::kEnum, "text",
                               "Log lines as key=value text or as JSON."),
                   {"text", "json"}),
      make_option("log.file", "log-file", Type::kPath, "", "Also append the log to this file."),
      with_choices(make_option("color", "color", Type::kEnum, "auto",
                               "Colour in help; auto = on a terminal without NO_COLOR."),
                   {"auto", "always", "never"}),
      make_option("progress", "progress", Type::kBool, "true",
                  "Progress of long verbs on stderr (--no-progress turns it off)."),
      with_range(make_option("threads", "threads", Type::kInt, "0",
                             "Threads of the computing lane; 0 = one per core."),
                 0, 1024),
      make_option("device", "device", Type::kString, "cpu",
                  "Device of the networks, cpu or cuda:0."),
      with_range(make_option("seed", "seed", Type::kInt, "1", "Seed of every random choice."), 0,
                 9007199254740991.0),
      make_option("", "dry-run", Type::kBool, "", "Say what would happen and change nothing (-n)."),
      make_option("models.dir", "models-dir", Type::kPath, "${assets}/models",
                  "Folder of imported networks."),
      make_option("", "yes", Type::kBool, "", "Do not ask before something is removed."),
  };
}

bool same_definition(const Option& a, const Option& b) {
  return std::tie(a.flag, a.type, a.default_value, a.help, a.choices, a.min, a.max) ==
         std::tie(b.flag, b.type, b.default_value, b.help, b.choices, b.min, b.max);
}

void collect_verb(const Verb& verb, std::map<std::string, Option>& found) {
  for (const Option& option : verb.options) {
    CHANGELING_REQUIRE(!option.key.empty(),
                       "option --" + option.flag + " of verb " + verb.name + " has no key");
    const auto [entry, is_new] = found.emplace(option.key, option);
    CHANGELING_REQUIRE(is_new || same_definition(entry->second, option),
                       "key " + option.key + " is defined in two ways");
  }
  for (const Verb& sub_verb : verb.sub_verbs) {
    collect_verb(sub_verb, found);
  }
}

}  // namespace

const Verb* Verb::find(std::string_view sub_verb) const {
  for (const Verb& verb : sub_verbs) {
    if (verb.name == sub_verb) {
      return &verb;
    }
  }
  return nullptr;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> options = make_global_options();
  return options;
}

std::vector<Option> collect_options(const Verb& root) {
  std::map<std::string, Option> found;
  for (const Option& option : global_options()) {
    if (!option.key.empty()) {
      found.emplace(option.key, option);
    }
  }
  collect_verb(root, found);
  std::vector<Option> options;
  for (const auto& [key, option] : found) {
    const auto inner = found.lower_bound(key + ".");
    CHANGELING_REQUIRE(inner == found.end() || inner->first.rfind(key + ".", 0) != 0,
                       "key " + key + " is a value and a group (" + inner->first + ")");
    options.push_back(option);
  }
  return options;
}

std::string value_name(const Option& option) {
  switch (option.type) {
    case OptionType::kBool:
      return "";
    case OptionType::kInt:
      return "INT";
    case OptionType::kDouble:
      return "NUMBER";
    case OptionType::kString:
      return "TEXT";
    case OptionType::kPath:
      return "PATH";
    case OptionType::kStringList:
      return option.flag == "config" ? "FILE" : option.flag == "set" ? "KEY=VALUE" : "A,B,...";
    case OptionType::kEnum:
      break;
  }
  std::string names;
  for (const std::string& choice : option.choices) {
    names += (names.empty() ? "" : "|") + choice;
  }
  return names;
}

}  // namespace changeling
