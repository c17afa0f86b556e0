#include "common/cli/standard_paths.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace changeling {
namespace {

namespace fs = std::filesystem;

/// The variable's value; the XDG rules say that a relative path counts as unset.
fs::path absolute_from_environment(const char* name) {
  const char* value = std::getenv(name);
  const fs::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : fs::path();
}

fs::path below_home(const char* variable, const char* fallback) {
  const fs::path named = absolute_from_environment(variable);
  if (!named.empty()) {
    return named;
  }
  const fs::path home = absolute_from_environment("HOME");
  return home.empty() ? fs::temp_directory_path() : home / fallback;
}

std::vector<fs::path> system_config_dirs() {
  const char* value = std::getenv("XDG_CONFIG_DIRS");
  std::string_view rest = value == nullptr || *value == '\0' ? "/etc/xdg" : value;
  std::vector<fs::path> dirs;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) {
      dirs.emplace_back(rest.substr(0, colon));
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  std::reverse(dirs.begin(), dirs.end());  // the first one named is the most important
  return dirs;
}

}  // namespace

std::vector<fs::path> standard_config_files() {
  std::vector<fs::path> files;
  for (const fs::path& dir : system_config_dirs()) {
    files.push_back(dir / "changeling" / "config.yaml");
  }
  if (const fs::path user = config_dir(); !user.empty()) {
    files.push_back(user / "config.yaml");
  }
  files.emplace_back("changeling.yaml");
  std::error_code ignored;
  files.erase(std::remove_if(files.begin(), files.end(),
                             [&](const fs::path& file) { return !fs::exists(file, ignored); }),
              files.end());
  return files;
}

fs::path config_dir() {
  const fs::path named = absolute_from_environment("XDG_CONFIG_HOME");
  const fs::path home = absolute_from_environment("HOME");
  return !named.empty() ? named / "changeling"
         : home.empty() ? fs::path()
                        : home / ".config" / "changeling";
}

fs::path state_dir() {
  return below_home("XDG_STATE_HOME", ".local/state") / "changeling";
}

fs::path assets_dir() {
  const char* named = std::getenv("CHANGELING_ASSETS_DIR");
  if (named != nullptr && *named != '\0') {
    return named;
  }
  std::error_code ignored;
  for (fs::path dir = executable_path().parent_path(); dir != dir.root_path() && !dir.empty();
       dir = dir.parent_path()) {
    if (fs::exists(dir / "assets.lock", ignored) && fs::exists(dir / "script", ignored)) {
      return dir / "assets";
    }
  }
  return below_home("XDG_DATA_HOME", ".local/share") / "changeling";
}

fs::path executable_path() {
  std::error_code failed;
  const fs::path path = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : path;
}

}  // namespace changeling
