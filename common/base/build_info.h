// common/base/build_info.h: which source this binary was built from. Layer 0.
#pragma once

#include <string_view>

namespace changeling {

/// Version of the project, "0.1.0".
[[nodiscard]] std::string_view project_version();

/// Commit of the source tree at build time, 40 hex digits, or "unknown" outside a git checkout.
[[nodiscard]] std::string_view git_commit();

/// True when the tree had uncommitted changes at build time.
[[nodiscard]] bool git_dirty();

}  // namespace changeling
