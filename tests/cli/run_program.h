// tests/cli/run_program.h: starts a real program and keeps what it printed.
#pragma once

#include <string>
#include <vector>

namespace changeling {

struct ProgramResult {
  int exit_code = 0;  ///< 128 + signal when a signal ended it
  std::string out;
  std::string error;
};

/// Variables as "NAME=value"; they are added to a clean environment of PATH, HOME and the XDG
/// folders (all inside a scratch folder).
ProgramResult run_program_file(const std::string& file, const std::vector<std::string>& words,
                               const std::vector<std::string>& variables = {});

/// The front program of this build.
ProgramResult run_changeling(const std::vector<std::string>& words,
                             const std::vector<std::string>& variables = {});

}  // namespace changeling
