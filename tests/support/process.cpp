#include "tests/support/process.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "tests/support/temp_dir.h"

extern char** environ;  // NOLINT: POSIX declares it only in some modes

namespace changeling {
namespace {

std::vector<std::string> merged_environment(const Environment& changes) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (changes.count(text.substr(0, text.find('='))) == 0) {
      merged.push_back(text);
    }
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) {
      merged.push_back(name + "=" + value);
    }
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

pid_t spawn(std::vector<std::string> argv, const std::filesystem::path& out,
            const std::filesystem::path& err, const Environment& changes) {
  std::vector<std::string> environment = merged_environment(changes);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);  // what the test inherited
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv.front().c_str(), &actions, nullptr,
                                  pointers(argv).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw std::system_error(failed, std::generic_category(), "cannot start " + argv.front());
  }
  return pid;
}

/// True for a child that nobody has waited for yet, too.
bool has_ended(pid_t pid) {
  siginfo_t news = {};
  return waitid(P_PID, static_cast<id_t>(pid), &news, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         news.si_pid == pid;
}

/// SigCgt of proc(5): a bit a signal, the first for number 1.
bool catches(pid_t pid, int number) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    const std::string name = "SigCgt:";
    if (line.rfind(name, 0) == 0) {
      return (std::stoull(line.substr(name.size()), nullptr, 16) >> (number - 1) & 1U) != 0;
    }
  }
  return false;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waitpid");
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, const Environment& environment) {
  const TempDir folder;
  const std::filesystem::path out = folder.path() / "out";
  const std::filesystem::path err = folder.path() / "err";
  ProcessResult result;
  result.exit_code = wait_for(spawn(argv, out, err, environment));
  result.out = read_file(out);
  result.err = read_file(err);
  return result;
}

std::string run_or_throw(const std::vector<std::string>& argv) {
  const ProcessResult result = run_process(argv);
  if (result.exit_code != 0) {
    throw std::runtime_error(argv.front() + " ended with " + std::to_string(result.exit_code) +
                             ": " + result.err);
  }
  return result.out;
}

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& argv,
                                     const std::filesystem::path& log,
                                     const Environment& environment)
    : pid_(spawn(argv, log, log, environment)) {}

BackgroundProcess::~BackgroundProcess() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    wait_for(pid_);
  }
}

void BackgroundProcess::wait_until_it_catches(int number) const {
  while (!has_ended(pid_) && !catches(pid_, number)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void BackgroundProcess::signal(int number) const {
  ::kill(pid_, number);
}

int BackgroundProcess::wait() {
  ended_ = true;
  return wait_for(pid_);
}

std::string built_program(const std::string& name) {
  return std::string(CHANGELING_BINARY_DIR) + "/bin/" + name;
}

}  // namespace changeling
