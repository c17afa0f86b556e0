#include "common/front/child_verb.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/cli/standard_paths.h"

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

/// In the child: becomes `file`, or tells the parent why not. Whoever is killed takes the child
/// along, since an orphan would keep the catalog locked against a rerun; the request outlives exec.
/// In a group of its own the child gets a terminal's Ctrl-C once, from its parent.
[[noreturn]] void become(const char* file, char** argv, pid_t parent, int report,
                         ChildOutput output) {
  setpgid(0, 0);
  if (output == ChildOutput::kStderr) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == parent) {
    execvp(file, argv);
    const int failed = errno;
    (void)!write(report, &failed, sizeof failed);
  }
  _exit(1);
}

/// Starts `file`, looked for on PATH unless it has a slash; returns when it runs.
pid_t start(const char* file, std::vector<std::string> words, ChildOutput output) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::array<int, 2> report = {-1, -1};  // closed by exec, else it holds the error
  const pid_t parent = getpid();
  const pid_t child = pipe2(report.data(), O_CLOEXEC) == 0 ? fork() : -1;
  if (child == 0) {
    become(file, argv.data(), parent, report[1], output);
  }
  int failed = child < 0 ? errno : 0;
  close(report[1]);
  while (child > 0 && read(report[0], &failed, sizeof failed) < 0 && errno == EINTR) {}
  close(report[0]);
  if (failed != 0) {
    if (child > 0) {
      waitpid(child, nullptr, 0);
    }
    throw Error(ErrorKind::kResource,
                "cannot start '" + words.front() + "': " + std::string(std::strerror(failed)));
  }
  return child;
}

}  // namespace

int run_child_verb(const std::vector<std::string>& words, ChildOutput output) {
  std::vector<std::string> argv = {executable_path().string()};
  argv.insert(argv.end(), words.begin(), words.end());
  // Not the path: an update in the middle of a night would mix two programs.
  return wait_and_hand_on_signals(start("/proc/self/exe", std::move(argv), output));
}

int run_tool(const std::vector<std::string>& argv) {
  return wait_and_hand_on_signals(start(argv.front().c_str(), argv, ChildOutput::kOwn));
}

}  // namespace changeling
