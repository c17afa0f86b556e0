#include "common/front/child_verb.h"

#include <cerrno>
#include <csignal>
#include <cstring>

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

}  // namespace

int run_child_verb(const std::vector<std::string>& words) {
  // Not the path: an update in the middle of a night would mix two programs.
  const char* file = "/proc/self/exe";
  std::string name = executable_path().string();
  std::vector<std::string> copies = words;
  std::vector<char*> argv = {name.data()};
  for (std::string& word : copies) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawn(&child, file, nullptr, nullptr, argv.data(), environ);
  if (failed != 0) {
    throw Error(ErrorKind::kResource,
                "cannot start '" + name + "': " + std::string(std::strerror(failed)));
  }
  return wait_and_hand_on_signals(child);
}

}  // namespace changeling
