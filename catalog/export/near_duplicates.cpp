#include "catalog/export/near_duplicates.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

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

/// One band of bits of a frame's hash.
struct BandOfFrame {
  std::uint64_t bits = 0;
  std::size_t clip = 0;
  std::uint64_t hash = 0;
};

using ClipPairs = std::set<std::pair<std::size_t, std::size_t>>;

/// Adds clips of different parts among frames that agree in a band.
void add_close(const BandOfFrame* first, const BandOfFrame* last,
               const std::vector<ClipHashes>& clips, int max_bits, ClipPairs& pairs) {
  for (const BandOfFrame* a = first; a != last; ++a) {
    for (const BandOfFrame* b = a + 1; b != last; ++b) {
      if (hash_distance(a->hash, b->hash) <= max_bits &&
          clips[a->clip].part != clips[b->clip].part) {
        pairs.emplace(std::minmax(a->clip, b->clip));
      }
    }
  }
}

/// Clips of different parts of which some frame differs in `max_bits` bits at most. Of so many and
/// one bands of bits two such hashes agree in one, so only those that do are compared.
ClipPairs clips_with_close_frames(const std::vector<ClipHashes>& clips, int max_bits) {
  const int n_bands = std::min(max_bits, 63) + 1;
  ClipPairs pairs;
  for (int band = 0; band < n_bands; ++band) {
    const int begin = 64 * band / n_bands, width = 64 * (band + 1) / n_bands - begin;
    std::vector<BandOfFrame> frames;
    for (std::size_t clip = 0; clip < clips.size(); ++clip) {
      for (const std::uint64_t hash : clips[clip].frames) {
        frames.push_back({hash << (64 - begin - width) >> (64 - width), clip, hash});
      }
    }
    std::sort(frames.begin(), frames.end(), [](const BandOfFrame& a, const BandOfFrame& b) {
      return std::tie(a.bits, a.clip) < std::tie(b.bits, b.clip);
    });
    const BandOfFrame* const end = frames.data() + frames.size();
    for (const BandOfFrame* first = frames.data(); first != end;) {
      const BandOfFrame* const last = std::find_if(
          first, end, [first](const BandOfFrame& frame) { return frame.bits != first->bits; });
      add_close(first, last, clips, max_bits, pairs);
      first = last;
    }
  }
  return pairs;
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
  for (const auto& [first, second] : clips_with_close_frames(clips, max_bits)) {
    const ClipHashes &a = clips[first], &b = clips[second];
    if (is_shown_by(a, b, max_bits) || is_shown_by(b, a, max_bits)) {
      found.push_back(a.name + " of " + a.part + " and " + b.name + " of " + b.part +
                      " show the same pictures");
    }
  }
  return found;
}

}  // namespace changeling
