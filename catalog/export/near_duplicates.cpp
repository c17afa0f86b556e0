#include "catalog/export/near_duplicates.h"

#include <algorithm>
#include <optional>

#include "common/base/even_spread.h"
#include "common/media/perceptual_hash.h"

namespace changeling {
namespace {

constexpr std::int64_t kFramesOfAClip = 8;

/// At least half of the frames of `a` are in `b`.
bool is_shown_by(const ClipHashes& a, const ClipHashes& b, int max_bits) {
  const auto n = std::count_if(a.frames.begin(), a.frames.end(), [&](std::uint64_t hash) {
    return std::any_of(b.frames.begin(), b.frames.end(),
                       [&](std::uint64_t other) { return hash_distance(hash, other) <= max_bits; });
  });
  return !a.frames.empty() && 2 * n >= static_cast<std::ptrdiff_t>(a.frames.size());
}

}  // namespace

std::vector<std::uint64_t> hash_clip(VideoReader& clip, std::int64_t n_frames) {
  std::vector<std::uint64_t> hashes;
  for (const std::int64_t index : even_spread(n_frames, kFramesOfAClip)) {
    const std::optional<Frame> frame = clip.frame_at(index);
    if (!frame) {
      break;
    }
    if (const auto hash = perceptual_hash(*frame)) {
      hashes.push_back(*hash);
    }
  }
  return hashes;
}

std::vector<std::string> find_near_duplicates(const std::vector<ClipHashes>& clips, int max_bits) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    for (std::size_t j = i + 1; j < clips.size(); ++j) {
      const ClipHashes &a = clips[i], &b = clips[j];
      if (a.part != b.part && (is_shown_by(a, b, max_bits) || is_shown_by(b, a, max_bits))) {
        found.push_back(a.name + " of " + a.part + " and " + b.name + " of " + b.part +
                        " show the same pictures");
      }
    }
  }
  return found;
}

}  // namespace changeling
