#include "common/clips/media_locator.h"

#include "common/base/digest.h"
#include "common/base/error.h"

namespace changeling {

std::filesystem::path MediaLocator::checked_path(const MediaRow& media) const {
  if (media.probe_error) {
    throw Error(ErrorKind::kInput, "'" + media.rel_path + "': " + *media.probe_error);
  }
  if (!media.sha256) {
    throw Error(ErrorKind::kInput,
                "'" + media.rel_path + "' was not probed (run 'changeling corpus probe')");
  }
  const CorpusRow corpus = corpora_.corpus(media.corpus_id);
  const std::filesystem::path file = roots_.resolve(corpus.root_alias) / media.rel_path;
  if (sha256_file(file) != *media.sha256) {
    throw Error(ErrorKind::kInput,
                "'" + media.rel_path +
                    "' changed since it was probed (register the corpus again under "
                    "a new version)");
  }
  return file;
}

}  // namespace changeling
