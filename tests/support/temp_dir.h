// tests/support/temp_dir.h: a folder of a test's own, removed at its end.
#pragma once

#include <filesystem>
#include <string>

namespace changeling {

/// Makes a unique folder below the system's temporary folder; the destructor removes it with all in
/// it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// A path inside.
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace changeling
