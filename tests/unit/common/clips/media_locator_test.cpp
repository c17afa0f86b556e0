#include "common/clips/media_locator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/frame_sequence.h"
#include "common/base/atomic_file.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class MediaLocatorFiles : public testing::Test {
 protected:
  MediaLocatorFiles() : medium_(corpora_.media_by_id(catalog_.media()[0])) {
    roots_.set("tiny", folder_.path());
    write_file_atomically(file(), "content");
    medium_.sha256 = sha256("content");
  }

  std::filesystem::path file() const { return folder_ / medium_.rel_path; }

  /// The message of the Error(kInput) that the medium earns.
  std::string refusal() const {
    return refusal_of(ErrorKind::kInput,
                      [&] { (void)MediaLocator(corpora_, roots_).checked_path(medium_); });
  }

  TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 1};
  CorpusStore corpora_{catalog_.database()};
  CorpusRoots roots_{folder_ / "catalog.db"};
  MediaRow medium_;
};

TEST_F(MediaLocatorFiles, FindsTheProbedFile) {
  EXPECT_EQ(MediaLocator(corpora_, roots_).checked_path(medium_), file());
}

TEST_F(MediaLocatorFiles, RefusesAChangedFile) {
  write_file_atomically(file(), "other");
  EXPECT_THAT(refusal(), HasSubstr("changed since it was probed"));
}

TEST_F(MediaLocatorFiles, RefusesAMissingFile) {
  std::filesystem::remove(file());
  EXPECT_THAT(refusal(), HasSubstr(medium_.rel_path));
}

TEST_F(MediaLocatorFiles, RefusesWhatWasNotProbed) {
  medium_.sha256.reset();
  EXPECT_THAT(refusal(), HasSubstr("changeling corpus probe"));
}

TEST_F(MediaLocatorFiles, FindsTheFramesOfASequence) {
  MediaRow sequence;
  sequence.corpus_id = medium_.corpus_id;
  sequence.kind = std::string(kFrameSequence);
  sequence.rel_path = frame_sequence_path("frames/1.png", "s");
  sequence.id = corpora_.add_media(sequence);
  SightingRow seen;
  seen.media_id = sequence.id;
  seen.subject_id = catalog_.subjects()[0];
  seen.ext_sighting_id = frame_sighting_id("s", "frames/1.png");
  corpora_.add_sighting(seen);
  write_file_atomically(folder_ / "frames/1.png", "picture");
  sequence.sha256 = digest_of(folder_.path(), {{0, "frames/1.png"}}).sha256;
  const MediaLocator locator(corpora_, roots_);
  EXPECT_THAT(locator.checked_frames(sequence),
              testing::ElementsAre(testing::Pair(0, folder_ / "frames/1.png")));
  write_file_atomically(folder_ / "frames/1.png", "another");
  EXPECT_EQ(kind_thrown_by([&] { (void)locator.checked_frames(sequence); }), ErrorKind::kInput);
}

TEST_F(MediaLocatorFiles, GivesTheReasonOfAFailedProbe) {
  medium_.probe_error = "no video stream";
  EXPECT_THAT(refusal(), HasSubstr("no video stream"));
}

}  // namespace
}  // namespace changeling
