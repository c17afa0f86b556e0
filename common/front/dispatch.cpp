#include "common/front/dispatch.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/cli/standard_paths.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

std::string read_all(int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(descriptor, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return text;
    }
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

std::vector<fs::path> program_folders() {
  std::vector<fs::path> folders;
  const char* named = std::getenv("CHANGELING_EXEC_PATH");
  std::string_view rest = named == nullptr ? "" : named;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) {
      folders.emplace_back(rest.substr(0, colon));
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  const fs::path own = executable_path().parent_path();
  folders.push_back(own);
  folders.push_back(own.parent_path() / "libexec" / "changeling");
  return folders;
}

std::optional<fs::path> find_program(const std::string& name) {
  for (const fs::path& folder : program_folders()) {
    const fs::path file = folder / name;
    std::error_code failed;
    if (fs::is_regular_file(file, failed) && access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return std::nullopt;
}

void become_program(const std::string& name, char** argv) {
  const std::optional<fs::path> program = find_program(name);
  if (!program) {
    std::string searched;
    for (const fs::path& folder : program_folders()) {
      searched += (searched.empty() ? "" : ", ") + folder.string();
    }
    throw Error(ErrorKind::kConfig, "the program '" + name + "' is not installed (searched " +
                                        searched + "; set CHANGELING_EXEC_PATH)");
  }
  std::string file = program->string();
  argv[0] = file.data();
  // Read before main, so they must be set here. Idle OpenMP threads of LibTorch spin by default;
  // beside other work on the machine that costs a run most of its time. OpenBLAS starts a thread
  // per core, which never ends where memory is short (0.3.21); configure_torch() starts what
  // --threads asks for.
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  execv(file.c_str(), argv);
  throw Error(ErrorKind::kResource, "cannot start '" + file + "': " + std::strerror(errno));
}

std::optional<std::string> output_of(const fs::path& program,
                                     const std::vector<std::string>& words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return std::nullopt;
  }
  std::string file = program.string();
  std::vector<std::string> copies = words;
  std::vector<char*> argv = {file.data()};
  for (std::string& word : copies) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, file.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text = failed == 0 ? read_all(ends[0]) : "";
  close(ends[0]);
  if (failed != 0 || wait_for(child) != 0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace changeling
