// common/base/inner_path.h: paths that somebody else wrote and that must stay below a folder of
// ours. Layer 0.
#pragma once

#include <string_view>

namespace changeling {

/// True for a relative path without "..": joined to a folder it names something below it, as far as
/// no link leads out. False for an empty one.
[[nodiscard]] bool is_inner_path(std::string_view path);

}  // namespace changeling
