#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

#include <signal.h>
#include <unistd.h>

#include "catalog/store/run_store.h"

namespace changeling {
namespace {

struct OwnerParts {
  std::string_view host;
  pid_t pid = 0;
  std::string_view start_time;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

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

std::optional<OwnerParts> parse_owner(std::string_view owner) {
  const std::size_t last = owner.rfind(':');
  const std::size_t middle =
      last == std::string_view::npos || last == 0 ? last : owner.rfind(':', last - 1);
  if (middle == std::string_view::npos || middle == 0) {
    return std::nullopt;
  }
  OwnerParts parts{owner.substr(0, middle), 0, owner.substr(last + 1)};
  const std::string_view digits = owner.substr(middle + 1, last - middle - 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), parts.pid);
  if (error != std::errc{} || end != digits.data() + digits.size() || parts.pid <= 0) {
    return std::nullopt;
  }
  return parts;
}

bool process_exists(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

}  // namespace

std::string claim_owner() {
  const pid_t pid = ::getpid();
  return host_name() + ":" + std::to_string(pid) + ":" + start_time(pid);
}

bool is_stale_owner(std::string_view owner) {
  const std::optional<OwnerParts> parts = parse_owner(owner);
  if (!parts || parts->host != host_name()) {
    return false;
  }
  if (!process_exists(parts->pid)) {
    return true;
  }
  const std::string running_since = start_time(parts->pid);
  return !running_since.empty() && running_since != parts->start_time;
}

}  // namespace changeling
