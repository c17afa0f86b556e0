// catalog/export/near_duplicates.h: clips that stand in two parts under different names. Layer 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/media/video_reader.h"

namespace changeling {

/// Perceptual hashes of up to eight frames of a clip; frames without structure have none.
struct ClipHashes {
  std::string name;  ///< for messages
  std::string part;
  std::vector<std::uint64_t> frames;
};

/// Hashes of frames spread evenly over [0, n_frames). Reads the clip from its start.
[[nodiscard]] std::vector<std::uint64_t> hash_clip(VideoReader& clip, std::int64_t n_frames);

/// Which frames are compared: those that agree in a band of bits, or all. Both find the same.
enum class FrameSearch { kBands, kAllWithAll };

/// The faster one for frames that may differ in `max_bits` of 64 bits.
[[nodiscard]] FrameSearch frame_search(int max_bits);

/// Sentences about clips of different parts of which one shows the other: at least half of its
/// frames differ from a frame of the other in `max_bits` bits at most. Of hashes at random a frame
/// is compared with one of 73 others at 6 bits; where many clips share a frame, with all of these.
/// `search` is frame_search() where left out. Memory grows with the frames alone, and what is
/// found.
[[nodiscard]] std::vector<std::string> find_near_duplicates(
    const std::vector<ClipHashes>& clips, int max_bits,
    std::optional<FrameSearch> search = std::nullopt);

}  // namespace changeling
