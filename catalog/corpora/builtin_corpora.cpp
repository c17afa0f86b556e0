#include "catalog/corpora/builtin_corpora.h"

#include "catalog/corpora/celebdf.h"
#include "catalog/corpora/dfdc.h"
#include "catalog/corpora/fasseg.h"
#include "catalog/corpora/ffpp.h"
#include "catalog/corpora/folder.h"
#include "catalog/corpora/outside_fakes.h"
#include "catalog/corpora/voxceleb.h"
#include "catalog/corpora/ytf_keypoints.h"
#include "common/base/error.h"

namespace changeling {

const std::vector<std::string>& corpus_adapter_names() {
  static const std::vector<std::string> names = {"folder",        "ijbc",          "ffpp",
                                                 "celebdf",       "dfdc",          "voxceleb",
                                                 "outside_fakes", "ytf_keypoints", "fasseg"};
  return names;
}

std::unique_ptr<Corpus> make_corpus(const std::string& name, const AdapterOptions& options) {
  if (name == "folder") {
    return std::make_unique<FolderCorpus>();
  }
  if (name == "ijbc") {
    return std::make_unique<IjbcCorpus>(options.ijbc);
  }
  if (name == "ffpp") {
    return std::make_unique<FfppCorpus>();
  }
  if (name == "celebdf") {
    return std::make_unique<CelebDfCorpus>();
  }
  if (name == "dfdc") {
    return std::make_unique<DfdcCorpus>();
  }
  if (name == "voxceleb") {
    return std::make_unique<VoxCelebCorpus>();
  }
  if (name == "outside_fakes") {
    return std::make_unique<OutsideFakesCorpus>();
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
