// common/cli/arguments.h: words of a command line as verb, flags and positionals
// (Boost.Program_options behind it). Layer 1.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// One flag as typed, in order.
struct FlagUse {
  Option option;
  std::string value;  ///< "true" or "false" for kBool
};

struct Arguments {
  std::vector<const Verb*> verbs;  ///< from the root to the verb that was found
  std::vector<FlagUse> flags;
  std::vector<std::string> positionals;
  bool help = false;  ///< -h or --help, or the verb `help`

  [[nodiscard]] const Verb& verb() const { return *verbs.back(); }

  [[nodiscard]] std::vector<std::string> verb_path() const;  ///< without the root
};

/// Parses words (without the program's name). Global flags may stand before the verb. Unknown verbs
/// and flags, missing values and wrong numbers of positionals throw Error(kConfig) naming the
/// nearest; the message begins with the verb it is about. With --help nothing else is checked.
[[nodiscard]] Arguments parse_arguments(const Verb& root, const std::vector<std::string>& words);

/// "changeling corpus add".
[[nodiscard]] std::string full_name(const std::vector<const Verb*>& verbs);

/// Options of the verb itself and of the groups it stands in, except those of a group that runs
/// itself; global ones excluded.
[[nodiscard]] std::vector<Option> options_of(const std::vector<const Verb*>& verbs);

}  // namespace changeling
