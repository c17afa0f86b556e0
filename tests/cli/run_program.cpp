#include "tests/cli/run_program.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) {
    result.push_back(word.data());
  }
  result.push_back(nullptr);
  return result;
}

}  // namespace

ProgramResult run_program_file(const std::string& file, const std::vector<std::string>& words,
                               const std::vector<std::string>& variables) {
  const TempDir folder;
  const fs::path& scratch = folder.path();
  const fs::path out = scratch / "out";
  const fs::path error = scratch / "error";
  const char* path = std::getenv("PATH");
  std::vector<std::string> environment = {
      "PATH=" + std::string(path == nullptr ? "/usr/bin:/bin" : path), "HOME=" + scratch.string(),
      "XDG_CONFIG_DIRS=" + scratch.string(), "TERM=dumb"};
  environment.insert(environment.end(), variables.begin(), variables.end());
  std::vector<std::string> arguments = words;
  arguments.insert(arguments.begin(), file);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error.c_str(), flags, 0600);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, file.c_str(), &actions, nullptr,
                                  pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw std::runtime_error("cannot start " + file);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ProgramResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = content(out);
  result.error = content(error);
  return result;
}

ProgramResult run_changeling(const std::vector<std::string>& words,
                             const std::vector<std::string>& variables) {
  return run_program_file(CHANGELING_BINARY_DIR "/bin/changeling", words, variables);
}

}  // namespace changeling
