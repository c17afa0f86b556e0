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

bool is_of_no_sequence(const MediaRow& medium, const SightingRow& sighting) {
  return medium.kind == kFrameSequence && sighting.ext_sighting_id.rfind('/', 0) == 0;
}

std::map<std::int64_t, std::string> frame_files(const MediaRow& medium,
                                                const std::vector<SightingRow>& sightings) {
  std::map<std::int64_t, std::string> files;
  if (medium.kind != kFrameSequence) {
    return files;
  }
  const auto refuse = [&medium](const std::string& what) {
    throw Error(ErrorKind::kInput, "'" + medium.rel_path + "': " + what +
                                       " (register the corpus again under a new version)");
  };
  std::map<std::string, std::int64_t> places;
  for (const SightingRow& sighting : sightings) {
    const std::string name(after_last_slash(sighting.ext_sighting_id));
    const std::int64_t place = places.emplace(name, sighting.frame).first->second;
    if (place != sighting.frame) {
      refuse("'" + name + "' stands at places " + std::to_string(place) + " and " +
             std::to_string(sighting.frame));
    }
    const std::string path = std::string(folder_of(medium.rel_path)) + name;
    const std::string& other = files.emplace(place, path).first->second;
    if (other != path) {
      refuse("'" + std::string(after_last_slash(other)) + "' and '" + name + "' stand at place " +
             std::to_string(place));
    }
  }
  if (files.empty()) {
    refuse("no sighting names its frames");
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
