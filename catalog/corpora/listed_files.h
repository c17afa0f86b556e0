// catalog/corpora/listed_files.h: the files that a corpus's lists name. Layer 2, module-private.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "catalog/corpora/corpus.h"
#include "catalog/corpora/corpus_files.h"

namespace changeling {

/// Counts why a listed path is no file of the corpus: `example` names it. Not for kFound.
void add_path_problem(PathCheck check, const std::string& example, ProblemCounter& problems);

/// The file that a list names at `place`, below the root; nullopt, and a problem, when there is
/// none.
[[nodiscard]] std::optional<std::string> find_listed(const CorpusFiles& files,
                                                     const std::string& path,
                                                     const std::string& place,
                                                     ProblemCounter& problems);

/// Counts videos that no usable row of a list mentions.
void count_unlisted(const CorpusFiles& files, const std::set<std::string>& listed,
                    ProblemCounter& problems);

}  // namespace changeling
