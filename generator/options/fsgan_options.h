// generator/options/fsgan_options.h: the keys of the FSGAN swap. Layer 2, no Torch.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// The group `fsgan.*`.
[[nodiscard]] std::vector<Option> fsgan_options();

/// Those that decide what is made; where the weights lie is not among them (their digests are part
/// of a job's key), nor how much is kept in memory.
[[nodiscard]] std::vector<std::string> fsgan_result_keys();

}  // namespace changeling
