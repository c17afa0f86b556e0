#include "common/clips/media_locator.h"

#include "catalog/store/frame_sequence.h"
#include "common/base/digest.h"
#include "common/base/error.h"

namespace changeling {
namespace {

void check_digest(const MediaRow& media, const Digest& now) {
  if (now != *media.sha256) {
    throw Error(ErrorKind::kInput,
                "'" + media.rel_path +
                    "' changed since it was probed (register the corpus again under "
                    "a new version)");
  }
}

}  // namespace

std::filesystem::path MediaLocator::root_of_probed(const MediaRow& media) const {
  if (media.probe_error) {
    throw Error(ErrorKind::kInput, "'" + media.rel_path + "': " + *media.probe_error);
  }
  if (!media.sha256) {
    throw Error(ErrorKind::kInput,
                "'" + media.rel_path + "' was not probed (run 'changeling corpus probe')");
  }
  return roots_.resolve(corpora_.corpus(media.corpus_id).root_alias);
}

std::filesystem::path MediaLocator::checked_path(const MediaRow& media) const {
  const std::filesystem::path file = root_of_probed(media) / media.rel_path;
  check_digest(media, sha256_file(file));
  return file;
}

std::map<std::int64_t, std::filesystem::path> MediaLocator::checked_frames(
    const MediaRow& media) const {
  const std::filesystem::path root = root_of_probed(media);
  const std::map<std::int64_t, std::string> names =
      frame_files(media, corpora_.sightings(media.id));
  check_digest(media, digest_of(root, names).sha256);
  std::map<std::int64_t, std::filesystem::path> files;
  for (const auto& [place, rel_path] : names) {
    files.emplace(place, root / rel_path);
  }
  return files;
}

}  // namespace changeling
