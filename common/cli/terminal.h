// common/cli/terminal.h: what the output can show. Layer 1.
#pragma once

#include <string_view>

namespace changeling {

/// Whether a standard stream (1 or 2) is a terminal that redraws lines: not under TERM=dumb or CI.
[[nodiscard]] bool is_live_terminal(int file_descriptor);

/// Whether text on stdout may be coloured. `wish` is auto, always or never; auto = on a live
/// terminal without NO_COLOR.
[[nodiscard]] bool use_color(std::string_view wish);

}  // namespace changeling
