// common/front/child_verb.h: another verb of this program as a child process. Layer 7.
#pragma once

#include <string>
#include <vector>

namespace changeling {

/// Runs `changeling WORDS...` to its end with the same input and output, and returns its exit
/// status; 128 + signal number when a signal ended it. A stop signal that comes meanwhile
/// (install_stop_signal) is handed on, so that the verb stops at its own checkpoint. Throws
/// Error(kResource) when it does not start.
[[nodiscard]] int run_child_verb(const std::vector<std::string>& words);

}  // namespace changeling
