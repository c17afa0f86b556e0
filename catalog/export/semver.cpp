#include "catalog/export/semver.h"

#include <charconv>

#include "common/base/error.h"

namespace changeling {

SemVer SemVer::parse(std::string_view text) {
  SemVer version;
  const char* at = text.data();
  const char* end = text.data() + text.size();
  bool is_valid = true;
  for (int* number : {&version.major_number, &version.minor_number, &version.patch_number}) {
    const bool has_leading_zero = end - at > 1 && at[0] == '0' && at[1] >= '0' && at[1] <= '9';
    const auto [next, error] = std::from_chars(at, end, *number);
    is_valid = is_valid && error == std::errc() && !has_leading_zero && *number >= 0;
    const bool is_last = number == &version.patch_number;
    is_valid = is_valid && (is_last ? next == end : next != end && *next == '.');
    if (!is_valid) {
      throw Error(ErrorKind::kConfig, "'" + std::string(text) +
                                          "' is no version number: write MAJOR.MINOR.PATCH, for "
                                          "example 1.0.0");
    }
    at = next + 1;
  }
  return version;
}

std::string SemVer::text() const {
  return std::to_string(major_number) + "." + std::to_string(minor_number) + "." +
         std::to_string(patch_number);
}

}  // namespace changeling
