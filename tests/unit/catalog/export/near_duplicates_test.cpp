#include "catalog/export/near_duplicates.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>

#include "common/base/rng.h"
#include "common/media/perceptual_hash.h"
#include "tests/support/peak_memory.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(FindNearDuplicates, KnowsAClipInOtherSizeAndEncoding) {
  const TempDir folder;
  ClipSpec clip;
  clip.width_px = 320;
  clip.height_px = 240;
  write_clip(folder / "a.mp4", clip);
  clip.encoder_options = {"-crf", "40", "-vf", "scale=200:150"};
  write_clip(folder / "b.mp4", clip);
  clip.encoder_options = {};
  clip.seed = 2;
  write_clip(folder / "c.mp4", clip);
  std::vector<ClipHashes> clips;
  for (const std::string name : {"a", "b", "c"}) {
    VideoReader video(folder / (name + ".mp4"));
    clips.push_back({name, name == "a" ? "train" : "test", hash_clip(video, 24)});
    EXPECT_THAT(clips.back().frames, SizeIs(8));
  }
  EXPECT_THAT(find_near_duplicates(clips, 6), ElementsAre("a of train and b of test show the same "
                                                          "pictures"));
}

TEST(FindNearDuplicates, HalfOfTheFramesDecide) {
  const std::vector<ClipHashes> half = {{"a", "train", {0, ~0ULL, 0xff, 0xff00}},
                                        {"b", "val", {7, ~0ULL << 3}}};
  EXPECT_THAT(find_near_duplicates(half, 3), SizeIs(1));
  EXPECT_THAT(find_near_duplicates(half, 2), IsEmpty());
  const std::vector<ClipHashes> less = {{"a", "train", {0, 0xff, 0xff00}},
                                        {"b", "val", {0, ~0ULL, 0xffff0000}}};
  EXPECT_THAT(find_near_duplicates(less, 3), IsEmpty());
  EXPECT_THAT(find_near_duplicates({{"a", "train", {}}, {"b", "val", {}}}, 3), IsEmpty())
      << "clips without structure are not alike";
}

/// Clips of three parts; many frames differ in few bits from one of another clip.
std::vector<ClipHashes> drawn_clips(std::uint64_t seed) {
  CounterRng rng(seed);
  std::vector<ClipHashes> clips;
  std::vector<std::uint64_t> seen = {rng.next()};
  for (int i = 0; i < 60; ++i) {
    ClipHashes& clip = clips.emplace_back();
    clip.name = std::to_string(i);
    clip.part = std::array{"train", "val", "test"}[rng.below(3)];
    for (int frame = 0; frame < 4; ++frame) {
      std::uint64_t hash = rng.below(3) == 0 ? seen[rng.below(seen.size())] : rng.next();
      for (std::uint64_t flips = rng.below(9); flips > 0; --flips) {
        hash ^= std::uint64_t{1} << rng.below(64);
      }
      clip.frames.push_back(hash);
      seen.push_back(hash);
    }
  }
  return clips;
}

TEST(FindNearDuplicates, FindsWhatComparingAllWithAllFinds) {
  const auto is_shown_by = [](const ClipHashes& a, const ClipHashes& b, int max_bits) {
    const auto n = std::count_if(a.frames.begin(), a.frames.end(), [&](std::uint64_t hash) {
      return std::any_of(b.frames.begin(), b.frames.end(), [&](std::uint64_t other) {
        return hash_distance(hash, other) <= max_bits;
      });
    });
    return 2 * n >= static_cast<std::ptrdiff_t>(a.frames.size());
  };
  std::size_t n_found = 0;
  for (const int max_bits : {0, 1, 6, 13, 31}) {
    const std::vector<ClipHashes> clips = drawn_clips(static_cast<std::uint64_t>(max_bits));
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < clips.size(); ++i) {
      for (std::size_t j = i + 1; j < clips.size(); ++j) {
        const ClipHashes &a = clips[i], &b = clips[j];
        if (a.part != b.part && (is_shown_by(a, b, max_bits) || is_shown_by(b, a, max_bits))) {
          expected.push_back(a.name + " of " + a.part + " and " + b.name + " of " + b.part +
                             " show the same pictures");
        }
      }
    }
    EXPECT_EQ(find_near_duplicates(clips, max_bits), expected) << max_bits;
    n_found += expected.size();
  }
  EXPECT_GT(n_found, 20U);
}

TEST(FindNearDuplicates, BothWaysFindTheSame) {
  std::size_t n_found = 0;
  for (int max_bits = 0; max_bits < 32; ++max_bits) {
    const std::vector<ClipHashes> clips = drawn_clips(100 + static_cast<std::uint64_t>(max_bits));
    const auto found = find_near_duplicates(clips, max_bits, FrameSearch::kBands);
    EXPECT_EQ(find_near_duplicates(clips, max_bits, FrameSearch::kAllWithAll), found) << max_bits;
    EXPECT_EQ(find_near_duplicates(clips, max_bits), found) << max_bits;
    n_found += found.size();
  }
  EXPECT_GT(n_found, 100U);
}

TEST(FindNearDuplicates, ComparesAllWithAllWhereBandsWouldBeNarrow) {
  EXPECT_EQ(frame_search(0), FrameSearch::kBands);
  EXPECT_EQ(frame_search(6), FrameSearch::kBands) << "export.limits.near_duplicate_bits";
  EXPECT_EQ(frame_search(13), FrameSearch::kBands);
  EXPECT_EQ(frame_search(14), FrameSearch::kAllWithAll) << "bands of four bits";
  EXPECT_EQ(frame_search(31), FrameSearch::kAllWithAll);
}

TEST(FindNearDuplicates, AFrameThatAllClipsShowCostsNoMemoryPerPair) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "freed memory stays resident for a while";
#endif
  CounterRng rng(1);
  std::vector<ClipHashes> clips;
  for (int i = 0; i < 2000; ++i) {
    ClipHashes& clip = clips.emplace_back();
    clip.part = std::array{"train", "val", "test"}[i % 3];
    clip.frames = {0x123456789abcdef};  // a title card
    while (clip.frames.size() < 8) {
      clip.frames.push_back(rng.next());
    }
  }
  if (!reset_peak_memory()) {
    GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  }
  const std::int64_t before = peak_memory_bytes();
  EXPECT_THAT(find_near_duplicates(clips, 6), IsEmpty());
  EXPECT_LT(peak_memory_bytes() - before, 16'000'000) << "pairs: 1.3 million";
}

}  // namespace
}  // namespace changeling
