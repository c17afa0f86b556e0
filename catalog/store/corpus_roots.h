// catalog/store/corpus_roots.h: where the corpora lie on this machine. Layer 1.
// The catalog stores an alias; the path stands in `<catalog folder>/corpus_roots.json`, so that a
// copied catalog works on a machine with other paths.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace changeling {

class CorpusRoots {
 public:
  /// Reads the file beside the catalog; a missing file is an empty table. Throws Error(kConfig).
  explicit CorpusRoots(const std::filesystem::path& catalog_file);

  /// Remembers the absolute path of an alias; written atomically.
  void set(std::string_view alias, const std::filesystem::path& root);

  /// Throws Error(kConfig) naming `corpus add --root` when the alias is unknown, Error(kInput) when
  /// the folder is gone.
  [[nodiscard]] std::filesystem::path resolve(std::string_view alias) const;

 private:
  std::filesystem::path file_;
  std::map<std::string, std::string> roots_;
};

}  // namespace changeling
