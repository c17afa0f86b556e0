// common/front/verb_catalog.h: `changeling catalog
// init|query|verify|identify|sign|migrate|backup|gc|prune|export`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb catalog_verb();

[[nodiscard]] std::vector<VerbEntry> catalog_functions();

/// `catalog export`.
[[nodiscard]] Verb catalog_export_verb();
[[nodiscard]] ExitCode run_catalog_export(const Command& command);

/// `catalog prune`.
[[nodiscard]] Verb catalog_prune_verb();
[[nodiscard]] ExitCode run_catalog_prune(const Command& command);

/// `catalog identify`.
[[nodiscard]] Verb catalog_identify_verb();
[[nodiscard]] ExitCode run_catalog_identify(const Command& command);

}  // namespace changeling
