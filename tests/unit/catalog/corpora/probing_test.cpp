#include "catalog/corpora/probing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/corpora/folder.h"
#include "catalog/corpora/ijbc.h"
#include "catalog/corpora/outside_fakes.h"
#include "catalog/corpora/registration.h"
#include "catalog/store/connection.h"
#include "catalog/store/frame_sequence.h"
#include "tests/support/folder_fixture.h"
#include "tests/support/ijbc_fixture.h"
#include "tests/support/labeled_clip.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pair;

class Probing : public ::testing::Test {
 protected:
  CorpusId add(const Corpus& adapter) {
    return register_corpus(database_, roots_, adapter, "c", "1", root()).corpus.id;
  }

  CorpusId add_files(const std::vector<std::string>& names) {
    std::string csv = std::string(kFolderHeader) + "\n";
    for (const std::string& name : names) {
      csv += name + ",p,MIT,licensed,1\n";
    }
    write_bytes(root() / "subjects.csv", csv);
    return add(FolderCorpus());
  }

  MediaRow medium(CorpusId corpus, const std::string& rel_path) {
    for (const MediaRow& row : store_.media(corpus)) {
      if (row.rel_path == rel_path) {
        return row;
      }
    }
    ADD_FAILURE() << "no medium " << rel_path;
    return {};
  }

  [[nodiscard]] std::filesystem::path root() const { return dir_ / "corpus"; }

  TempDir dir_;
  Database database_ = Database::create(dir_ / "catalog.db");
  CorpusRoots roots_{database_.path()};
  CorpusStore store_{database_};
};

TEST_F(Probing, RecordsWhatAClipIs) {
  std::filesystem::create_directories(root());
  ClipSpec clip;
  clip.n_frames = 12;
  write_clip(root() / "a.mp4", clip);
  const CorpusId corpus = add_files({"a.mp4"});
  const ProbeSummary summary = probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(summary.probed, 1);
  const MediaRow row = medium(corpus, "a.mp4");
  EXPECT_EQ(row.n_frames, 12);
  EXPECT_EQ(row.width_px, clip.width_px);
  EXPECT_EQ(row.codec, "h264");
  EXPECT_EQ(row.fps_num, 25);
  EXPECT_EQ(row.duration_us, 480000);
  EXPECT_EQ(row.is_vfr, false);
  EXPECT_EQ(row.sha256, sha256_file(root() / "a.mp4"));
  EXPECT_FALSE(row.probe_error);
}

TEST_F(Probing, TurnsBrokenFilesIntoRowsAndGoesOn) {
  std::filesystem::create_directories(root());
  write_clip(root() / "good.mp4", {});
  write_truncated(root() / "good.mp4", root() / "cut.mp4", 0.3);
  write_audio_only(root() / "sound.mp4", 0.5);
  write_bytes(root() / "empty.mp4", "");
  write_bytes(root() / "text.mp4", "these are words, not pictures");
  write_bytes(root() / "gone.mp4", "x");
  const CorpusId corpus =
      add_files({"cut.mp4", "empty.mp4", "gone.mp4", "good.mp4", "sound.mp4", "text.mp4"});
  std::filesystem::remove(root() / "gone.mp4");
  const ProbeSummary summary = probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(summary.probed, 1);
  EXPECT_EQ(summary.broken, 5);
  EXPECT_EQ(summary.errors.size(), 5U);
  for (const char* name : {"cut.mp4", "empty.mp4", "gone.mp4", "sound.mp4", "text.mp4"}) {
    const MediaRow row = medium(corpus, name);
    ASSERT_TRUE(row.probe_error) << name;
    EXPECT_FALSE(row.sha256) << name;
    EXPECT_THAT(*row.probe_error, Not(HasSubstr(dir_.path().string())));
  }
  EXPECT_EQ(medium(corpus, "gone.mp4").probe_error, "the file is missing");
}

TEST_F(Probing, AFileThatWasCutOffIsBrokenEvenWithItsHeadInFront) {
  std::filesystem::create_directories(root());
  ClipSpec clip;
  for (const auto& [name, flags] :
       {std::pair("head.mp4", "+faststart"), std::pair("parts.mp4", "+frag_keyframe+empty_moov")}) {
    clip.encoder_options = {"-crf", "10", "-g", "6", "-movflags", flags};
    write_clip(root() / name, clip);
    std::filesystem::copy_file(root() / name, root() / (std::string("cut_") + name));
    std::filesystem::resize_file(root() / (std::string("cut_") + name),
                                 std::filesystem::file_size(root() / name) * 7 / 10);
  }
  const CorpusId corpus = add_files({"head.mp4", "parts.mp4", "cut_head.mp4", "cut_parts.mp4"});
  const ProbeSummary summary = probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(summary.probed, 2);
  EXPECT_EQ(summary.broken, 2);
  for (const char* name : {"cut_head.mp4", "cut_parts.mp4"}) {
    EXPECT_THAT(medium(corpus, name).probe_error, Optional(HasSubstr("is cut off"))) << name;
  }
}

/// What a job of the catalog left, and files of a corpus that are the same.
TEST(ProbingOwnFiles, LeavesThemOutByReason) {
  const TempDir dir;
  SmallCatalog catalog(dir.path());
  const std::filesystem::path root = dir / "corpus";
  std::filesystem::create_directories(root);
  std::string csv = std::string(kFolderHeader) + "\n";
  ClipSpec clip;
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) {
    clip.n_frames += 1;
    write_clip(root / name, clip);
    csv += std::string(name) + ",p,MIT,licensed,1\n";
  }
  write_bytes(root / "subjects.csv", csv);
  (void)catalog.start_run();
  const std::string run_id = catalog.runs.runs().back().run_id;
  FakeRow fake = SmallCatalog::fake_row("x");
  fake.artifacts[0].sha256 = fake.blobs[0].sha256 = sha256_file(root / "a.mp4");
  fake.artifacts[1].stream_sha256 = video_stream_sha256(root / "b.mp4");
  ASSERT_TRUE(catalog.runs.record_done(*catalog.runs.claim(run_id, "w", 1'000'000, 3), fake));
  CorpusRoots roots(catalog.database.path());
  const CorpusId corpus =
      register_corpus(catalog.database, roots, FolderCorpus(), "clips", "1", root).corpus.id;
  const ProbeSummary summary = probe_corpus(catalog.corpora, corpus, root, {});
  EXPECT_EQ(summary.probed, 1);
  EXPECT_EQ(summary.made_here, 2);
  EXPECT_EQ(summary.broken, 0);
  EXPECT_THAT(summary.errors, ElementsAre(Pair("a.mp4", "is a fake of this catalog"),
                                          Pair("b.mp4", "is a control of this catalog")));
  const std::vector<MediaRow> media = catalog.corpora.media(corpus);
  EXPECT_EQ(media.at(0).probe_error, "is a fake of this catalog");
  EXPECT_FALSE(media.at(2).probe_error);
  const ProbeSummary again = probe_corpus(catalog.corpora, corpus, root, {});
  EXPECT_EQ(again.known, 3);
  EXPECT_EQ(again.broken_known, 2);
}

TEST_F(Probing, FootageThatSaysItIsAFakeIsLeftOut) {
  std::filesystem::create_directories(root());
  write_labeled_clip(root() / "fake.mp4", {draw_frame({}, 0)}, Provenance(Label::kFake));
  write_labeled_clip(root() / "real.mp4", {draw_frame({}, 0)}, Provenance(Label::kReal));
  const CorpusId corpus = add_files({"fake.mp4", "real.mp4"});
  const ProbeSummary summary = probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(summary.probed, 1);
  EXPECT_EQ(summary.no_footage, 1);
  EXPECT_EQ(summary.broken, 0);
  EXPECT_THAT(medium(corpus, "fake.mp4").probe_error,
              Optional(AllOf(HasSubstr("is no footage"), HasSubstr("'fake'"))));
  EXPECT_FALSE(medium(corpus, "real.mp4").probe_error);
}

TEST_F(Probing, ALabelledFakeIsWelcomeWhereFakesAreRegistered) {
  std::filesystem::create_directories(root());
  write_labeled_clip(root() / "fake.mp4", {draw_frame({}, 0)}, Provenance(Label::kFake));
  write_bytes(root() / "fakes.csv",
              "path,method,source_type,licence,consent_basis,redistributable\n"
              "fake.mp4,other,compositeCapture,MIT,synthetic,1\n");
  const CorpusId corpus = add(OutsideFakesCorpus());
  EXPECT_EQ(probe_corpus(store_, corpus, root(), {}).probed, 1);
}

TEST_F(Probing, ReadsOneFrame) {
  std::filesystem::create_directories(root());
  ClipSpec clip;
  clip.n_frames = 1;
  write_clip(root() / "one.mp4", clip);
  const CorpusId corpus = add_files({"one.mp4"});
  probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(medium(corpus, "one.mp4").n_frames, 1);
}

TEST_F(Probing, ProbesNothingTwiceUnlessAskedTo) {
  std::filesystem::create_directories(root());
  write_clip(root() / "a.mp4", {});
  write_bytes(root() / "b.mp4", "");
  const CorpusId corpus = add_files({"a.mp4", "b.mp4"});
  probe_corpus(store_, corpus, root(), {});
  const ProbeSummary again = probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(again.probed + again.broken, 0);
  EXPECT_EQ(again.known, 2);
  EXPECT_EQ(again.broken_known, 1);
  std::filesystem::copy_file(root() / "a.mp4", root() / "b.mp4",
                             std::filesystem::copy_options::overwrite_existing);
  ProbeOptions retry;
  retry.retry_broken = true;
  const ProbeSummary repaired = probe_corpus(store_, corpus, root(), retry);
  EXPECT_EQ(repaired.probed, 1);
  EXPECT_FALSE(medium(corpus, "b.mp4").probe_error);
}

TEST_F(Probing, RefusesAFileThatBecameALinkToOutside) {
  write_bytes(root() / "a.mp4", "x");
  const CorpusId corpus = add_files({"a.mp4"});
  write_clip(dir_ / "outside.mp4", {});
  std::filesystem::remove(root() / "a.mp4");
  std::filesystem::create_symlink(dir_ / "outside.mp4", root() / "a.mp4");
  probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(medium(corpus, "a.mp4").probe_error, "the file leads out of the corpus folder");
}

TEST_F(Probing, StopsBetweenFilesAndGoesOnLater) {
  std::filesystem::create_directories(root());
  write_clip(root() / "a.mp4", {});
  std::filesystem::copy_file(root() / "a.mp4", root() / "b.mp4");
  const CorpusId corpus = add_files({"a.mp4", "b.mp4"});
  ProbeOptions options;
  int n_seen = 0;
  std::int64_t total = 0;
  options.on_begin = [&total](std::int64_t n) { total = n; };
  options.on_medium_end = [&n_seen] { ++n_seen; };
  options.stop_requested = [&n_seen] { return n_seen == 1; };
  const ProbeSummary stopped = probe_corpus(store_, corpus, root(), options);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(total, 2);
  EXPECT_EQ(stopped.probed, 1);
  EXPECT_EQ(stopped.open, 1);
  EXPECT_EQ(probe_corpus(store_, corpus, root(), {}).probed, 1);
}

TEST_F(Probing, ProbesStillsVideosAndSequencesOfIjbc) {
  IjbcFixtureSpec spec;
  spec.has_full_motion = true;
  write_ijbc_fixture(root(), spec);
  const CorpusId corpus = add(IjbcCorpus());
  const ProbeSummary summary = probe_corpus(store_, corpus, root(), {});
  EXPECT_EQ(summary.probed, 6);
  EXPECT_EQ(summary.broken, 0);
  EXPECT_EQ(medium(corpus, "IJB/IJB-C/images/img/1.JPG").n_frames, 1);
  EXPECT_EQ(medium(corpus, "IJB/IJB-C/full_motion/500.MP4").n_frames, 24);
  EXPECT_EQ(probe_corpus(store_, corpus, root(), {}).known, 6);
}

/// Frames 9, 10, 11 of person 1; 11 and 12 of person 2.
class ProbingFrames : public Probing {
 protected:
  void SetUp() override {
    write_ijbc_fixture(root());
    corpus_ = add(IjbcCorpus());
  }

  MediaRow probed(const std::string& sighting) {
    probe_corpus(store_, corpus_, root(), {});
    return medium(corpus_, frame_sequence_path(kFrames + "9.png", sighting));
  }

  const std::string kFrames = "IJB/IJB-C/images/frames/";
  CorpusId corpus_;
};

TEST_F(ProbingFrames, PinsTheirBytes) {
  const MediaRow sequence = probed("100");
  EXPECT_EQ(sequence.n_frames, 3);
  EXPECT_EQ(sequence.width_px, ClipSpec().width_px);
  EXPECT_EQ(sequence.height_px, ClipSpec().height_px);
  ASSERT_TRUE(sequence.sha256);
  EXPECT_EQ(
      *sequence.sha256,
      digest_of(root(), {{0, kFrames + "9.png"}, {1, kFrames + "10.png"}, {2, kFrames + "11.PNG"}})
          .sha256);
}

TEST_F(ProbingFrames, NameTheBrokenOne) {
  write_bytes(root() / kFrames / "10.png", "no picture");
  const MediaRow sequence = probed("100");
  EXPECT_FALSE(sequence.sha256);
  ASSERT_TRUE(sequence.probe_error);
  EXPECT_THAT(*sequence.probe_error,
              AllOf(HasSubstr(kFrames + "10.png"), Not(HasSubstr(dir_.path().string()))));
  EXPECT_TRUE(probed("200").sha256) << "the other sequence is whole";
}

TEST_F(ProbingFrames, AreBrokenWhereNoSightingNamesThem) {
  database_.connection().exec("DELETE FROM sighting");
  const MediaRow sequence = probed("100");
  EXPECT_FALSE(sequence.sha256);
  EXPECT_THAT(sequence.probe_error, Optional(HasSubstr("no sighting names its frames")));
}

TEST_F(ProbingFrames, AreBrokenWhereTheirPlacesAreUnclear) {
  database_.connection().exec("UPDATE sighting SET frame=0 WHERE ext_sighting_id='100/10.png'");
  EXPECT_THAT(probed("100").probe_error, Optional(HasSubstr("stand at place 0")));
}

TEST_F(ProbingFrames, NameTheOneThatLeadsOutside) {
  write_bytes(dir_ / "outside.png", "x");
  std::filesystem::remove(root() / kFrames / "12.png");
  std::filesystem::create_symlink(dir_ / "outside.png", root() / kFrames / "12.png");
  EXPECT_EQ(probed("200").probe_error, "'" + kFrames + "12.png' leads out of the corpus folder");
}

}  // namespace
}  // namespace changeling
