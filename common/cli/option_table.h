// common/cli/option_table.h: one table per verb, from which the parser, help, completion,
// configuration keys and JSON Schema are made. Layer 1. Torch-free, so the front program prints
// help for every verb.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace changeling {

enum class OptionType { kBool, kInt, kDouble, kString, kPath, kEnum, kStringList };

/// One setting: a configuration key and, unless `flag` is empty, a command-line flag. A kBool flag
/// comes in two spellings, `--flag` and `--no-flag`. Only global options may have no key.
struct Option {
  std::string key;   ///< "generate.max_frames"; nesting by dots
  std::string flag;  ///< "max-frames", without dashes; empty = configuration only
  OptionType type = OptionType::kString;
  std::string
      default_value;  ///< as YAML scalar; empty = unset; lists as "a,b"; paths may begin with
                      ///< "${assets}", the folder of fetched assets
  std::string help;   ///< one sentence with the unit
  std::vector<std::string> choices;  ///< kEnum; kStringList: its allowed items, empty = any
  std::optional<double> min, max;    ///< kInt, kDouble; both inclusive
};

struct Positional {
  std::string name;  ///< shown in help, "NAME"
  std::string help;
  bool required = true;
  bool repeated = false;  ///< last one only
};

/// A verb such as `corpus add`, or a group of verbs such as `corpus`. A group with positionals,
/// such as `export`, runs itself when its first word is none of its verbs.
struct Verb {
  std::string name;     ///< last word, "add"
  std::string summary;  ///< one line for the list of verbs
  std::string description;
  std::vector<std::string> examples;  ///< full command lines, shown first in help
  std::vector<Positional> positionals;
  std::vector<Option> options;
  std::vector<Verb> sub_verbs;
  std::string program;  ///< heavy verbs: "changeling-generate"; empty = the front program runs it
                        ///< itself; inherited by sub-verbs

  [[nodiscard]] const Verb* find(std::string_view sub_verb) const;
};

/// Flags that every verb understands: --config --set --catalog --json --quiet --verbose
/// --log-format --log-file --color --no-progress --threads --device --seed --dry-run --models-dir
/// --keys-dir.
[[nodiscard]] const std::vector<Option>& global_options();

/// Every configuration key: the global ones and those of all verbs below `root`, sorted by key.
/// Throws Error(kInternal) when two verbs define one key differently, a verb's option has no key,
/// or a key stands inside another one ("a" and "a.b").
[[nodiscard]] std::vector<Option> collect_options(const Verb& root);

/// How values are described to people: "INT", "NUMBER", "PATH", "a|b"; empty for kBool.
[[nodiscard]] std::string value_name(const Option& option);

}  // namespace changeling
