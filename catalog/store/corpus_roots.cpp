#include "catalog/store/corpus_roots.h"

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"

namespace changeling {

CorpusRoots::CorpusRoots(const std::filesystem::path& catalog_file)
    : file_(catalog_file.parent_path() / "corpus_roots.json") {
  if (!std::filesystem::exists(file_)) {
    return;
  }
  try {
    roots_ = nlohmann::json::parse(read_file(file_)).get<std::map<std::string, std::string>>();
  } catch (const nlohmann::json::exception& exception) {
    throw Error(ErrorKind::kConfig,
                "'" + file_.string() +
                    "' is no table of alias and folder; repair or remove it: " + exception.what());
  }
}

void CorpusRoots::set(std::string_view alias, const std::filesystem::path& root) {
  roots_[std::string(alias)] = std::filesystem::absolute(root).lexically_normal().string();
  write_file_atomically(file_, nlohmann::json(roots_).dump(2) + "\n");
}

std::filesystem::path CorpusRoots::resolve(std::string_view alias) const {
  const auto found = roots_.find(std::string(alias));
  if (found == roots_.end()) {
    throw Error(ErrorKind::kConfig, "corpus '" + std::string(alias) +
                                        "' has no folder on this machine: run 'changeling corpus "
                                        "add --root DIR' for it");
  }
  std::filesystem::path root = found->second;
  if (!std::filesystem::is_directory(root)) {
    throw Error(ErrorKind::kInput, "folder '" + root.string() + "' of corpus '" +
                                       std::string(alias) +
                                       "' is gone: mount it, or name a new one with 'changeling "
                                       "corpus add --root DIR'");
  }
  return root;
}

}  // namespace changeling
