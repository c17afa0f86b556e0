// catalog/store/frame_sequence.h: media of kind frame_seq, frames of one recording that lie as
// files of their own: which files these are, and what pins their bytes. Layer 1.
//
// The medium is named after a sighting, `<folder of the frames>/seq-<start of its id's SHA-256>`;
// no file of that name exists. Each of its sightings has the 0-based place of the frame and, as
// ext_sighting_id, `<id of the sighting>/<file name>`. Other people seen in these files have
// sightings here too, under ids of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/store/records.h"
#include "common/base/digest.h"

namespace changeling {

inline constexpr std::string_view kFrameSequence = "frame_seq";

/// rel_path of the medium of a sighting whose frames lie beside `frame_path` (POSIX).
[[nodiscard]] std::string frame_sequence_path(std::string_view frame_path,
                                              std::string_view sighting_id);

/// ext_sighting_id of a row of such a medium.
[[nodiscard]] std::string frame_sighting_id(std::string_view sighting_id,
                                            std::string_view frame_path);

/// True for the sighting that the medium is named after; false for others who are seen in its
/// files.
[[nodiscard]] bool is_of_sequence(const MediaRow& medium, const SightingRow& sighting);

/// True for a sighting in such a medium whose id is not known: no sequence is named after it.
[[nodiscard]] bool is_of_no_sequence(const MediaRow& medium, const SightingRow& sighting);

/// Place -> rel_path of every frame. Empty when `medium` is of another kind. Throws Error(kInput)
/// when a file stands at two places, two files stand at one, or there is no sighting.
[[nodiscard]] std::map<std::int64_t, std::string> frame_files(
    const MediaRow& medium, const std::vector<SightingRow>& sightings);

struct FrameFilesDigest {
  Digest sha256;  ///< of what `sha256sum` prints in the folder for the files in their order
  std::int64_t bytes = 0;  ///< of all files
};

/// Reads every file once. Throws Error(kInput) when one cannot be read.
[[nodiscard]] FrameFilesDigest digest_of(const std::filesystem::path& root,
                                         const std::map<std::int64_t, std::string>& files);

}  // namespace changeling
