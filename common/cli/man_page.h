// common/cli/man_page.h: manual pages from the verb table. Layer 1.
#pragma once

#include <string>

#include "common/cli/option_table.h"

namespace changeling {

/// "changeling", or "changeling-corpus" with a verb of the root.
[[nodiscard]] std::string man_page_name(const Verb& root, const Verb* verb = nullptr);

/// A page of section 1 in the macros of man(7). With a verb of the root: it and all verbs below it;
/// without: the list of all verbs, and what they have in common.
[[nodiscard]] std::string man_page(const Verb& root, const Verb* verb = nullptr);

}  // namespace changeling
