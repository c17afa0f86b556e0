// tests/support/run_program.h: starts a program without a shell and collects what it prints.
#pragma once

#include <string>
#include <vector>

namespace changeling {

struct ProgramResult {
  int exit_code = -1;       ///< 128 + signal number when a signal ended it
  std::string output;       ///< standard output
  std::string diagnostics;  ///< standard error
};

/// Runs `arguments[0]`, found in PATH, with standard input closed, and waits for its end.
/// Throws std::runtime_error when it cannot be started.
ProgramResult run_program(const std::vector<std::string>& arguments);

/// As run_program, and throws std::runtime_error with the diagnostics unless the exit code is 0.
std::string run_or_throw(const std::vector<std::string>& arguments);

}  // namespace changeling
