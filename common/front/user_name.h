// common/front/user_name.h: who runs this program, for rows that say who decided. Layer 7, internal
// to front.
#pragma once

#include <string>

namespace changeling {

/// The login name, or the number of a user who has none.
[[nodiscard]] std::string user_name();

}  // namespace changeling
