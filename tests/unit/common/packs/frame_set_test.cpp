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

using testing::AllOf;
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

TEST(FrameSet, RefusesAnIndexThatFreesItsPacks) {
  const TempDir folder;
  FramePack bound = tiny_pack("train", "a");
  bound.terms = {{"bound", "research only", "consented", false}};
  FrameSetWriter writer(folder.path(), bound.layout);
  writer.add(bound);
  (void)writer.finish("by hand");
  replace_in_index(folder.path(), "research only", "CC0-1.0");
  const FrameSet set = open_frame_set(folder.path());
  EXPECT_THAT(refusal([&] { (void)read_pack(set, set.packs[0]); }),
              AllOf(HasSubstr("its terms leave out"), HasSubstr("research only")));
}

TEST(FrameSet, RefusesAPackThatIsListedTwice) {
  const TempDir folder;
  FrameSetWriter writer(folder.path(), tiny_pack("train", "a").layout);
  writer.add(tiny_pack("train", "a"));
  (void)writer.finish("by hand");
  std::string text = read_file(folder / "set.json");
  const std::size_t first = text.find('{', text.find("\"packs\"")), end = text.find(']', first);
  const std::size_t last = text.rfind('}', text.find("]", text.find("\"subjects\"")) + 20);
  ASSERT_NE(end, std::string::npos);
  const std::string entry = text.substr(first, last - first + 1);
  std::ofstream(folder / "set.json") << text.insert(first, entry + ",");
  EXPECT_THAT(refusal([&] { (void)open_frame_set(folder.path()); }), HasSubstr("twice"));
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
  std::filesystem::create_directory(folder / "unfinished-experiments");
  (void)write_set(folder.path());
  for (const std::string& name : others) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "fedcba9876543210.pack.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "unfinished-experiments"));
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

/// Six sequences of five frames, in turn of train and val, for packs of eight frames.
class UnfinishedFrameSet : public testing::Test {
 protected:
  static constexpr int kSequences = 6;

  static FramePack sequence(int i) {
    return tiny_pack(i % 2 == 0 ? "train" : "val", std::string(1, static_cast<char>('a' + i)), 1,
                     5);
  }

  static FrameSetWriter writer(const std::filesystem::path& folder) {
    const PackLayout layout = sequence(0).layout;
    return {folder, layout, 8 * bytes_per_frame(layout)};
  }

  static void add(FrameSetWriter& writer, int first, int last) {
    for (int i = first; i < last; ++i) {
      writer.add(sequence(i));
    }
  }

  static FrameSet unbroken(const std::filesystem::path& folder) {
    FrameSetWriter all = writer(folder);
    add(all, 0, kSequences);
    return all.finish("by hand");
  }

  /// Files of a folder but lock files, which stay.
  static std::vector<std::filesystem::path> files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (file.is_regular_file() && file.path().extension() != ".lock") {
        found.push_back(file.path());
      }
    }
    return found;
  }

  TempDir folder_;
  Digest inputs_ = sha256("these");
  Digest others_ = sha256("others");
};

TEST_F(UnfinishedFrameSet, IsGoneOnWithToTheSameSet) {
  const Digest whole = unbroken(folder_ / "whole").sha256;
  for (int k = 0; k <= kSequences; ++k) {
    const std::filesystem::path folder = folder_ / std::to_string(k);
    {
      FrameSetWriter first = writer(folder);
      add(first, 0, k);
      first.save(inputs_, "after " + std::to_string(k));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "set.json"));
    FrameSetWriter second = writer(folder);
    EXPECT_EQ(second.go_on(inputs_), "after " + std::to_string(k));
    add(second, k, kSequences);
    const FrameSet set = second.finish("by hand");
    EXPECT_EQ(set.sha256, whole) << k;
    EXPECT_EQ(files(folder).size(), set.packs.size() + 1) << "nothing unfinished is left";
  }
}

TEST_F(UnfinishedFrameSet, AnEarlierSetStaysWholeAndSavesDoNotPileUp) {
  const FrameSet earlier = [&] {
    FrameSetWriter old = writer(folder_.path());
    add(old, 0, 2);  // its packs are what a save has open
    return old.finish("by hand");
  }();
  FrameSetWriter next = writer(folder_.path());
  for (int i = 0; i < kSequences; ++i) {
    add(next, i, i + 1);
    next.save(inputs_, "");
    for (const FrameSetEntry& entry : open_frame_set(folder_.path()).packs) {
      EXPECT_EQ(read_pack(earlier, entry).frame_count(), entry.frames);
    }
  }
  const std::filesystem::path unfinished = folder_ / ("unfinished-" + inputs_.hex().substr(0, 16));
  EXPECT_EQ(files(unfinished).size(), 3U) << "the state and an open pack of each part";
}

TEST_F(UnfinishedFrameSet, OtherInputsBeginAnewAndLeaveIt) {
  {
    FrameSetWriter first = writer(folder_.path());
    add(first, 0, 3);
    first.save(inputs_, "first");
  }
  {
    FrameSetWriter other = writer(folder_.path());
    testing::internal::CaptureStderr();
    EXPECT_EQ(other.go_on(others_), std::nullopt);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr("frame_set_begins_anew"), HasSubstr("other inputs")));
    add(other, 3, 4);
    other.save(others_, "other");
  }
  FrameSetWriter third = writer(folder_.path());
  EXPECT_EQ(third.go_on(inputs_), "first");
}

TEST_F(UnfinishedFrameSet, IsNotGoneOnWithWhereAFileIsDamagedOrMissing) {
  const Digest whole = unbroken(folder_ / "whole").sha256;
  const auto saved = [&](const std::filesystem::path& folder) {
    FrameSetWriter first = writer(folder);
    add(first, 0, 5);
    first.save(inputs_, "progress");
    return files(folder);
  };
  const std::size_t n_files = saved(folder_ / "count").size();
  ASSERT_EQ(n_files, 5U) << "two full packs, two open ones, the state";
  for (std::size_t i = 0; i < 2 * n_files; ++i) {
    const std::filesystem::path folder = folder_ / std::to_string(i);
    const std::filesystem::path file = saved(folder).at(i / 2);
    std::string bytes = read_file(file);
    std::filesystem::remove(file);
    if (i % 2 == 0) {
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
      write_file_atomically(file, bytes);
    }
    FrameSetWriter second = writer(folder);
    testing::internal::CaptureStderr();
    EXPECT_EQ(second.go_on(inputs_), std::nullopt) << file;
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("frame_set_begins_anew"));
    add(second, 0, kSequences);
    EXPECT_EQ(second.finish("by hand").sha256, whole) << file;
  }
}

TEST_F(UnfinishedFrameSet, ASecondWriterDoesNotGoOnAtTheSameTime) {
  FrameSetWriter first = writer(folder_.path());
  first.save(inputs_, "");
  FrameSetWriter second = writer(folder_.path());
  EXPECT_THAT(refusal_of(ErrorKind::kResource, [&] { (void)second.go_on(inputs_); }),
              HasSubstr("locked by another writer"));
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
