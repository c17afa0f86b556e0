#include "catalog/store/frame_sequence.h"

#include <system_error>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::size_t kHashDigits = 16;

std::string_view after_last_slash(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 = 0
}

/// With its slash; empty for a bare name.
std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

std::string frame_sequence_path(std::string_view frame_path, std::string_view sighting_id) {
  return std::string(folder_of(frame_path)) + "seq-" +
         sha256(sighting_id).hex().substr(0, kHashDigits);
}

std::string frame_sighting_id(std::string_view sighting_id, std::string_view frame_path) {
  return std::string(sighting_id) + "/" + std::string(after_last_slash(frame_path));
}

bool is_of_sequence(const MediaRow& medium, const SightingRow& sighting) {
  const std::string& id = sighting.ext_sighting_id;
  return medium.kind == kFrameSequence && id.find('/') != std::string::npos &&
         frame_sequence_path(medium.rel_path, id.substr(0, id.rfind('/'))) == medium.rel_path;
}

std::map<std::int64_t, std::string> frame_files(const MediaRow& medium,
                                                const std::vector<SightingRow>& sightings) {
  std::map<std::int64_t, std::string> files;
  if (medium.kind == kFrameSequence) {
    for (const SightingRow& sighting : sightings) {
      files.emplace(sighting.frame, std::string(folder_of(medium.rel_path)) +
                                        std::string(after_last_slash(sighting.ext_sighting_id)));
    }
  }
  return files;
}

FrameFilesDigest digest_of(const std::filesystem::path& root,
                           const std::map<std::int64_t, std::string>& files) {
  FrameFilesDigest result;
  Sha256 listing;
  for (const auto& [place, rel_path] : files) {
    const std::filesystem::path file = root / rel_path;
    listing.update(sha256_file(file).hex());
    listing.update("  ");
    listing.update(after_last_slash(rel_path));
    listing.update("\n");
    std::error_code failed;
    result.bytes += static_cast<std::int64_t>(std::filesystem::file_size(file, failed));
    if (failed) {
      throw Error(ErrorKind::kInput, "cannot read '" + file.string() + "': " + failed.message());
    }
  }
  result.sha256 = listing.finish();
  return result;
}

}  // namespace changeling
