// generator/options/generate_options.h: option tables of `changeling generate`. Layer 2, no Torch.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// The verb `generate` with its sub-verbs `run` and `analyze`.
[[nodiscard]] Verb generate_verb();

/// Whether a method of generate.method takes pairs of one person, as its Variant::self_paired says.
[[nodiscard]] bool takes_self_pairs(const std::string& method);

/// Prefixes of the keys that decide what jobs of these methods produce.
[[nodiscard]] std::vector<std::string> generate_config_prefixes(
    const std::vector<std::string>& methods);

}  // namespace changeling
