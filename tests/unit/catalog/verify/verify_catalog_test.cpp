#include "catalog/verify/verify_catalog.h"

#include <fstream>
#include <optional>

#include <gmock/gmock.h>

#include "catalog/store/connection.h"
#include "catalog/store/frame_sequence.h"
#include "catalog/store/migrator.h"
#include "common/base/atomic_file.h"
#include "tests/support/labeled_clip.h"
#include "tests/support/pruned_run.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kFrames = 10;
constexpr int kSide = 32;

bool is_swapped(int frame) {
  return frame >= 2 && frame <= 7;
}

/// What to do wrong while the job's files are made; the default is a sound job.
struct Flaw {
  Label control_label = Label::kRealControl;
  std::string fake_method = "mesh_swap";
  int alpha_frames = kFrames;
  int alpha_shift = 0;     ///< mask content this many frames late
  int stray_changed = -1;  ///< frame whose changed mask wrongly has content
  bool has_sidecar = true;
  bool has_control = true;
  bool sidecar_is_json = true;
  std::string sidecar_job = "";  ///< another job key
  std::vector<ProvenanceInput> inputs;
  std::vector<ProvenanceModel> models;
};

Frame plain_frame(PixelFormat format, std::uint8_t value) {
  const std::size_t channels = format == PixelFormat::kRgb24 ? 3 : 1;
  return {kSide, kSide, format, std::vector<std::uint8_t>(kSide * kSide * channels, value)};
}

/// Black, with one white pixel when `has_content`.
Frame mask_frame(bool has_content) {
  std::vector<std::uint8_t> pixels(kSide * kSide, 0);
  pixels[5 * kSide + 9] = has_content ? 255 : 0;
  return {kSide, kSide, PixelFormat::kGray8, std::move(pixels)};
}

class VerifyTest : public CatalogTest {
 protected:
  /// Makes one finished job with real files.
  void make_job(const Flaw& flaw = {}) {
    claim_ = *catalog_.runs.claim(run_, "me", 1000000000, 3);
    Provenance fake(Label::kFake);
    fake.method = flaw.fake_method;
    fake.job_key = claim_.job.job_key;
    Provenance control(flaw.control_label);
    control.job_key = claim_.job.job_key;
    Sidecar sidecar(fake);
    sidecar.provenance.method = "mesh_swap";
    sidecar.provenance.inputs = flaw.inputs;
    sidecar.provenance.models = flaw.models;
    row_.spans = sidecar.spans = {{0, 1, FrameStatus::kPassthrough},
                                  {2, 7, FrameStatus::kSwapped},
                                  {8, 9, FrameStatus::kPassthrough}};
    add_video("fake_video", "fake", fake, sidecar);
    if (flaw.has_control) {
      add_video("real_control", "real_control", control, sidecar);
    }
    add_mask("mask_alpha", fake, flaw.alpha_frames, flaw.alpha_shift, -1, sidecar);
    add_mask("mask_changed", fake, kFrames, 0, flaw.stray_changed, sidecar);
    if (!flaw.sidecar_job.empty()) {
      sidecar.provenance.job_key = sha256(flaw.sidecar_job);
    }
    if (flaw.has_sidecar) {
      add_sidecar(flaw.sidecar_is_json ? to_json(sidecar) : "{\"schema_version\":");
    }
    ASSERT_TRUE(catalog_.runs.record_done(claim_, row_));
  }

  void add_video(const std::string& kind, const std::string& label, const Provenance& provenance,
                 Sidecar& sidecar) {
    const std::filesystem::path file = blobs_.staging() / (kind + ".mp4");
    std::vector<Frame> frames;
    for (int i = 0; i < kFrames; ++i) {
      const auto value = static_cast<std::uint8_t>(kind == "fake_video" ? 100 + i : 50 + i);
      frames.push_back(plain_frame(PixelFormat::kRgb24, value));
    }
    add_artifact(kind, label, "video/mp4", write_labeled_clip(file, frames, provenance), sidecar);
  }

  void add_mask(const std::string& kind, const Provenance& provenance, int n_frames, int shift,
                int stray, Sidecar& sidecar) {
    const std::filesystem::path file = blobs_.staging() / (kind + ".mkv");
    std::vector<Frame> frames;
    for (int i = 0; i < n_frames; ++i) {
      // The masks differ in a pixel's place only by their frame, so give each kind its own bytes.
      Frame frame = mask_frame(is_swapped(i - shift) || i == stray);
      if (kind == "mask_changed" && is_swapped(i)) {
        frame = plain_frame(PixelFormat::kGray8, 255);
      }
      frames.push_back(frame);
    }
    WrittenVideo written = write_labeled_clip(file, frames, provenance);
    written.n_frames = kFrames;  // what a writer that lost frames would claim
    add_artifact(kind, "", "video/x-matroska", written, sidecar);
  }

  void add_artifact(const std::string& kind, const std::string& label,
                    const std::string& media_type, const WrittenVideo& written, Sidecar& sidecar) {
    ArtifactRow artifact;
    artifact.kind = kind;
    artifact.profile = "c23";
    artifact.stream_sha256 = written.stream_sha256;
    artifact.n_frames = written.n_frames;
    if (kind == "fake_video") {
      artifact.manipulated_frames = 6;
    }
    row_.blobs.push_back(blobs_.adopt_file(written.path, media_type));
    artifact.sha256 = row_.blobs.back().sha256;
    row_.artifacts.push_back(artifact);
    sidecar.outputs.push_back(
        {kind, label, artifact.sha256, written.stream_sha256, written.n_frames});
  }

  void add_sidecar(const std::string& bytes) {
    ArtifactRow artifact;
    artifact.kind = "sidecar";
    artifact.profile = "c23";
    row_.blobs.push_back(blobs_.put_bytes(bytes, "application/json"));
    artifact.sha256 = row_.blobs.back().sha256;
    row_.artifacts.push_back(artifact);
  }

  std::filesystem::path blob_of(const std::string& kind) {
    for (const ArtifactRow& artifact : row_.artifacts) {
      if (artifact.kind == kind) {
        return blobs_.path(artifact.sha256);
      }
    }
    return {};
  }

  VerifyReport verify(const VerifyShare& share = {}) {
    Database reader = Database::open_reader(catalog_.database.path());
    return verify_catalog(reader, blobs_, CorpusRoots(catalog_.database.path()), {}, share);
  }

  /// One that reads none of the job's files.
  VerifyShare share_of_others() {
    VerifyShare share{1000, 0, ""};
    while (verify(share).blobs > 0) {
      ++share.turn;
    }
    return share;
  }

  std::vector<std::string> faults() { return verify().faults; }

  /// Changes rows as somebody can who has the file, and leaves no other trace.
  void exec_without(const std::string& trigger, const std::string& change) {
    Connection& connection = catalog_.database.connection();
    std::string text;
    {
      Query query(connection, "SELECT sql FROM sqlite_schema WHERE name=?");
      query.bind(trigger);
      ASSERT_TRUE(query.next());
      query.read(text);
    }
    connection.exec("DROP TRIGGER " + trigger + ";" + change + ";" + text);
  }

  std::string run_ = catalog_.start_run();
  BlobStore blobs_{objects_folder(catalog_.database.path())};
  JobClaim claim_;
  FakeRow row_;
};

TEST_F(VerifyTest, SoundJobHasNoFaults) {
  make_job();
  const VerifyReport report = verify();
  EXPECT_THAT(report.faults, ElementsAre());
  EXPECT_EQ(report.blobs, 5);
  EXPECT_EQ(report.jobs, 1);
  EXPECT_EQ(report.mask_frames, 2 * kFrames);
}

/// Rows that somebody opened by SQL after the job was done.
TEST_F(VerifyTest, TermsThatDifferFromTheSidecarAreNamed) {
  MediaRow medium = catalog_.corpora.media_by_id(catalog_.media[0]);
  medium.sha256 = sha256("its bytes");
  catalog_.corpora.record_probe(medium, 1);
  ModelRow row;
  row.role = "id512";
  row.name = "faces";
  row.version = "1";
  row.sha256 = sha256("weights");
  row.licence = "research only";
  catalog_.runs.link_model(run_, row.role, catalog_.runs.ensure_model(row, 7));
  Flaw none;
  ProvenanceInput input;
  input.role = "target";
  input.corpus = "faces@1";
  input.licence = "CC-BY-4.0";
  input.consent_basis = "consented";
  input.redistributable = true;
  input.media_sha256 = *medium.sha256;
  none.inputs = {input};
  none.models = {{"id512", "faces", "1", row.sha256, "research only", ""}};
  make_job(none);
  const auto without_files = [&] {
    std::vector<std::string> lines;
    for (const std::string& line : faults()) {
      if (line.find("sidecar: ") != std::string::npos) {
        lines.push_back(line);
      }
    }
    return lines;
  };
  EXPECT_THAT(without_files(), ElementsAre());
  catalog_.database.connection().exec("UPDATE media SET redistributable=0");
  EXPECT_THAT(without_files(), ElementsAre(HasSubstr("the terms of its target differ")));
  catalog_.database.connection().exec(
      "UPDATE media SET redistributable=1, licence='MIT'; UPDATE model SET licence='MIT'");
  EXPECT_THAT(without_files(), ElementsAre(HasSubstr("made under 'CC-BY-4.0', redistributable"),
                                           HasSubstr("network 'id512' was 'research only'")));
}

TEST_F(VerifyTest, FlippedByteIsNamedByDigest) {
  make_job();
  const std::filesystem::path file = blob_of("real_control");
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file_atomically(file, bytes);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr(file.filename().string())));
}

TEST_F(VerifyTest, MissingFileIsNamed) {
  make_job();
  std::filesystem::remove(blob_of("mask_alpha"));
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("the file is missing")));
}

TEST_F(VerifyTest, PrunedFilesAreNoFaultsAndCounted) {
  make_job();
  prune_run(catalog_.database, run_);
  VerifyReport report = verify();
  EXPECT_THAT(report.faults, ElementsAre());
  EXPECT_THAT(report.notes, Not(Contains(HasSubstr("purged"))));
  EXPECT_EQ(report.purged, 5);
  EXPECT_EQ(report.blobs, 0);
  write_file_atomically(blob_of("sidecar"), "left by a call that was killed");
  report = verify();
  EXPECT_THAT(report.faults, ElementsAre());
  EXPECT_THAT(report.notes, Contains(HasSubstr("1 files of purged blobs are still there")));
}

TEST_F(VerifyTest, SharesInTurnReadEveryFileOnce) {
  make_job();
  VerifyReport sum;
  for (std::int64_t turn = 7; turn < 10; ++turn) {
    const VerifyReport report = verify({3, turn, ""});
    EXPECT_THAT(report.faults, ElementsAre());
    EXPECT_EQ(report.files, 5);
    EXPECT_EQ(report.jobs, 1) << "rows are always checked";
    sum.blobs += report.blobs;
    sum.mask_frames += report.mask_frames;
  }
  EXPECT_EQ(sum.blobs, 5);
  EXPECT_EQ(sum.mask_frames, 2 * kFrames);
}

TEST_F(VerifyTest, FilesOfAnotherShareMustBeThereAndOfTheirSize) {
  make_job();
  const VerifyShare share = share_of_others();
  write_file_atomically(blob_of("real_control"), std::string(7, 'x'));
  EXPECT_THAT(verify(share).faults, ElementsAre(HasSubstr("the file has 7 bytes, its row says ")));
  std::filesystem::remove(blob_of("real_control"));
  EXPECT_THAT(verify(share).faults, ElementsAre(HasSubstr("the file is missing")));
}

TEST_F(VerifyTest, FilesOfTheRunAreReadInEveryShare) {
  make_job();
  VerifyShare share = share_of_others();
  std::string bytes = read_file(blob_of("mask_alpha"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file_atomically(blob_of("mask_alpha"), bytes);
  EXPECT_THAT(verify(share).faults, ElementsAre());
  share.run_id = run_;
  const VerifyReport report = verify(share);
  EXPECT_EQ(report.blobs, 5);
  EXPECT_THAT(report.faults, ElementsAre(HasSubstr("the bytes differ from the digest")));
}

TEST_F(VerifyTest, WrongLabelTagIsFound) {
  Flaw flaw;
  flaw.control_label = Label::kFake;
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("real_control"), HasSubstr("changeling_label"),
                                          HasSubstr("'fake'"))));
}

TEST_F(VerifyTest, WrongMethodTagIsFound) {
  Flaw flaw;
  flaw.fake_method = "other";
  make_job(flaw);
  EXPECT_EQ(faults().size(), 3U) << "the fake and its two masks";
  EXPECT_THAT(faults()[0], HasSubstr("changeling_method is 'other'"));
}

TEST_F(VerifyTest, MissingSidecarIsFound) {
  Flaw flaw;
  flaw.has_sidecar = false;
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("sidecar: is missing")));
}

TEST_F(VerifyTest, MissingControlIsFound) {
  Flaw flaw;
  flaw.has_control = false;
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("real_control: is missing")));
}

TEST_F(VerifyTest, UnreadableSidecarIsFound) {
  Flaw flaw;
  flaw.sidecar_is_json = false;
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("sidecar: ")));
}

TEST_F(VerifyTest, SidecarOfAnotherJobIsFound) {
  Flaw flaw;
  flaw.sidecar_job = "another";
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("job key")));
}

TEST_F(VerifyTest, MaskWithTooFewFramesIsFound) {
  Flaw flaw;
  flaw.alpha_frames = kFrames - 1;
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("mask_alpha"), HasSubstr("has 9 frames"))));
}

TEST_F(VerifyTest, MaskContentMustMatchTheSpans) {
  Flaw flaw;
  flaw.alpha_shift = 1;
  make_job(flaw);
  EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("mask_alpha"), HasSubstr("on 2 frames"),
                                          HasSubstr("first on frame 2"))));
}

TEST_F(VerifyTest, ChangedPixelsOutsideTheSpansAreFound) {
  Flaw flaw;
  flaw.stray_changed = 9;
  make_job(flaw);
  EXPECT_THAT(faults(),
              ElementsAre(AllOf(HasSubstr("mask_changed"), HasSubstr("first on frame 9"))));
}

TEST_F(VerifyTest, SpansMustAddUpAndAgreeWithTheSidecar) {
  make_job();
  exec_without("span_u", "UPDATE manipulated_span SET status='swapped' WHERE first_frame=8");
  EXPECT_THAT(faults(), ::testing::UnorderedElementsAre(HasSubstr("its spans swap 8 frames"),
                                                        HasSubstr("content contradicts"),
                                                        HasSubstr("its spans differ")));
}

TEST_F(VerifyTest, CorpusFilesAreHashedWhereTheyLie) {
  const std::filesystem::path root = folder_.path() / "corpus";
  write_file_atomically(root / "a.mp4", "footage");
  MediaRow media = catalog_.corpora.media_by_id(catalog_.media[0]);
  media.sha256 = sha256("footage");
  catalog_.corpora.record_probe(media, 7);
  EXPECT_THAT(verify().notes, ElementsAre(HasSubstr("faces: not checked")));
  CorpusRoots(catalog_.database.path()).set("faces", root);
  EXPECT_THAT(verify().notes, ElementsAre());
  EXPECT_THAT(faults(), ElementsAre());
  write_file_atomically(root / "a.mp4", "edited footage");
  EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("a.mp4"), HasSubstr("differ"))));
}

TEST_F(VerifyTest, FrameSequencesAreHashedFileByFile) {
  const std::filesystem::path root = folder_.path() / "corpus";
  write_file_atomically(root / "frames/1.png", "picture");
  CorpusRoots(catalog_.database.path()).set("faces", root);
  MediaRow media;
  media.corpus_id = catalog_.corpora.media_by_id(catalog_.media[0]).corpus_id;
  media.kind = std::string(kFrameSequence);
  media.rel_path = frame_sequence_path("frames/1.png", "s");
  media.id = catalog_.corpora.add_media(media);
  SightingRow seen;
  seen.media_id = media.id;
  seen.subject_id = catalog_.subjects[0];
  seen.ext_sighting_id = frame_sighting_id("s", "frames/1.png");
  catalog_.corpora.add_sighting(seen);
  media.sha256 = digest_of(root, {{0, "frames/1.png"}}).sha256;
  catalog_.corpora.record_probe(media, 7);
  EXPECT_THAT(faults(), ElementsAre());
  write_file_atomically(root / "frames/1.png", "another");
  EXPECT_THAT(faults(), ElementsAre(AllOf(StartsWith("frame sequence '"), HasSubstr("frames/seq-"),
                                          HasSubstr("'1.png' to '1.png'"))));
  std::filesystem::remove(root / "frames/1.png");
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("frames/1.png")));
  seen.frame = 1;
  catalog_.corpora.add_sighting(seen);
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("'1.png' stands at places 0 and 1")));
}

TEST_F(VerifyTest, FaultsOfTheCatalogFileAreReported) {
  catalog_.database.connection().exec(
      "INSERT INTO audit_log(at,actor,action,subject,detail_json,"
      "row_sha256) VALUES('t','a','b','c','{}',zeroblob(32))");
  const int row = Migrator().newest_version() + 1;  // after one of each migration
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("audit log row " + std::to_string(row) + ":")));
}

TEST_F(VerifyTest, StopsWhenAsked) {
  make_job();
  Database reader = Database::open_reader(catalog_.database.path());
  const auto stop_at_two = [](std::int64_t done, std::int64_t) { return done < 2; };
  const VerifyReport report =
      verify_catalog(reader, blobs_, CorpusRoots(catalog_.database.path()), {stop_at_two});
  EXPECT_EQ(report.blobs, 2);
  EXPECT_EQ(report.jobs, 0);
}

/// What is left of one kind tells nothing of another: a file is read in a tenth of a job's time.
TEST_F(VerifyTest, CountsFilesAndJobsApart) {
  make_job();
  Database reader = Database::open_reader(catalog_.database.path());
  std::string told;
  const auto tell = [&told](const std::string& kind) {
    return [&told, kind](std::int64_t done, std::int64_t total) {
      told += kind + " " + std::to_string(done) + "/" + std::to_string(total) + "\n";
      return true;
    };
  };
  (void)verify_catalog(reader, blobs_, CorpusRoots(catalog_.database.path()),
                       {tell("blob"), tell("corpus"), tell("job")});
  EXPECT_EQ(told, "blob 1/5\nblob 2/5\nblob 3/5\nblob 4/5\nblob 5/5\njob 1/1\n");
}

}  // namespace
}  // namespace changeling
