// generator/job/builtin_methods.h: every swap method of the program, by name. Layer 6.
#pragma once

#include <memory>
#include <string_view>

#include "common/cli/config.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// Makes the method with its options. Throws Error(kConfig) naming the known methods.
[[nodiscard]] std::unique_ptr<SwapMethod> make_method(std::string_view name, const Config& config);

}  // namespace changeling
