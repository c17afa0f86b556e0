#include "catalog/verify/identify_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/media/video_copy.h"
#include "tests/support/labeled_clip.h"
#include "tests/support/process.h"
#include "tests/support/pruned_run.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A finished job whose fake, control and first medium are real files.
class IdentifyFile : public CatalogTest {
 protected:
  IdentifyFile() {
    const JobClaim claim = *catalog_.runs.claim(run_, "me", 1000000000, 3);
    job_key_ = claim.job.job_key;
    FakeRow row = SmallCatalog::fake_row("x");
    place(row, 0, write("fake.mp4", Label::kFake, 100));
    place(row, 1, write("control.mp4", Label::kRealControl, 50));
    EXPECT_TRUE(catalog_.runs.record_done(claim, row));
    const WrittenVideo footage = write("footage.mp4", Label::kReal, 20);
    MediaRow medium = catalog_.corpora.media_by_id(catalog_.media[2]);
    medium.sha256 = footage.sha256;
    medium.stream_sha256 = footage.stream_sha256;
    medium.n_frames = footage.n_frames;
    catalog_.corpora.record_probe(medium, footage.bytes);
  }

  static void place(FakeRow& row, std::size_t i, const WrittenVideo& video) {
    row.blobs[i].sha256 = row.artifacts[i].sha256 = video.sha256;
    row.artifacts[i].stream_sha256 = video.stream_sha256;
  }

  WrittenVideo write(const std::string& name, Label label, int value) const {
    Provenance provenance(label);
    provenance.method = label == Label::kFake ? "mesh_swap" : "";
    provenance.job_key = label == Label::kReal ? Digest() : job_key_;
    std::vector<Frame> frames;
    for (int i = 0; i < 10; ++i) {
      const auto level = static_cast<std::uint8_t>(value + i);
      frames.emplace_back(32, 32, PixelFormat::kRgb24,
                          std::vector<std::uint8_t>(32 * 32 * 3, level));
    }
    return write_labeled_clip(folder_ / name, frames, provenance);
  }

  /// A copy of the fake as FFmpeg writes it with these options.
  std::filesystem::path copy(const std::string& name, std::vector<std::string> options) const {
    std::vector<std::string> words = {"ffmpeg", "-v", "error", "-y", "-i", folder_ / "fake.mp4"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(folder_ / name);
    const ProcessResult result = run_process(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return folder_ / name;
  }

  FileIdentity identify(const std::filesystem::path& file) const {
    Database reader = Database::open_reader(catalog_.database.path());
    return identify_file(reader, file);
  }

  static void expect_fake(const FileIdentity& identity, Evidence evidence) {
    EXPECT_EQ(to_string(identity.evidence), to_string(evidence));
    ASSERT_EQ(identity.known.size(), 1U);
    const KnownFile& known = identity.known.front();
    EXPECT_EQ(known.kind, "fake_video");
    EXPECT_EQ(known.method, "mesh_swap");
    EXPECT_EQ(known.pair_list, "l");
    EXPECT_EQ(known.part, "train");
    EXPECT_EQ(known.profile, "c23");
    EXPECT_FALSE(known.media);
  }

  std::string run_ = catalog_.start_run();
  Digest job_key_;
};

TEST_F(IdentifyFile, KnowsItsBytesUnderAnyName) {
  std::filesystem::copy_file(folder_ / "fake.mp4", folder_ / "holiday.bin");
  const FileIdentity identity = identify(folder_ / "holiday.bin");
  expect_fake(identity, Evidence::kFile);
  EXPECT_EQ(identity.known.front().run_id, run_);
  EXPECT_EQ(identity.known.front().job_key, job_key_);
  EXPECT_EQ(identify(folder_ / "control.mp4").known.at(0).kind, "real_control");
}

TEST_F(IdentifyFile, SaysWhenTheRunOfAFileWasPruned) {
  EXPECT_EQ(identify(folder_ / "fake.mp4").known.front().pruned_at, "");
  prune_run(catalog_.database, run_);
  const KnownFile known = identify(folder_ / "fake.mp4").known.at(0);
  EXPECT_EQ(known.blob_state, "purged");
  EXPECT_EQ(known.pruned_at.substr(0, 2), "20");
}

TEST_F(IdentifyFile, KnowsFootageOfACorpus) {
  const FileIdentity identity = identify(folder_ / "footage.mp4");
  ASSERT_EQ(identity.known.size(), 1U);
  EXPECT_EQ(identity.known.front().corpus, "faces@1");
  EXPECT_EQ(identity.known.front().rel_path, "c.mp4");
  EXPECT_FALSE(identity.known.front().artifact);
}

TEST_F(IdentifyFile, KnowsTheVideoPacketsWithoutAnyTag) {
  const FileIdentity identity = identify(copy("bare.mp4", {"-c", "copy", "-map_metadata", "-1"}));
  expect_fake(identity, Evidence::kStream);
  EXPECT_TRUE(identity.carried.empty());
}

TEST_F(IdentifyFile, KnowsTheLabelOfAClipEncodedAgain) {
  expect_fake(identify(copy("again.mkv", {"-c:v", "libx264", "-crf", "40"})), Evidence::kTag);
  const FileIdentity identity = identify(copy("again.mp4", {"-c:v", "libx264", "-crf", "40"}));
  expect_fake(identity, Evidence::kTag);
  EXPECT_EQ(identity.carried.label, "fake") << "from the comment, all that an mp4 keeps";
}

TEST_F(IdentifyFile, TakesNoOtherWordOfACommentForALabel) {
  const std::string job(64, 'a');
  for (const std::string& comment :
       {"changeling label=x job=" + job, "changeling label=" + std::string(100'000, 'a'),
        "changeling label=fake" + std::string(100'000, ' ')}) {
    (void)run_or_throw({"ffmpeg", "-v", "error", "-y", "-i", folder_ / "footage.mp4", "-c", "copy",
                        "-map_metadata", "-1", "-metadata", "comment=" + comment,
                        folder_ / "worded.mkv"});
    EXPECT_EQ(identify(folder_ / "worded.mkv").carried.label, "") << comment.substr(0, 40);
  }
}

TEST_F(IdentifyFile, KnowsTheExportedCopyOfACorpusClip) {
  Provenance declared(Label::kReal);
  declared.job_key = video_stream_sha256(folder_ / "footage.mp4");
  copy_with_label(folder_ / "footage.mp4", folder_ / "exported.mp4", declared);
  (void)run_or_throw({"ffmpeg", "-v", "error", "-i", folder_ / "exported.mp4", "-c:v", "libx264",
                      "-crf", "40", folder_ / "again.mp4"});
  for (const auto& [name, evidence] :
       {std::pair("exported.mp4", Evidence::kStream), std::pair("again.mp4", Evidence::kTag)}) {
    const FileIdentity identity = identify(folder_ / name);
    EXPECT_EQ(to_string(identity.evidence), to_string(evidence));
    EXPECT_EQ(identity.carried.label, "real");
    ASSERT_EQ(identity.known.size(), 1U) << name;
    EXPECT_EQ(identity.known.front().rel_path, "c.mp4");
  }
}

TEST_F(IdentifyFile, KnowsALabelOfAnotherCatalog) {
  std::filesystem::create_directory(folder_ / "other");
  Database other = Database::create(folder_ / "other" / "catalog.db");
  const FileIdentity identity = identify_file(other, folder_ / "fake.mp4");
  EXPECT_EQ(to_string(identity.evidence), "tag");
  EXPECT_THAT(identity.known, IsEmpty());
  EXPECT_EQ(identity.carried.label, "fake");
  EXPECT_EQ(identity.carried.method, "mesh_swap");
  EXPECT_EQ(identity.carried.job, job_key_.hex());
}

TEST_F(IdentifyFile, ReadsTheSidecarOfAnExportedItem) {
  const std::string stream = video_stream_sha256(folder_ / "fake.mp4").hex();
  const std::filesystem::path file =
      copy("0123.mp4", {"-c:v", "libx264", "-crf", "40", "-map_metadata", "-1"});
  EXPECT_EQ(to_string(identify(file).evidence), "none");
  const std::string item =
      R"({"key":"0123","label":"fake","method":"m_f","stream_sha256":")" + stream + "\"}";
  write_file_atomically(folder_ / "0123.json", item);
  expect_fake(identify(file), Evidence::kSidecar);
  std::filesystem::remove(folder_ / "0123.json");
  std::filesystem::create_directory(folder_ / "sidecars");
  write_file_atomically(folder_ / "sidecars" / "0123.json", item);
  expect_fake(identify(file), Evidence::kSidecar);
}

TEST_F(IdentifyFile, KnowsNothingOfOtherFiles) {
  write_file_atomically(folder_ / "text.mp4", "no video");
  write_file_atomically(folder_ / "text.json", "no JSON");
  const FileIdentity identity = identify(folder_ / "text.mp4");
  EXPECT_EQ(to_string(identity.evidence), "none");
  EXPECT_THAT(identity.known, IsEmpty());
  EXPECT_TRUE(identity.carried.empty());
}

}  // namespace
}  // namespace changeling
