#include "common/cli/option_table.h"

#include <map>
#include <tuple>

#include "common/base/error.h"
#include "common/cli/option_makers.h"

namespace changeling {
namespace {

std::vector<Option> make_global_options() {
  using Type = OptionType;
  return {
      make_option(Type::kStringList, "", "config", "",
                  "YAML file with settings; repeatable, later files win."),
      make_option(Type::kStringList, "", "set", "", "One setting as KEY=VALUE; repeatable."),
      make_option(Type::kPath, "catalog", "catalog", "catalog.db", "SQLite catalog to work on."),
      make_option(Type::kBool, "", "json", "", "Print one JSON object (or NDJSON) on stdout."),
      make_option(Type::kBool, "", "quiet", "",
                  "No summary and no progress, only errors on stderr (-q)."),
      make_option(Type::kBool, "", "verbose", "", "Log details as well (-v)."),
      make_choice("log.level", "", "info", "Least level that is logged.",
                  {"debug", "info", "warn", "error"}),
      make_choice("log.format", "log-format", "text", "Log lines as key=value text or as JSON.",
                  {"text", "json"}),
      make_option(Type::kPath, "log.file", "log-file", "", "Also append the log to this file."),
      make_choice("color", "color", "auto",
                  "Colour in help; auto = on a terminal without NO_COLOR.",
                  {"auto", "always", "never"}),
      make_option(Type::kBool, "progress", "progress", "true",
                  "Progress of long verbs on stderr (--no-progress turns it off)."),
      make_int(
          "threads", "threads", "0",
          "Threads that compute, whatever the library; those that decode and encode come on "
          "top. 0 = all cores but one; in evaluate and detector one; in export and sample all.",
          0, 1024),
      make_choice(
          "device", "device", "cpu",
          "Device of fsgan's networks, of 'models run' and of 'train fit'; all other "
          "networks run on the CPU.",
          {"cpu", "cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4", "cuda:5", "cuda:6", "cuda:7"}),
      make_int("seed", "seed", "1", "Seed of every random choice.", 0, 9007199254740991.0),
      make_option(Type::kBool, "", "dry-run", "", "Say what would happen and change nothing (-n)."),
      make_option(Type::kPath, "models.dir", "models-dir", "${assets}/models",
                  "Folder of imported networks."),
      make_option(Type::kPath, "keys.dir", "keys-dir", "",
                  "Folder of signing keys; default: 'keys' in the user's configuration folder."),
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
      if (option.choices.empty()) {
        return option.flag == "config" ? "FILE" : option.flag == "set" ? "KEY=VALUE" : "A,B,...";
      }
      break;
    case OptionType::kEnum:
      break;
  }
  const bool is_list = option.type == OptionType::kStringList;
  std::string names;
  for (const std::string& choice : option.choices) {
    names += (names.empty() ? "" : "|") + choice;
  }
  return is_list ? names + ",..." : names;
}

}  // namespace changeling
