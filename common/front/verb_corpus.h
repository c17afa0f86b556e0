// common/front/verb_corpus.h: `changeling corpus add|scan|probe|list|sample|forget-subject`.
// Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"

namespace changeling {

[[nodiscard]] Verb corpus_verb();

[[nodiscard]] std::vector<VerbEntry> corpus_functions();

/// `corpus forget-subject`.
[[nodiscard]] ExitCode run_forget_subject(const Command& command);

}  // namespace changeling
