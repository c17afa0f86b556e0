// catalog/corpora/corpus_files.h: the files below a corpus root, none of which lies outside it.
// Layer 2.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace changeling {

enum class PathCheck {
  kFound,
  kMissing,
  kEscapesRoot,  ///< absolute, climbing out by "..", or a symbolic link to outside
};

struct CheckedPath {
  PathCheck check = PathCheck::kMissing;
  std::string rel_path;  ///< POSIX, normalised; empty when it escapes
};

/// A snapshot of the regular files below a root, read once. Immutable.
class CorpusFiles {
 public:
  /// Walks the folder; does not follow links to folders. Throws Error(kInput) when `root` is
  /// missing, no folder or unreadable.
  explicit CorpusFiles(const std::filesystem::path& root);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// Regular files (links to files inside included), POSIX paths below the root, sorted.
  [[nodiscard]] const std::set<std::string, std::less<>>& files() const { return files_; }

  /// Normalises a path from a list and says what is there.
  [[nodiscard]] CheckedPath check(std::string_view listed_path) const;

 private:
  std::filesystem::path root_;
  std::set<std::string, std::less<>> files_;
  std::set<std::string, std::less<>> escaping_links_;  ///< lead out of the root; never read
};

/// True for suffixes of video containers (mp4 avi mov mkv webm flv m4v mpg mpeg), in any case.
[[nodiscard]] bool has_video_suffix(std::string_view path);

}  // namespace changeling
