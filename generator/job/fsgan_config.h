// generator/job/fsgan_config.h: the FSGAN swap from configuration. Layer 7.
#pragma once

#include <memory>
#include <vector>

#include "common/cli/config.h"
#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// Throws Error(kConfig) for an even kernel, a resolution that is no multiple of 16, an unknown
/// device.
[[nodiscard]] FsganOptions fsgan_options_from(const Config& config, std::vector<Rung> rungs);

/// Loads the networks of `fsgan.weights`. Throws Error(kConfig) when it is unset or
/// no folder, Error(kModel) as
/// load_fsgan_nets.
[[nodiscard]] std::unique_ptr<SwapMethod> make_fsgan(const Config& config, std::vector<Rung> rungs);

}  // namespace changeling
