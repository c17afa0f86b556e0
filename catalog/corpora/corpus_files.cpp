#include "catalog/corpora/corpus_files.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "catalog/corpora/csv_reader.h"
#include "common/base/error.h"

namespace fs = std::filesystem;

namespace changeling {
namespace {

bool climbs_out(const fs::path& normal) {
  return normal.is_absolute() || (!normal.empty() && *normal.begin() == "..");
}

/// True when `file`, links resolved, lies below `canonical_root`.
bool lies_below(const fs::path& canonical_root, const fs::path& file) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  return !error && !climbs_out(target.lexically_relative(canonical_root));
}

}  // namespace

CorpusFiles::CorpusFiles(const fs::path& root) : root_(root) {
  std::error_code error;
  if (!fs::is_directory(root, error)) {
    throw Error(ErrorKind::kInput,
                "corpus folder '" + root.string() +
                    "' does not exist or is no folder (check corpus.root: --root of "
                    "'corpus add')");
  }
  const fs::path canonical_root = fs::canonical(root, error);
  fs::recursive_directory_iterator entries(root, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const fs::directory_entry& entry = *entries;
    std::error_code entry_error;
    const std::string rel_path = entry.path().lexically_relative(root).generic_string();
    if (entry.is_symlink(entry_error) && !lies_below(canonical_root, entry.path())) {
      escaping_links_.insert(rel_path);
    } else if (entry.is_regular_file(entry_error)) {
      files_.insert(rel_path);
    }
  }
  if (error) {
    throw Error(ErrorKind::kInput, "corpus folder '" + root.string() + "' cannot be read: " +
                                       error.message() + " (check its permissions)");
  }
}

CheckedPath CorpusFiles::check(std::string_view listed_path) const {
  const fs::path normal = fs::path(std::string(listed_path)).lexically_normal();
  if (climbs_out(normal)) {
    return {PathCheck::kEscapesRoot, {}};
  }
  std::string rel_path = normal.generic_string();
  if (files_.count(rel_path) > 0) {
    return {PathCheck::kFound, std::move(rel_path)};
  }
  for (fs::path part = normal; !part.empty(); part = part.parent_path()) {
    if (escaping_links_.count(part.generic_string()) > 0) {
      return {PathCheck::kEscapesRoot, {}};
    }
  }
  return {PathCheck::kMissing, std::move(rel_path)};
}

bool has_video_suffix(std::string_view path) {
  static constexpr std::array<std::string_view, 9> kSuffixes = {
      ".mp4", ".avi", ".mov", ".mkv", ".webm", ".flv", ".m4v", ".mpg", ".mpeg"};
  const std::string lower = to_lower_ascii(path);
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [&lower](std::string_view suffix) {
    return lower.size() > suffix.size() &&
           lower.compare(lower.size() - suffix.size(), suffix.size(), suffix) == 0;
  });
}

}  // namespace changeling
