// catalog/export/semver.h: version numbers of data sets. Layer 4.
#pragma once

#include <string>
#include <string_view>
#include <tuple>

namespace changeling {

/// MAJOR.MINOR.PATCH, no suffix.
struct SemVer {
  int major_number = 0;
  int minor_number = 0;
  int patch_number = 0;

  /// Throws Error(kConfig) for anything but three whole numbers without leading zeros.
  static SemVer parse(std::string_view text);

  [[nodiscard]] std::string text() const;

  friend bool operator<(const SemVer& a, const SemVer& b) {
    return std::tie(a.major_number, a.minor_number, a.patch_number) <
           std::tie(b.major_number, b.minor_number, b.patch_number);
  }
};

}  // namespace changeling
