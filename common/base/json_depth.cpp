#include "common/base/json_depth.h"

#include <string>

#include "common/base/error.h"

namespace changeling {

bool is_deep_json(std::string_view text) {
  constexpr int kMostLevels = 64;
  int level = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++level > kMostLevels) {
        return true;
      }
    } else if (!in_string && (c == ']' || c == '}')) {
      --level;
    }
  }
  return false;
}

void refuse_deep_json(std::string_view text, std::string_view what) {
  if (is_deep_json(text)) {
    throw Error(ErrorKind::kInput, std::string(what) + " is nested too deeply");
  }
}

}  // namespace changeling
