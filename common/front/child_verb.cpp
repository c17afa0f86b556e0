#include "common/front/child_verb.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/cli/standard_paths.h"
#include "common/cli/stop_signal.h"

namespace changeling {
namespace {

/// Waits in short sleeps: waitpid alone would not see a flag that was set just before it.
int wait_and_hand_on_signals(pid_t child) {
  int handed_on = 0;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (ended < 0 && errno != EINTR) {
      throw Error(ErrorKind::kInternal, std::string("waitpid: ") + std::strerror(errno));
    }
    if (stop_requested() != 0 && handed_on == 0) {
      handed_on = stop_requested();
      kill(child, handed_on);
    }
    usleep(20'000);
  }
}

/// Starts `file`, looked for on PATH unless it has a slash.
pid_t start(const char* file, std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, file, nullptr, nullptr, argv.data(), environ);
  if (failed != 0) {
    throw Error(ErrorKind::kResource,
                "cannot start '" + words.front() + "': " + std::string(std::strerror(failed)));
  }
  return child;
}

}  // namespace

int run_child_verb(const std::vector<std::string>& words) {
  std::vector<std::string> argv = {executable_path().string()};
  argv.insert(argv.end(), words.begin(), words.end());
  // Not the path: an update in the middle of a night would mix two programs.
  return wait_and_hand_on_signals(start("/proc/self/exe", std::move(argv)));
}

int run_tool(const std::vector<std::string>& argv) {
  return wait_and_hand_on_signals(start(argv.front().c_str(), argv));
}

}  // namespace changeling
