// common/front/verb_export.h: `changeling export ...`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

/// The table of `export` with its options (verb_export_options.cpp).
[[nodiscard]] Verb export_verb();

[[nodiscard]] std::vector<VerbEntry> export_functions();

/// `changeling export c2pa`.
ExitCode run_export_c2pa(const Command& command);

}  // namespace changeling
