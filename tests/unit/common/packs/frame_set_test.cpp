#include "common/packs/frame_set.h"

#include <array>
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_pack.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename Work>
std::string refusal(const Work& work) {
  return refusal_of(ErrorKind::kInput, work);
}

FrameSet write_set(const std::filesystem::path& folder, std::int64_t max_pack_bytes = 40'000'000) {
  const FramePack train = tiny_pack("train", "a", 3, 5);
  FrameSetWriter writer(folder, train.layout, max_pack_bytes);
  writer.add(train);
  writer.add(tiny_pack("val", "b", 1, 5));
  return writer.finish("by hand");
}

void replace_in_index(const std::filesystem::path& folder, const std::string& from,
                      const std::string& to) {
  std::string text = read_file(folder / "set.json");
  ASSERT_NE(text.find(from), std::string::npos);
  std::ofstream(folder / "set.json") << text.replace(text.find(from), from.size(), to);
}

TEST(FrameSet, OpensWhatWasWritten) {
  const TempDir folder;
  const FrameSet written = write_set(folder.path());
  const FrameSet set = open_frame_set(folder.path());
  EXPECT_EQ(set.sha256, written.sha256);
  EXPECT_EQ(set.split, "by hand");
  ASSERT_EQ(set.packs.size(), 2U);
  EXPECT_EQ(set.packs[0].part, "train");
  EXPECT_EQ(set.packs[0].frames, 15);
  EXPECT_THAT(set.packs[0].subjects, ElementsAre("tiny/a0", "tiny/a1", "tiny/a2"));
  EXPECT_EQ(read_pack(set, set.packs[0]).pixels, tiny_pack("train", "a", 3, 5).pixels);
}

TEST(FrameSet, ASequenceThatDoesNotFitGoesOnInTheNextPack) {
  const TempDir folder;
  const FramePack all = tiny_pack("train", "a", 3, 5);
  (void)write_set(folder.path(), 4 * bytes_per_frame(all.layout));
  const FrameSet set = open_frame_set(folder.path());
  std::string pixels;
  std::vector<float> landmarks;
  for (const FrameSetEntry& entry : set.packs) {
    EXPECT_LE(entry.frames, 4);
    if (entry.part == "train") {
      const FramePack pack = read_pack(set, entry);
      pixels += pack.pixels;
      landmarks.insert(landmarks.end(), pack.landmarks.begin(), pack.landmarks.end());
    }
  }
  EXPECT_EQ(pixels, all.pixels);
  EXPECT_EQ(landmarks, all.landmarks);
}

TEST(FrameSet, OnePackIsASetOfOne) {
  const TempDir folder;
  const Digest digest = write_frame_pack(folder.path(), tiny_pack("test", "c"));
  const FrameSet set = open_frame_set(folder / frame_pack_name(digest));
  ASSERT_EQ(set.packs.size(), 1U);
  EXPECT_EQ(set.packs[0].part, "test");
  EXPECT_EQ(read_pack(set, set.packs[0]).frame_count(), 6);
}

TEST(FrameSet, RefusesAPersonInTwoParts) {
  const TempDir folder;
  FrameSetWriter writer(folder.path(), tiny_pack("train", "a").layout);
  writer.add(tiny_pack("train", "a"));
  writer.add(tiny_pack("test", "a"));
  EXPECT_THAT(refusal([&] { (void)writer.finish("by hand"); }),
              HasSubstr("'tiny/a0' is in the parts test and train"));
  EXPECT_FALSE(std::filesystem::exists(folder / "set.json"));
}

TEST(FrameSet, RefusesAnExchangedPack) {
  const TempDir folder;
  const FrameSet set = write_set(folder.path());
  const std::string other = read_file(folder / set.packs[1].file);
  write_file_atomically(folder / set.packs[0].file, other);
  EXPECT_THAT(refusal([&] { (void)read_pack(set, set.packs[0]); }), HasSubstr("SHA-256"));
  std::filesystem::remove(folder / set.packs[0].file);
  EXPECT_THAT(refusal([&] { (void)read_pack(set, set.packs[0]); }), HasSubstr(set.packs[0].file));
}

TEST(FrameSet, RefusesAnIndexThatSaysSomethingElse) {
  const TempDir folder;
  (void)write_set(folder.path());
  replace_in_index(folder.path(), "tiny/a2", "tiny/a9");
  const FrameSet set = open_frame_set(folder.path());
  EXPECT_THAT(refusal([&] { (void)read_pack(set, set.packs[0]); }),
              HasSubstr("something else than the index"));
}

TEST(FrameSet, RefusesMalformedIndices) {
  const TempDir folder;
  (void)write_set(folder.path());
  const std::string good = read_file(folder / "set.json");
  const auto opened_after = [&](const std::string& from, const std::string& to) {
    std::ofstream(folder / "set.json") << good;
    replace_in_index(folder.path(), from, to);
    return refusal([&] { (void)open_frame_set(folder.path()); });
  };
  EXPECT_THAT(opened_after("{", "["), HasSubstr("parse error"));
  EXPECT_THAT(opened_after("\"version\": 1", "\"version\": 2"), HasSubstr("format or version"));
  EXPECT_THAT(opened_after("\"file\": \"", "\"file\": \"../"), HasSubstr("plain file name"));
  EXPECT_THAT(opened_after("\"sha256\": \"", "\"sha256\": \"z"), HasSubstr("64 hex digits"));
  EXPECT_THAT(opened_after("\"frames\": 15", "\"frames\": -1"), HasSubstr("'frames'"));
  EXPECT_THAT(opened_after("\"split\"", "\"slit\""), HasSubstr("no 'split'"));
  EXPECT_THAT(opened_after("\"tiny/b0\"", "\"tiny/a0\""), HasSubstr("in the parts"));
}

TEST(FrameSet, ANewSetTakesThePlaceOfTheOldOne) {
  const TempDir folder;
  const FrameSet old = write_set(folder.path());
  const FramePack train = tiny_pack("train", "new");
  FrameSetWriter writer(folder.path(), train.layout);
  writer.add(train);
  const FrameSet set = writer.finish("by hand");
  EXPECT_TRUE(std::filesystem::exists(folder / set.packs[0].file));
  for (const FrameSetEntry& entry : old.packs) {
    EXPECT_FALSE(std::filesystem::exists(folder / entry.file)) << entry.file;
  }
}

TEST(FrameSet, FilesOfOtherNamesStay) {
  const TempDir folder;
  const std::vector<std::string> others = {
      "0123456789abcdef.safetensors",           "0123456789ABCDEF.pack.safetensors",
      "0123456789abcde.pack.safetensors",       "0123456789abcdef0.pack.safetensors",
      "0123456789abcdef.pack.safetensors.part", "notes.txt"};
  for (const std::string& name : others) {
    write_file_atomically(folder / name, "mine");
  }
  std::filesystem::create_directory(folder / "fedcba9876543210.pack.safetensors");
  (void)write_set(folder.path());
  for (const std::string& name : others) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "fedcba9876543210.pack.safetensors"));
}

TEST(FrameSet, TheOldSetStaysWholeUntilTheNewOneIsFinished) {
  const TempDir folder;
  const FrameSet old = write_set(folder.path());
  {
    const FramePack train = tiny_pack("train", "new", 3, 5);
    FrameSetWriter writer(folder.path(), train.layout, 4 * bytes_per_frame(train.layout));
    writer.add(train);  // flushes packs, and then it is given up
  }
  const FrameSet set = open_frame_set(folder.path());
  EXPECT_EQ(set.sha256, old.sha256);
  for (const FrameSetEntry& entry : set.packs) {
    EXPECT_EQ(read_pack(set, entry).frame_count(), entry.frames);
  }
  const auto packs_here = [&] {
    const auto files = std::distance(std::filesystem::directory_iterator(folder.path()), {});
    return files - 2;  // set.json and its lock file
  };
  EXPECT_GT(packs_here(), 2);
  (void)write_set(folder.path());
  EXPECT_EQ(packs_here(), 2) << "those of the given-up one, too";
}

TEST(FrameSet, AMissingFolderIsNamed) {
  EXPECT_THAT(refusal([] { (void)open_frame_set("/nowhere/packs"); }), HasSubstr("/nowhere/packs"));
}

TEST(FrameSet, AFullDiskIsAResourceError) {
  FrameSetWriter writer("/dev/full/packs", tiny_pack("train", "a").layout);
  (void)refusal_of(ErrorKind::kResource, [&] { writer.add(tiny_pack("train", "a")); });
}

TEST(FrameSet, ASecondWriterOfTheFolderIsRefused) {
  const TempDir folder;
  const FramePack train = tiny_pack("train", "a");
  {
    FrameSetWriter first(folder.path(), train.layout);
    first.add(train);
    EXPECT_THAT(refusal_of(ErrorKind::kResource, [&] { (void)write_set(folder.path()); }),
                HasSubstr("set.json' is locked by another writer (process " +
                          std::to_string(::getpid()) + ")"));
    (void)write_set(folder / "other");
    EXPECT_EQ(first.finish("by hand").packs.size(), 1U);
  }
  EXPECT_EQ(write_set(folder.path()).packs.size(), 2U) << "the first one has ended";
}

TEST(FrameSet, AWriterThatOnlyLooksLeavesNothing) {
  const TempDir folder;
  const FrameSetWriter idle(folder / "packs", tiny_pack("train", "a").layout);
  EXPECT_FALSE(std::filesystem::exists(folder / "packs")) << "a dry run has a writer, too";
}

TEST(FrameSet, AKilledWriterLeavesTheFolderFree) {
  const TempDir folder;
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FramePack train = tiny_pack("train", "a");
    FrameSetWriter writer(folder.path(), train.layout);
    writer.add(train);
    [[maybe_unused]] const ssize_t written = ::write(ready[1], "r", 1);
    ::pause();
    ::_exit(0);
  }
  ::close(ready[1]);  // so that a child that ends early ends the read
  char letter = 0;
  ASSERT_EQ(::read(ready[0], &letter, 1), 1);
  EXPECT_THAT(refusal_of(ErrorKind::kResource, [&] { (void)write_set(folder.path()); }),
              HasSubstr("(process " + std::to_string(child) + ")"));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  EXPECT_EQ(write_set(folder.path()).packs.size(), 2U);
}

}  // namespace
}  // namespace changeling
