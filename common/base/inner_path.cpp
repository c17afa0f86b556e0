#include "common/base/inner_path.h"

#include <algorithm>
#include <filesystem>

namespace changeling {

bool is_inner_path(std::string_view path) {
  const std::filesystem::path parts(path);
  return !parts.empty() && parts.is_relative() &&
         std::find(parts.begin(), parts.end(), "..") == parts.end();
}

}  // namespace changeling
