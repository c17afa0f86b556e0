#include "tests/support/run_program.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "tests/support/temp_dir.h"

extern char** environ;

namespace changeling {
namespace {

pid_t spawn(const std::vector<std::string>& arguments, const std::string& output,
            const std::string& diagnostics) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, diagnostics.c_str(), flags, 0600);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::runtime_error("cannot start " + arguments[0] + ": " + std::strerror(error));
  }
  return pid;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments) {
  const TempDir folder;
  const pid_t pid = spawn(arguments, (folder / "out").string(), (folder / "err").string());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  ProgramResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.output = read_file(folder / "out");
  result.diagnostics = read_file(folder / "err");
  return result;
}

std::string run_or_throw(const std::vector<std::string>& arguments) {
  const ProgramResult result = run_program(arguments);
  if (result.exit_code != 0) {
    throw std::runtime_error(arguments[0] + " ended with " + std::to_string(result.exit_code) +
                             ": " + result.diagnostics);
  }
  return result.output;
}

}  // namespace changeling
