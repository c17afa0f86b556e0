// tests/cli/run_program.h: starts the front program away from the user's own settings.
#pragma once

#include <string>
#include <vector>

#include "tests/support/process.h"

namespace changeling {

/// Runs `argv` in a clean environment: PATH, a HOME and XDG folders inside a scratch folder, and
/// `variables`.
ProcessResult run_in_clean_environment(const std::vector<std::string>& argv,
                                       const Environment& variables = {});

/// The front program of this build, in a clean environment.
ProcessResult run_changeling(const std::vector<std::string>& words,
                             const Environment& variables = {});

}  // namespace changeling
