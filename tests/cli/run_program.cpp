#include "tests/cli/run_program.h"

#include <unistd.h>

#include "tests/support/temp_dir.h"

extern char** environ;  // NOLINT: POSIX declares it only in some modes

namespace changeling {
namespace {

/// Changes that remove every inherited variable but PATH.
Environment without_inherited() {
  Environment changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    changes[text.substr(0, text.find('='))] = "";
  }
  changes.erase("PATH");
  return changes;
}

}  // namespace

ProcessResult run_in_clean_environment(const std::vector<std::string>& argv,
                                       const Environment& variables) {
  const TempDir home;
  Environment changes = without_inherited();
  changes["HOME"] = home.path().string();
  changes["XDG_CONFIG_DIRS"] = home.path().string();
  changes["TERM"] = "dumb";
  for (const auto& [name, value] : variables) {
    changes[name] = value;
  }
  return run_process(argv, changes);
}

ProcessResult run_changeling(const std::vector<std::string>& words, const Environment& variables) {
  std::vector<std::string> argv = {built_program("changeling")};
  argv.insert(argv.end(), words.begin(), words.end());
  return run_in_clean_environment(argv, variables);
}

}  // namespace changeling
