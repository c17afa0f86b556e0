#include "catalog/export/near_duplicates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/even_spread.h"
#include "common/media/perceptual_hash.h"

namespace changeling {
namespace {

constexpr std::int64_t kFramesOfAClip = 8;

/// With more the bands are so narrow, and so many, that all with all is faster.
constexpr int kMostBitsInBands = 13;

/// At least half of the frames of `a` are in `b`.
bool is_shown_by(const ClipHashes& a, const ClipHashes& b, int max_bits) {
  const auto n = std::count_if(a.frames.begin(), a.frames.end(), [&](std::uint64_t hash) {
    return std::any_of(b.frames.begin(), b.frames.end(),
                       [&](std::uint64_t other) { return hash_distance(hash, other) <= max_bits; });
  });
  return !a.frames.empty() && 2 * n >= static_cast<std::ptrdiff_t>(a.frames.size());
}

struct FrameOfClip {
  std::uint64_t hash = 0;
  std::size_t clip = 0;
};

/// Frames sorted by one band of bits of their hashes, then by clip.
class FrameBand {
 public:
  /// `width` bits from bit `begin` on; of none, all frames agree.
  FrameBand(int begin, int width, std::vector<FrameOfClip> frames)
      : begin_(begin), width_(width), frames_(std::move(frames)) {
    std::sort(frames_.begin(), frames_.end(),
              [this](const FrameOfClip& a, const FrameOfClip& b) { return place(a) < place(b); });
  }

  /// Calls `visit` with each frame of a later clip that agrees with `frame` in the band.
  template <typename Visit>
  void for_each_later(const FrameOfClip& frame, const Visit& visit) const {
    const auto first = std::upper_bound(
        frames_.begin(), frames_.end(), frame,
        [this](const FrameOfClip& a, const FrameOfClip& b) { return place(a) < place(b); });
    for (auto other = first; other != frames_.end() && bits(*other) == bits(frame); ++other) {
      visit(*other);
    }
  }

 private:
  [[nodiscard]] std::uint64_t bits(const FrameOfClip& frame) const {
    return width_ == 0 ? 0 : frame.hash << (64 - begin_ - width_) >> (64 - width_);
  }

  [[nodiscard]] std::pair<std::uint64_t, std::size_t> place(const FrameOfClip& frame) const {
    return {bits(frame), frame.clip};
  }

  int begin_, width_;
  std::vector<FrameOfClip> frames_;
};

/// Finds the clips that have a frame which differs in `max_bits` bits at most from one of a given
/// clip. Of so many and one bands of bits two such hashes agree in one, so only those that do are
/// compared; all with all is one band without a bit. Holds every frame once a band, and no pairs:
/// where all clips show one title card, these are as many as the clips squared.
class CloseClips {
 public:
  CloseClips(const std::vector<ClipHashes>& clips, int max_bits, FrameSearch search)
      : max_bits_(max_bits), frames_(clips.size()), found_for_(clips.size(), clips.size()) {
    std::vector<FrameOfClip> all;
    for (std::size_t clip = 0; clip < clips.size(); ++clip) {
      const std::set<std::uint64_t> hashes(clips[clip].frames.begin(), clips[clip].frames.end());
      for (const std::uint64_t hash : hashes) {
        frames_[clip].push_back({hash, clip});
      }
      all.insert(all.end(), frames_[clip].begin(), frames_[clip].end());
    }
    if (search == FrameSearch::kAllWithAll) {
      bands_.emplace_back(0, 0, std::move(all));
      return;
    }
    const int n_bands = std::min(max_bits, 63) + 1;
    for (int band = 0; band < n_bands; ++band) {
      const int begin = 64 * band / n_bands;
      bands_.emplace_back(begin, 64 * (band + 1) / n_bands - begin, all);
    }
  }

  /// Those behind `clip`, in order, each once.
  [[nodiscard]] std::vector<std::size_t> after(std::size_t clip) {
    std::vector<std::size_t> found;
    for (const FrameOfClip& frame : frames_[clip]) {
      for (const FrameBand& band : bands_) {
        band.for_each_later(frame, [&](const FrameOfClip& other) {
          if (found_for_[other.clip] != clip &&
              hash_distance(frame.hash, other.hash) <= max_bits_) {
            found_for_[other.clip] = clip;
            found.push_back(other.clip);
          }
        });
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  int max_bits_;
  std::vector<std::vector<FrameOfClip>> frames_;  ///< of each clip, without repetitions
  std::vector<FrameBand> bands_;
  std::vector<std::size_t> found_for_;  ///< the clip for which each was found last
};

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

FrameSearch frame_search(int max_bits) {
  return max_bits > kMostBitsInBands ? FrameSearch::kAllWithAll : FrameSearch::kBands;
}

std::vector<std::string> find_near_duplicates(const std::vector<ClipHashes>& clips, int max_bits,
                                              std::optional<FrameSearch> search) {
  std::vector<std::string> found;
  CloseClips close(clips, max_bits, search.value_or(frame_search(max_bits)));
  for (std::size_t first = 0; first < clips.size(); ++first) {
    const ClipHashes& a = clips[first];
    for (const std::size_t second : close.after(first)) {
      const ClipHashes& b = clips[second];
      if (a.part != b.part && (is_shown_by(a, b, max_bits) || is_shown_by(b, a, max_bits))) {
        found.push_back(a.name + " of " + a.part + " and " + b.name + " of " + b.part +
                        " show the same pictures");
      }
    }
  }
  return found;
}

}  // namespace changeling
