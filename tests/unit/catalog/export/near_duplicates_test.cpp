#include "catalog/export/near_duplicates.h"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace changeling
