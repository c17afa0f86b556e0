#include <array>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "catalog/store/run_store.h"
#include "common/base/build_info.h"

namespace changeling {
namespace {

/// Start time in clock ticks after boot, field 22 of /proc/<pid>/stat; empty when there is no such
/// process. It tells a process from a later one with the same number.
std::string start_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // Field 2 is the name in brackets and may hold blanks: count from the last bracket (field 3
  // follows).
  std::size_t at = stat.rfind(')');
  for (int field = 2; field < 22 && at != std::string::npos; ++field) {
    at = stat.find(' ', at + 1);
  }
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t end = stat.find(' ', at + 1);
  return stat.substr(at + 1, end - at - 1);
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

RunRow new_run(const std::string& kind) {
  RunRow run;
  run.kind = kind;
  run.git_commit = git_commit();
  run.git_dirty = git_dirty();
  run.host = host_name();
  return run;
}

std::string claim_owner() {
  const pid_t pid = ::getpid();
  return host_name() + ":" + std::to_string(pid) + ":" + start_time(pid);
}

}  // namespace changeling
