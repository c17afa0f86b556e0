#include "generator/train/load_faces.h"

#include <chrono>
#include <cstring>
#include <fstream>
#include <numeric>
#include <thread>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/base/atomic_file.h"
#include "generator/train/fit_loop.h"
#include "generator/train/segmentation_recipe.h"
#include "tests/support/peak_memory.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_pack.h"

namespace changeling {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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

/// As load_faces, of packs that nobody checked before.
FaceSet load(const std::vector<FrameSet>& sets, const std::string& part) {
  CheckedPacks checked({});
  return load_faces(sets, part, checked);
}

std::string refusal(const std::vector<FrameSet>& sets, const std::string& part) {
  return refusal_of(ErrorKind::kInput, [&] { (void)load(sets, part); });
}

TEST(LoadFaces, TakesOnePartWithAllItsRows) {
  const TempDir folder;
  const FramePack train = pack_of("train", "a");
  const FaceSet set = load({write_set(folder.path(), {train, pack_of("val", "b")})}, "train");
  ASSERT_EQ(set.size(), 6);
  const CropBytes last = set.crops->read({5});
  EXPECT_EQ(last.images[0][15][15][2].item<int>(), static_cast<std::uint8_t>(train.pixels.back()));
  EXPECT_EQ(set.landmarks[5][67][1].item<float>(), train.landmarks.back());
  EXPECT_EQ(last.classes[0][15][15].item<int>(), static_cast<std::uint8_t>(train.masks.back()));
  EXPECT_THAT(set.sequence, ElementsAre(0, 0, 0, 1, 1, 1));
  EXPECT_THAT(set.person, ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(LoadFaces, AVideoKeepsItsNumberAcrossPacks) {
  const TempDir folder;
  const FramePack train = pack_of("train", "a");
  const FrameSet set = write_set(folder.path(), {train}, 4 * bytes_per_frame(train.layout));
  ASSERT_EQ(set.packs.size(), 2U);
  EXPECT_THAT(load({set}, "train").sequence, ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST(LoadFaces, JoinsSetsAndLeavesCropsWithoutMasksUnlabelled) {
  const TempDir folder;
  FramePack bare = pack_of("train", "c");
  bare.layout.mask_source = "none";
  bare.masks.clear();
  const FaceSet set = load(
      {write_set(folder / "labelled", {pack_of("train", "a")}), write_set(folder / "bare", {bare})},
      "train");
  ASSERT_EQ(set.size(), 12);
  const CropBytes two = set.crops->read({5, 6});
  EXPECT_LE(two.classes[0].max().item<int>(), 2);
  EXPECT_EQ(two.classes[1].min().item<int>(), 255);
  EXPECT_TRUE(set.crops->shows(5, 1));
  EXPECT_FALSE(set.crops->shows(6, 0));
  EXPECT_EQ(set.person.back(), 3);
}

/// All rows of a set of one pack as tensors in memory.
FaceSet in_memory(const FaceSet& set, const FramePack& pack) {
  const std::int64_t side = pack.layout.resolution_px;
  const auto rows = [](const std::string& bytes, std::vector<std::int64_t> shape) {
    const at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(at::kByte));
    std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
    return tensor;
  };
  FaceSet copy = set;
  copy.crops = crops_in_memory({rows(pack.pixels, {pack.frame_count(), side, side, 3}),
                                rows(pack.masks, {pack.frame_count(), side, side})});
  return copy;
}

TEST(LoadFaces, GivesTheBatchesAndTheLossThatCropsInMemoryGive) {
  const TempDir folder;
  const FramePack pack = tiny_pack("train", "a", 4, 5, 32, 68);
  const FaceSet read =
      load({write_set(folder.path(), {pack}, 3 * bytes_per_frame(pack.layout))}, "train");
  const FaceSet held = in_memory(read, pack);
  const std::vector<std::int64_t> rows = {19, 0, 7, 7, 3, 12};
  const FaceBatch one = gather(read, rows);
  const FaceBatch other = gather(held, rows);
  EXPECT_TRUE(at::equal(one.images, other.images));
  EXPECT_TRUE(at::equal(one.classes, other.classes));
  EXPECT_TRUE(at::equal(one.landmarks, other.landmarks));
  const TempDir out;
  FitOptions options;
  options.steps = 3;
  options.batch = 2;
  options.validate_every = 3;
  const auto weights = [&](const FaceSet& faces, const std::string& name) {
    SegmentationOptions small;
    small.ngf = 4;
    (void)fit(*make_segmentation_recipe(faces, faces, small), options, out / name, {});
    return read_file(out / name / "checkpoint.safetensors");
  };
  EXPECT_EQ(weights(read, "read"), weights(held, "held"));
}

TEST(LoadFaces, HoldsOnePackAtMost) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "freed memory stays resident for a while";
#endif
  constexpr std::int64_t kPackBytes = 8'000'000;
  const TempDir folder;
  const FrameSet set =
      write_set(folder.path(), {tiny_pack("train", "a", 2, 1500, 64, 68)}, kPackBytes);
  ASSERT_GT(set.packs.size(), 6U);
  if (!reset_peak_memory()) {
    GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  }
  const std::int64_t before = peak_memory_bytes();
  const FaceSet faces = load({set}, "train");
  std::vector<std::int64_t> rows(64);
  for (std::int64_t first = 0; first + 64 <= faces.size(); first += 64) {
    std::iota(rows.begin(), rows.end(), first);
    (void)faces.crops->read(rows);
  }
  const PartSize size = size_of_part({set}, "train");
  EXPECT_EQ(size.bytes, faces.size() * 64 * 64 * 4);
  EXPECT_EQ(size.memory_bytes, faces.size() * (68 * 2 * 4 + 2 * 8));
  EXPECT_LT(peak_memory_bytes() - before, 2 * kPackBytes + size.memory_bytes);
}

/// Refusal of the next batch.
std::string refusal_of_rows(const FaceSet& set) {
  return refusal_of(ErrorKind::kInput, [&] { (void)gather(set, {0, 5}); });
}

TEST(LoadFaces, NamesAPackThatIsCutOrChangedWhileTrainingReadsIt) {
  const TempDir folder;
  const FrameSet set = write_set(folder.path(), {pack_of("train", "a")});
  const std::filesystem::path file = set.folder / set.packs.front().file;
  const FaceSet cut = load({set}, "train");
  const auto bytes = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, bytes / 2);
  EXPECT_THAT(refusal_of_rows(cut), HasSubstr(file.string() + "': it was changed"));
  std::filesystem::resize_file(file, bytes);
  EXPECT_THAT(refusal({set}, "train"), HasSubstr("SHA-256"));
}

TEST(LoadFaces, ReadsMorePacksThanFilesMayBeOpen) {
  const TempDir folder;
  const FramePack pack = tiny_pack("train", "a", 10, 10, 16, 68);
  const FrameSet set = write_set(folder.path(), {pack}, 2 * bytes_per_frame(pack.layout));
  ASSERT_EQ(set.packs.size(), 50U);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit few = {40, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const FaceSet faces = load({set}, "train");
  const FaceBatch ends = gather(faces, {0, 99});
  std::filesystem::remove(set.folder / set.packs.back().file);
  const std::string gone = refusal_of(ErrorKind::kInput, [&] { (void)gather(faces, {99}); });
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_TRUE(at::equal(ends.images, gather(in_memory(faces, pack), {0, 99}).images));
  EXPECT_THAT(gone, HasSubstr(set.packs.back().file + "': No such file"));
}

class LoadFacesAgain : public ::testing::Test {
 protected:
  LoadFacesAgain() : set_(write_set(folder_ / "set", {pack_of("train", "a")})) {
    (void)load_next();
  }

  /// As the next slice of a training does.
  FaceSet load_next() {
    CheckedPacks checked(folder_ / "checked.json");
    return load_faces({set_}, "train", checked);
  }

  [[nodiscard]] std::string refusal_of_next() {
    return refusal_of(ErrorKind::kInput, [&] { (void)load_next(); });
  }

  [[nodiscard]] std::filesystem::path pack() const { return set_.folder / set_.packs.front().file; }

  /// One byte of the pixels another one: the file keeps its size. The kernel's clock ticks before.
  void damage() const {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto at = static_cast<std::streamoff>(std::filesystem::file_size(pack()) / 2);
    std::fstream file(pack(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
  }

  const TempDir folder_;
  FrameSet set_;
};

TEST_F(LoadFacesAgain, GivesTheSameOfAPackThatIsNotReadAgain) {
  const FaceSet first = load({set_}, "train");
  const FaceSet next = load_next();
  EXPECT_TRUE(at::equal(next.landmarks, first.landmarks));
  EXPECT_EQ(next.sequence, first.sequence);
  for (std::int64_t row = 0; row < first.size(); ++row) {
    for (const int cls : {0, 1, 2}) {
      EXPECT_EQ(next.crops->shows(row, cls), first.crops->shows(row, cls));
    }
  }
  EXPECT_TRUE(at::equal(next.crops->read({5, 0}).images, first.crops->read({5, 0}).images));
}

TEST_F(LoadFacesAgain, ReadsNoPixelOfAPackThatWasChecked) {
  const auto before = std::filesystem::last_write_time(pack());
  CheckedPacks checked(folder_ / "checked.json");
  damage();
  std::filesystem::last_write_time(pack(), before);

  struct stat now {};

  ASSERT_EQ(::stat(pack().c_str(), &now), 0);
  // Who notes the damaged file as checked finds out here that nobody looks again.
  const auto nanoseconds = [](const timespec& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; };
  checked.add(set_.packs.front().sha256,
              {now.st_size, static_cast<std::int64_t>(now.st_ino), nanoseconds(now.st_mtim),
               nanoseconds(now.st_ctim)},
              std::vector<std::uint8_t>(6, 7));
  EXPECT_EQ(load_faces({set_}, "train", checked).size(), 6);
}

TEST_F(LoadFacesAgain, RefusesAPackWhoseBytesChanged) {
  const auto before = std::filesystem::last_write_time(pack());
  damage();
  EXPECT_THAT(refusal_of_next(), AllOf(HasSubstr(set_.packs.front().file), HasSubstr("SHA-256")));
  std::filesystem::last_write_time(pack(), before);
  EXPECT_THAT(refusal_of_next(), HasSubstr("SHA-256")) << "a time that was set back helps nobody";
}

TEST_F(LoadFacesAgain, ChecksACopyOfAPackAgain) {
  std::filesystem::copy_file(pack(), folder_ / "copy");
  std::filesystem::rename(folder_ / "copy", pack());
  EXPECT_EQ(load_next().size(), 6);
  damage();
  EXPECT_THAT(refusal_of_next(), HasSubstr("SHA-256"));
}

TEST_F(LoadFacesAgain, ChecksAllAgainWhereWhatItNotedIsDamaged) {
  std::string noted = read_file(folder_ / "checked.json");
  noted.replace(noted.find("\"inode\":") + 8, 1, "1");
  std::ofstream(folder_ / "checked.json") << noted;
  EXPECT_EQ(load_next().size(), 6);
  std::ofstream(folder_ / "checked.json") << "{";
  EXPECT_EQ(load_next().size(), 6);
  EXPECT_NE(read_file(folder_ / "checked.json"), "{");
}

TEST_F(LoadFacesAgain, ComparesWithTheIndexAllTheSame) {
  set_.packs.front().subjects = {"tiny/other"};
  EXPECT_THAT(refusal_of_next(), HasSubstr("something else than the index says"));
}

TEST(LoadFaces, StopsBetweenPacksAndKeepsWhatItChecked) {
  const TempDir folder;
  const FramePack pack = tiny_pack("train", "a", 4, 10, 16, 68);
  const FrameSet set = write_set(folder / "set", {pack}, 2 * bytes_per_frame(pack.layout));
  ASSERT_EQ(set.packs.size(), 20U);
  const std::string stopped = refusal_of(ErrorKind::kCancelled, [&] {
    CheckedPacks checked(folder / "checked.json");
    (void)load_faces({set}, "train", checked, [] { return true; });
  });
  EXPECT_THAT(stopped, HasSubstr("stopped after 16 of 20 packs were checked"));
  const std::string noted = read_file(folder / "checked.json");
  EXPECT_THAT(noted, HasSubstr(set.packs[15].sha256.hex()));
  EXPECT_THAT(noted, Not(HasSubstr(set.packs[16].sha256.hex())));
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
