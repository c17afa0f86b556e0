// catalog/corpora/builtin_corpora.h: every adapter there is, by name. Layer 2.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/corpora/corpus.h"
#include "catalog/corpora/ijbc.h"

namespace changeling {

/// Names in the order of help.
[[nodiscard]] const std::vector<std::string>& corpus_adapter_names();

/// Settings of those adapters that have some.
struct AdapterOptions {
  IjbcOptions ijbc;
};

/// Throws Error(kConfig) that lists the adapters when `name` is none of them.
[[nodiscard]] std::unique_ptr<Corpus> make_corpus(const std::string& name,
                                                  const AdapterOptions& options = {});

}  // namespace changeling
