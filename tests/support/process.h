// tests/support/process.h: runs the real programs in tests, without a shell.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace changeling {

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal number when a signal ended it
  std::string out;
  std::string err;
};

/// Environment changes of the child; an empty value removes the variable.
using Environment = std::map<std::string, std::string>;

/// Runs argv[0] (a path, or a name on PATH) to its end, with an empty standard input. Throws
/// std::system_error when it cannot be started.
ProcessResult run_process(const std::vector<std::string>& argv,
                          const Environment& environment = {});

/// As run_process; returns the standard output. Throws std::runtime_error with the diagnostics
/// unless the exit code is 0.
std::string run_or_throw(const std::vector<std::string>& argv);

/// A child that can be signalled while it runs; killed when destroyed. Output goes to `log`.
class BackgroundProcess {
 public:
  BackgroundProcess(const std::vector<std::string>& argv, const std::filesystem::path& log,
                    const Environment& environment = {});
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  /// Waits until the child has a handler of its own for a signal, or has ended.
  void wait_until_it_catches(int number) const;
  void signal(int number) const;
  /// Waits for the end; returns the exit code as in ProcessResult.
  int wait();

 private:
  pid_t pid_;
  bool ended_ = false;
};

/// A program of this build: `<build>/bin/<name>`.
std::string built_program(const std::string& name);

}  // namespace changeling
