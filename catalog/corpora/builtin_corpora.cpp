#include "catalog/corpora/builtin_corpora.h"

#include "catalog/corpora/fasseg.h"
#include "catalog/corpora/folder.h"
#include "catalog/corpora/ytf_keypoints.h"
#include "common/base/error.h"

namespace changeling {

const std::vector<std::string>& corpus_adapter_names() {
  static const std::vector<std::string> names = {"folder", "ijbc", "ytf_keypoints", "fasseg"};
  return names;
}

std::unique_ptr<Corpus> make_corpus(const std::string& name, const AdapterOptions& options) {
  if (name == "folder") {
    return std::make_unique<FolderCorpus>();
  }
  if (name == "ijbc") {
    return std::make_unique<IjbcCorpus>(options.ijbc);
  }
  if (name == "ytf_keypoints") {
    return std::make_unique<YtfKeypointsCorpus>();
  }
  if (name == "fasseg") {
    return std::make_unique<FassegCorpus>();
  }
  std::string known;
  for (const std::string& adapter : corpus_adapter_names()) {
    known += (known.empty() ? "" : ", ") + adapter;
  }
  throw Error(ErrorKind::kConfig, "no corpus adapter '" + name + "' (there are: " + known + ")");
}

}  // namespace changeling
