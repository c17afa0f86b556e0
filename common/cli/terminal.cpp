#include "common/cli/terminal.h"

#include <cstdlib>

#include <unistd.h>

namespace changeling {
namespace {

bool is_named(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

bool is_live_terminal(int file_descriptor) {
  const char* terminal = std::getenv("TERM");
  return isatty(file_descriptor) == 1 && terminal != nullptr &&
         std::string_view(terminal) != "dumb" && !is_named("CI");
}

bool use_color(std::string_view wish) {
  return wish == "always" ||
         (wish != "never" && !is_named("NO_COLOR") && is_live_terminal(STDOUT_FILENO));
}

}  // namespace changeling
