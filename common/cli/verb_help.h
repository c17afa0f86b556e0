// common/cli/verb_help.h: what help and manual pages say of a verb, from the verb table. Layer 1.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// Rows of two columns: a name and what it means.
struct HelpSection {
  std::string title;
  std::vector<std::pair<std::string, std::string>> rows;
};

/// Of the last verb of the path: "changeling corpus add ROOT [FLAGS]".
[[nodiscard]] std::string usage_of(const std::vector<const Verb*>& verbs);

/// Of the last verb of the path: the verbs below it, arguments, flags, settings without a flag;
/// empty ones are left out.
[[nodiscard]] std::vector<HelpSection> verb_sections(const std::vector<const Verb*>& verbs);

/// What every verb understands.
[[nodiscard]] std::vector<HelpSection> global_sections();

}  // namespace changeling
