// common/front/child_verb.h: another verb of this program, or an outside tool, as a child process.
// Layer 7.
#pragma once

#include <string>
#include <vector>

namespace changeling {

/// Where the child's standard output goes: to this process's own, or to its standard error.
enum class ChildOutput { kOwn, kStderr };

/// Runs `changeling WORDS...` to its end with the same input and errors, and returns its exit
/// status; 128 + signal number when a signal ended it. A stop signal that comes meanwhile
/// (install_stop_signal) is handed on, so that the verb stops at its own checkpoint. The verb
/// does not outlive this process. One thread. Throws Error(kResource) when it does not start.
[[nodiscard]] int run_child_verb(const std::vector<std::string>& words, ChildOutput output);

/// The same for an outside program, with this process's output; `argv` begins with its file, or
/// with a name on PATH.
[[nodiscard]] int run_tool(const std::vector<std::string>& argv);

}  // namespace changeling
