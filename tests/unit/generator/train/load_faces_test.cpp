#include "generator/train/load_faces.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/peak_memory.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_pack.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FramePack pack_of(const std::string& part, const std::string& prefix, int side = 16) {
  return tiny_pack(part, prefix, 2, 3, side, 68);
}

FrameSet write_set(const std::filesystem::path& folder, const std::vector<FramePack>& packs,
                   std::int64_t max_pack_bytes = 40'000'000) {
  FrameSetWriter writer(folder, packs.front().layout, max_pack_bytes);
  for (const FramePack& pack : packs) {
    writer.add(pack);
  }
  return writer.finish("by hand");
}

std::string refusal(const std::vector<FrameSet>& sets, const std::string& part) {
  try {
    (void)load_faces(sets, part);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    return error.what();
  }
  return "accepted";
}

TEST(LoadFaces, TakesOnePartWithAllItsRows) {
  const TempDir folder;
  const FramePack train = pack_of("train", "a");
  const FaceSet set = load_faces({write_set(folder.path(), {train, pack_of("val", "b")})}, "train");
  ASSERT_EQ(set.size(), 6);
  EXPECT_EQ(set.images[5][15][15][2].item<int>(), static_cast<std::uint8_t>(train.pixels.back()));
  EXPECT_EQ(set.landmarks[5][67][1].item<float>(), train.landmarks.back());
  EXPECT_EQ(set.classes[5][15][15].item<int>(), static_cast<std::uint8_t>(train.masks.back()));
  EXPECT_THAT(set.sequence, ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(set.person, ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(LoadFaces, AVideoKeepsItsNumberAcrossPacks) {
  const TempDir folder;
  const FramePack train = pack_of("train", "a");
  const FrameSet set = write_set(folder.path(), {train}, 4 * bytes_per_frame(train.layout));
  ASSERT_EQ(set.packs.size(), 2U);
  EXPECT_THAT(load_faces({set}, "train").sequence, ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(LoadFaces, JoinsSetsAndLeavesCropsWithoutMasksUnlabelled) {
  const TempDir folder;
  FramePack bare = pack_of("train", "c");
  bare.layout.mask_source = "none";
  bare.masks.clear();
  const FaceSet set = load_faces(
      {write_set(folder / "labelled", {pack_of("train", "a")}), write_set(folder / "bare", {bare})},
      "train");
  ASSERT_EQ(set.size(), 12);
  EXPECT_LE(set.classes[5].max().item<int>(), 2);
  EXPECT_EQ(set.classes[6].min().item<int>(), 255);
  EXPECT_EQ(set.person.back(), 3);
}

TEST(LoadFaces, TakesTheMemoryOfTheCropsOnce) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "freed memory stays resident for a while";
#endif
  const TempDir folder;
  const FrameSet set =
      write_set(folder.path(), {tiny_pack("train", "a", 2, 1200, 64, 68)}, 2'000'000);
  ASSERT_GT(set.packs.size(), 10U);
  if (!reset_peak_memory()) {
    GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  }
  const std::int64_t before = peak_memory_bytes();
  const FaceSet faces = load_faces({set}, "train");
  const std::int64_t taken = peak_memory_bytes() - before;
  const std::int64_t bytes = size_of_part({set}, "train").bytes;
  EXPECT_EQ(bytes, static_cast<std::int64_t>(faces.images.nbytes() + faces.landmarks.nbytes() +
                                             faces.classes.nbytes()));
  EXPECT_LT(static_cast<double>(taken), 1.2 * static_cast<double>(bytes));
}

TEST(LoadFaces, RefusesSetsThatDoNotFit) {
  const TempDir folder;
  const FrameSet set = write_set(folder / "a", {pack_of("train", "a")});
  EXPECT_THAT(refusal({set, write_set(folder / "b", {pack_of("train", "b", 32)})}, "train"),
              HasSubstr("differ in resolution"));
  EXPECT_THAT(refusal({set, write_set(folder / "c", {pack_of("test", "a")})}, "train"),
              HasSubstr("'tiny/a0' is in part train of one set and in test of another"));
  EXPECT_THAT(refusal({write_set(folder / "d", {tiny_pack("train", "a")})}, "train"),
              HasSubstr("has 5 landmarks; training takes 68"));
  EXPECT_THAT(refusal({set}, "val"), HasSubstr("no face crops"));
}

}  // namespace
}  // namespace changeling
