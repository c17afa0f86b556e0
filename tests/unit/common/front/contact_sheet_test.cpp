#include "common/front/contact_sheet.h"

#include <csignal>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/run_store.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"
#include "common/media/image_codec.h"
#include "tests/support/pruned_run.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

using testing::HasSubstr;

/// A catalog of one fake whose files are real small clips.
class ContactSheet : public testing::Test {
 protected:
  ContactSheet() : catalog_(folder_.path(), 2), run_id_(catalog_.begin_run()) {
    std::filesystem::create_directories(folder_ / "root");
    write_clip(folder_ / "root" / "clip-0.mp4", spec(1));
    CorpusRoots(catalog_.database().path()).set("tiny", folder_ / "root");
    record_fake();
    ReportExemplar exemplar;
    exemplar.job_id = RunStore(catalog_.database()).jobs(run_id_).front().id;
    exemplar.n_frames = 12;
    model_.run_id = run_id_;
    model_.exemplars = {exemplar};
  }

  static ClipSpec spec(std::uint64_t seed) {
    ClipSpec spec;
    spec.n_frames = 12;
    spec.seed = seed;
    return spec;
  }

  ArtifactRow store_clip(const std::string& kind, std::uint64_t seed, FakeRow& fake) {
    const std::filesystem::path file = folder_ / (kind + ".mp4");
    write_clip(file, spec(seed));
    ArtifactRow row;
    row.profile = "c23";
    row.kind = kind;
    row.n_frames = 12;
    row.stream_sha256 = sha256(kind);
    if (kind == "fake_video") {
      row.manipulated_frames = 6;
    }
    fake.blobs.push_back(blobs_.adopt_file(file, "video/mp4"));
    row.sha256 = fake.blobs.back().sha256;
    return row;
  }

  void record_fake() {
    FakeRow fake;
    for (const char* kind : {"fake_video", "real_control", "mask_alpha"}) {
      fake.artifacts.push_back(store_clip(kind, fake.artifacts.size() + 2, fake));
    }
    Sidecar sidecar{Provenance(Label::kFake)};
    ProvenanceInput input;
    input.role = "source";
    input.last_frame = 11;
    ProvenanceInput target = input;
    target.role = "target";
    target.first_frame = 100;
    target.last_frame = 111;
    sidecar.provenance.inputs = {input, target};
    ArtifactRow row;
    row.profile = "c23";
    row.kind = "sidecar";
    fake.blobs.push_back(blobs_.put_bytes(to_json(sidecar), "application/json"));
    row.sha256 = fake.blobs.back().sha256;
    fake.artifacts.push_back(row);
    fake.spans = {{0, 2, FrameStatus::kPassthrough},
                  {3, 8, FrameStatus::kSwapped},
                  {9, 11, FrameStatus::kFailed}};
    RunStore runs(catalog_.database());
    ASSERT_TRUE(runs.record_done(*runs.claim(run_id_, "test", 1'000'000'000, 3), fake));
  }

  /// The one fake, as two columns would show it.
  ComparisonModel comparison() {
    ComparisonModel model;
    ComparisonSide side;
    side.run_id = run_id_;
    side.letter = "A";
    model.sides = {side, side};
    model.sides.back().letter = "B";
    ComparisonExemplar exemplar;
    exemplar.jobs = {model_.exemplars.front().job_id, model_.exemplars.front().job_id};
    exemplar.fakes = {"a", "b"};
    model.exemplars = {exemplar};
    return model;
  }

  static std::vector<std::string> captions(const ComparisonExemplar& exemplar) {
    std::vector<std::string> texts;
    for (const ReportPicture& picture : exemplar.pictures) {
      texts.push_back(picture.caption);
    }
    return texts;
  }

  TempDir folder_;
  TinyCatalog catalog_;
  BlobStore blobs_{objects_folder(folder_ / "catalog.db")};
  std::string run_id_;
  ReportModel model_;
};

TEST_F(ContactSheet, ShowsThreeSwappedMomentsFromFourSides) {
  add_contact_sheets(catalog_.database(), model_);
  const ReportExemplar& exemplar = model_.exemplars.front();
  ASSERT_EQ(exemplar.sheet.size(), 3U) << exemplar.sheet_note;
  EXPECT_EQ(exemplar.sheet[0].frame_index, 4);
  EXPECT_EQ(exemplar.sheet[1].frame_index, 6);
  EXPECT_EQ(exemplar.sheet[2].frame_index, 8);
  for (const ReportSheetRow& row : exemplar.sheet) {
    ASSERT_EQ(row.pictures.size(), 4U);
    EXPECT_EQ(row.pictures[0].caption, "source");
    EXPECT_EQ(row.pictures[1].caption, "target");
    EXPECT_EQ(row.pictures[2].caption, "fake");
    EXPECT_EQ(row.pictures[3].caption, "alpha");
  }
}

TEST_F(ContactSheet, AStopComesBeforeTheNextClip) {
  const auto is_stopped = [&] {
    install_stop_signal();
    (void)std::raise(SIGTERM);
    try {
      add_contact_sheets(catalog_.database(), model_);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kCancelled;
    }
    return false;
  };
  EXPECT_EXIT(std::exit(is_stopped() ? 0 : 1), testing::ExitedWithCode(0), "");
}

TEST_F(ContactSheet, TheFakeBearsItsLabelInThePixels) {
  add_contact_sheets(catalog_.database(), model_);
  const ReportPicture& fake = model_.exemplars.front().sheet.front().pictures[2];
  write_file_atomically(folder_ / "fake.jpg", fake.bytes);
  const Frame picture = read_image(folder_ / "fake.jpg");
  const std::uint8_t* corner =
      picture.data() + static_cast<std::ptrdiff_t>(picture.row_bytes()) * 253 + 3 * 3;
  EXPECT_NEAR(corner[0], 179, 12);
  EXPECT_NEAR(corner[1], 38, 12);
  EXPECT_NEAR(corner[2], 30, 12);
}

TEST_F(ContactSheet, GivesTheSameBytesAgain) {
  ReportModel again = model_;
  add_contact_sheets(catalog_.database(), model_);
  add_contact_sheets(catalog_.database(), again);
  EXPECT_EQ(model_.exemplars.front().sheet[1].pictures[2].bytes,
            again.exemplars.front().sheet[1].pictures[2].bytes);
}

TEST_F(ContactSheet, LeavesTheSourceOutWhereTheCorpusIsAbsent) {
  std::filesystem::remove_all(folder_ / "root");
  add_contact_sheets(catalog_.database(), model_);
  const ReportExemplar& exemplar = model_.exemplars.front();
  ASSERT_EQ(exemplar.sheet.size(), 3U);
  EXPECT_EQ(exemplar.sheet.front().pictures.front().caption, "target");
}

TEST_F(ContactSheet, KeepsANoteWhenAFileIsMissing) {
  for (const ArtifactRow& row : RunStore(catalog_.database()).run_artifacts(run_id_)) {
    if (row.kind == "fake_video") {
      std::filesystem::remove(blobs_.path(row.sha256));
    }
  }
  add_contact_sheets(catalog_.database(), model_);
  EXPECT_TRUE(model_.exemplars.front().sheet.empty());
  EXPECT_THAT(model_.exemplars.front().sheet_note, HasSubstr("No pictures: "));
}

TEST_F(ContactSheet, SaysOfAPrunedRunThatItsFilesWerePruned) {
  prune_run(catalog_.database(), run_id_);
  add_contact_sheets(catalog_.database(), model_);
  EXPECT_THAT(model_.exemplars.front().sheet_note,
              testing::AllOf(HasSubstr("No pictures: files of the clip were pruned on 20"),
                             HasSubstr(" by ann (its numbers stay)")));
  ComparisonModel model = comparison();
  add_contact_sheets(catalog_.database(), model);
  EXPECT_THAT(model.exemplars.front().sheet_note, HasSubstr("were pruned on 20"));
}

TEST_F(ContactSheet, ComparesTheFakesOfAPairAtOneFrameOfTheTarget) {
  ComparisonModel model = comparison();
  add_contact_sheets(catalog_.database(), model);
  const ComparisonExemplar& exemplar = model.exemplars.front();
  EXPECT_THAT(captions(exemplar), testing::ElementsAre("source", "target", "fake A", "fake B",
                                                       "alpha B", "difference A", "difference B"))
      << exemplar.sheet_note;
  EXPECT_EQ(exemplar.frame_index, 106);  // the middle of frames 3..8 of a clip that begins at 100
  EXPECT_EQ(exemplar.pictures[2].bytes, exemplar.pictures[3].bytes);
  EXPECT_NE(exemplar.pictures[1].bytes, exemplar.pictures[5].bytes);
}

TEST_F(ContactSheet, AComparisonLeavesOutAColumnWithoutAFake) {
  ComparisonModel model = comparison();
  model.exemplars.front().fakes.front().clear();
  add_contact_sheets(catalog_.database(), model);
  EXPECT_THAT(captions(model.exemplars.front()),
              testing::ElementsAre("source", "target", "fake B", "alpha B", "difference B"));
}

TEST_F(ContactSheet, AComparisonKeepsANoteWhenAFileIsMissing) {
  for (const ArtifactRow& row : RunStore(catalog_.database()).run_artifacts(run_id_)) {
    if (row.kind == "mask_alpha") {
      std::filesystem::remove(blobs_.path(row.sha256));
    }
  }
  ComparisonModel model = comparison();
  add_contact_sheets(catalog_.database(), model);
  EXPECT_TRUE(model.exemplars.front().pictures.empty());
  EXPECT_THAT(model.exemplars.front().sheet_note, HasSubstr("No pictures: "));
}

}  // namespace
}  // namespace changeling
