#include "common/base/name.h"

#include <algorithm>
#include <string>

#include "common/base/error.h"

namespace changeling {

void check_name(std::string_view what, std::string_view name) {
  const bool fits =
      !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (!fits) {
    throw Error(ErrorKind::kConfig,
                std::string(what) + " '" + std::string(name) +
                    "' must begin with a-z and hold a-z, 0-9, _ and - only, at most 64");
  }
}

}  // namespace changeling
