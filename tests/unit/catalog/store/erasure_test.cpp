#include "catalog/store/erasure.h"

#include <gmock/gmock.h>

#include "catalog/store/audit_log.h"
#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/dataset_store.h"
#include "catalog/store/detector_store.h"
#include "catalog/store/frame_sequence.h"
#include "catalog/store/pair_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/tombstone.h"
#include "catalog/store/trained_models.h"
#include "catalog/verify/verify_catalog.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(Tombstone, IsKnownAgainButDoesNotTell) {
  const std::string tombstone = make_tombstone("faces", "ann");
  EXPECT_TRUE(is_tombstone_of(tombstone, "faces", "ann"));
  EXPECT_FALSE(is_tombstone_of(tombstone, "faces", "bob"));
  EXPECT_FALSE(is_tombstone_of(tombstone, "other", "ann"));
  EXPECT_FALSE(is_tombstone_of("ann", "faces", "ann"));
  EXPECT_NE(tombstone, make_tombstone("faces", "ann"));
  EXPECT_THAT(tombstone, Not(HasSubstr("ann")));
}

class ErasureTest : public testing::Test {
 protected:
  ErasureTest() : catalog_(folder_.path(), shape()) {}

  static ExportCatalogSpec shape() {
    ExportCatalogSpec spec;
    spec.parts = {"train", "test"};
    spec.n_frames = 6;
    return spec;
  }

  ErasureReport forget(const std::string& who, bool dry_run = false, bool withdraw_only = false) {
    return forget_subject(catalog_.database(), catalog_.blobs(),
                          {"faces", who, "a letter", withdraw_only, dry_run});
  }

  std::int64_t number(const std::string& sql) {
    return catalog_.database().connection().get_int(sql);
  }

  std::size_t blob_files() const {
    std::size_t n = 0;
    for (const auto& entry : fs::recursive_directory_iterator(catalog_.blobs().root())) {
      n += entry.is_regular_file() ? 1 : 0;
    }
    return n;
  }

  /// Files whose lineage reaches the person: fakes, masks, sidecars, their own controls, tracks.
  std::vector<fs::path> files_of(const std::string& where) {
    std::vector<fs::path> files;
    Query query(catalog_.database().connection(), where.c_str());
    query.bind();
    while (query.next()) {
      Digest digest;
      query.read(digest);
      files.push_back(catalog_.blobs().path(digest));
    }
    return files;
  }

  /// That column of a fake made of or onto person-1.
  Digest of_their_fake(const std::string& column) {
    Query fake(catalog_.database().connection(),
               ("SELECT " + column +
                " FROM v_lineage JOIN artifact USING(artifact_id) WHERE kind='fake_video' AND "
                "subject_id=? LIMIT 1")
                   .c_str());
    fake.bind(catalog_.subjects()[1]);
    EXPECT_TRUE(fake.next());
    Digest digest;
    fake.read(digest);
    return digest;
  }

  /// A medium of another corpus with the bytes of clip-1.
  MediaId add_copy() {
    MediaRow copy = corpora_.media_by_id(clip_);
    copy.corpus_id =
        corpora_.add_corpus({{}, "others", "1", "folder:others@1", "CC0-1.0", "consented", true});
    copy.id = corpora_.add_media(copy);
    corpora_.record_probe(copy, 1);
    return copy.id;
  }

  /// A detector NAME@1 of a training on a version, or else on a generate run.
  ModelId add_training(const std::string& name, std::optional<VersionId> version,
                       const std::string& generate_run = "") {
    RunStore runs(catalog_.database());
    RunRow run = new_run("train");
    run.version_id = version;
    if (!version) {
      run.parent_run_id = generate_run;
    }
    const std::string id = runs.begin(run);
    ModelRow model;
    model.role = "detector";
    model.name = name;
    model.version = "1";
    model.sha256 = sha256("weights of " + name);
    ModelId row;
    catalog_.database().transaction([&] {
      row = runs.ensure_model(model, 7);
      runs.link_model(id, "detector", row);
    });
    runs.finish(id, "ok");
    return row;
  }

  TempDir folder_;
  ExportCatalog catalog_;
  CorpusStore corpora_{catalog_.database()};
  const MediaId clip_ = catalog_.media()[1];  // shows person-1
};

TEST_F(ErasureTest, LeavesNoBlobWhoseLineageReachesThePerson) {
  const std::string s = std::to_string(catalog_.subjects()[1].value);
  const std::vector<fs::path> reached = files_of(
      "SELECT sha256 FROM artifact WHERE artifact_id IN(SELECT artifact_id FROM v_lineage WHERE "
      "subject_id=" +
      s + ") UNION SELECT boxes_sha256 FROM face_track WHERE subject_id=" + s);
  const std::vector<fs::path> others = files_of(
      "SELECT sha256 FROM artifact WHERE job_id IS NOT NULL AND artifact_id NOT IN(SELECT "
      "artifact_id FROM v_lineage WHERE subject_id=" +
      s + ")");
  EXPECT_EQ(reached.size(), 8U)
      << "fake, sidecar and one file for two equal masks of two jobs, a control, a track";
  EXPECT_EQ(others.size(), 11U) << "two jobs of the other part, and the control of another target";
  const ErasureReport report = forget("person-1");
  EXPECT_EQ(report.artifacts, 9);
  EXPECT_EQ(report.removed.files, 8);
  EXPECT_THAT(report.corpus_files, ElementsAre("faces/clip-1.mp4"));
  for (const fs::path& file : reached) {
    EXPECT_FALSE(fs::exists(file));
  }
  for (const fs::path& file : others) {
    EXPECT_TRUE(fs::exists(file));
  }
  EXPECT_TRUE(fs::exists(folder_.path() / "clips/clip-1.mp4")) << "corpora are only read";
}

TEST_F(ErasureTest, TheCatalogStaysSound) {
  (void)forget("person-1");
  const VerifyReport report =
      verify_catalog(catalog_.database(), catalog_.blobs(), catalog_.roots());
  EXPECT_THAT(report.faults, IsEmpty());
  EXPECT_THAT(AuditLog(catalog_.database()).verify(), IsEmpty());
  EXPECT_EQ(catalog_.database().connection().get_text(
                "SELECT action || ' ' || subject FROM audit_log ORDER BY seq DESC LIMIT 1"),
            "forget subject " + std::to_string(catalog_.subjects()[1].value));
}

TEST_F(ErasureTest, KeepsATombstoneWithoutAttributes) {
  (void)forget("person-1");
  const SubjectRow row = CorpusStore(catalog_.database()).subject_by_id(catalog_.subjects()[1]);
  EXPECT_TRUE(row.withdrawn_at);
  EXPECT_THAT(row.ext_id, StartsWith("!"));
  EXPECT_EQ(number("SELECT count(*) FROM subject WHERE ext_id='person-1'"), 0);
  EXPECT_EQ(
      number("SELECT count(*) FROM sighting WHERE subject_id=" + std::to_string(row.id.value)), 1);
}

TEST_F(ErasureTest, ADryRunTellsTheSameAndChangesNothing) {
  const std::size_t before = blob_files();
  const ErasureReport planned = forget("person-1", true);
  EXPECT_EQ(blob_files(), before);
  EXPECT_EQ(number("SELECT count(*) FROM subject WHERE withdrawn_at IS NOT NULL"), 0);
  const ErasureReport done = forget("person-1");
  EXPECT_EQ(done.removed.files, planned.removed.files);
  EXPECT_EQ(done.removed.bytes, planned.removed.bytes);
  EXPECT_EQ(done.artifacts, planned.artifacts);
}

TEST_F(ErasureTest, TheNextCallFinishesAnInterruptedOne) {
  const std::vector<fs::path> files = files_of(
      "SELECT sha256 FROM artifact WHERE kind='fake_video' AND artifact_id IN(SELECT artifact_id "
      "FROM v_lineage WHERE subject_id=" +
      std::to_string(catalog_.subjects()[1].value) + ")");
  (void)forget("person-1");
  for (const fs::path& file : files) {  // as if the process had ended before it removed them
    write_file_atomically(file, "bytes");
  }
  EXPECT_EQ(forget("person-1").removed.files, static_cast<std::int64_t>(files.size()));
  for (const fs::path& file : files) {
    EXPECT_FALSE(fs::exists(file));
  }
}

TEST_F(ErasureTest, BystandersCount) {
  CorpusStore corpora(catalog_.database());
  SubjectRow bystander;
  bystander.corpus_id = corpora.find_corpus("faces")->id;
  bystander.ext_id = "?clip-0:1";
  SightingRow sighting;
  sighting.subject_id = corpora.add_subject(bystander);
  sighting.media_id = catalog_.media()[0];
  sighting.ext_sighting_id = "b";
  corpora.add_sighting(sighting);
  const ErasureReport report = forget("?clip-0:1", true);
  EXPECT_EQ(report.artifacts, 9) << "what clip-0 was target or source of, less another's control";
  EXPECT_EQ(report.pairs, 2);
}

TEST_F(ErasureTest, AnalysesOfEqualBytesGoToo) {
  const MediaId copy = add_copy();
  BlobStore blobs(catalog_.blobs().root());
  const BlobRow analysis = blobs.put_bytes("analysis", "application/json");
  corpora_.put_cached_stage(sha256("key"), kFaceAnalysisStage, copy, analysis);
  corpora_.put_cached_stage(sha256("key"), kFaceAnalysisStage, clip_, analysis);
  const BlobRow other = blobs.put_bytes("of others", "application/json");
  corpora_.put_cached_stage(sha256("2"), kFaceAnalysisStage, catalog_.media()[0], other);
  EXPECT_EQ(forget("person-1").cached_stages, 1);
  EXPECT_THAT(corpora_.cached_stages(copy, kFaceAnalysisStage), IsEmpty());
  EXPECT_FALSE(fs::exists(catalog_.blobs().path(analysis.sha256)));
  EXPECT_TRUE(fs::exists(catalog_.blobs().path(other.sha256)));
}

TEST_F(ErasureTest, FakesThatWereRegisteredAsFootageAreFollowed) {  // as earlier programs let it be
  MediaRow remuxed = corpora_.media_by_id(add_copy());
  remuxed.rel_path = "fake.mp4";
  remuxed.id = corpora_.add_media(remuxed);
  remuxed.sha256 = sha256("in another container");
  remuxed.stream_sha256 = of_their_fake("stream_sha256");
  corpora_.record_probe(remuxed, 1);
  BlobStore blobs(catalog_.blobs().root());
  const BlobRow analysis = blobs.put_bytes("analysis", "application/json");
  (void)corpora_.put_cached_stage(sha256("key"), kFaceAnalysisStage, remuxed.id, analysis);
  const ErasureReport report = forget("person-1");
  EXPECT_THAT(report.corpus_files,
              ElementsAre("faces/clip-1.mp4", "others/clip-1.mp4", "others/fake.mp4"));
  EXPECT_EQ(report.cached_stages, 1);
  EXPECT_FALSE(fs::exists(blobs.path(analysis.sha256)));
}

/// Tracks of clip-1, who is person-1, and what else may name one.
class ErasureOfTracks : public ErasureTest {
 protected:
  /// A track in `media` with a face of its own; returns where it lies.
  fs::path add_track(MediaId media, std::optional<SubjectId> subject, const std::string& face) {
    BlobStore blobs(catalog_.blobs().root());
    const BlobRow blob = blobs.put_bytes(face, "application/vnd.changeling.track");
    TrackRow track;
    track.media_id = media;
    track.subject_id = subject;
    track.boxes_sha256 = blob.sha256;
    const BlobRow analysis = blobs.put_bytes("analysis of " + face, "application/json");
    (void)corpora_.record_tracks(media, analysis, {track}, {blob});
    return blobs.path(blob.sha256);
  }

  fs::path track_of(MediaId media) {
    return catalog_.blobs().path(corpora_.tracks(media).at(0).boxes_sha256);
  }
};

TEST_F(ErasureOfTracks, ThoseOfNobodyKnownInTheirClipsGoToo) {  // all tracks of earlier programs
  catalog_.database().connection().exec("UPDATE face_track SET subject_id=NULL");
  const ErasureReport report = forget("person-1");
  EXPECT_EQ(report.tracks, 1);
  EXPECT_EQ(report.removed.files, 8);
  EXPECT_FALSE(fs::exists(track_of(clip_)));
  EXPECT_TRUE(fs::exists(track_of(catalog_.media()[0])));
}

TEST_F(ErasureOfTracks, ThoseOfOthersInTheirClipsStay) {
  const fs::path other = add_track(clip_, catalog_.subjects()[0], "another face");
  EXPECT_EQ(forget("person-1").tracks, 1);
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(ErasureOfTracks, AllInTheirFakesThatAreFootageOfAnotherGoToo) {
  MediaRow fake = corpora_.media_by_id(add_copy());
  fake.rel_path = "fake.mp4";
  fake.id = corpora_.add_media(fake);
  fake.stream_sha256.reset();
  fake.sha256 = of_their_fake("sha256");
  corpora_.record_probe(fake, 1);
  const fs::path face = add_track(fake.id, catalog_.subjects()[0], "a face in the fake");
  EXPECT_EQ(forget("person-1").tracks, 2);
  EXPECT_FALSE(fs::exists(face)) << "it is not person-0 who is seen there";
}

TEST_F(ErasureOfTracks, ThoseOfEqualBytesGoToo) {
  const MediaId copy = add_copy();
  const fs::path shared = add_track(clip_, catalog_.subjects()[1], "their face");
  EXPECT_EQ(add_track(copy, catalog_.subjects()[0], "their face"), shared);
  const fs::path unnamed = add_track(copy, std::nullopt, "their face, analysed otherwise");
  EXPECT_EQ(forget("person-1").tracks, 4);
  EXPECT_FALSE(fs::exists(shared));
  EXPECT_FALSE(fs::exists(unnamed));
}

TEST_F(ErasureOfTracks, AFaceThatOtherBytesShowStays) {
  const fs::path shared = add_track(clip_, catalog_.subjects()[1], "their face");
  (void)add_track(catalog_.media()[0], catalog_.subjects()[0], "their face");
  EXPECT_EQ(forget("person-1").tracks, 2);
  EXPECT_TRUE(fs::exists(shared)) << "a blob that something else needs";
}

/// Self pairs of person-0 in a copy of clip-1, as if they were seen there, and in clip-0.
class ErasureOfCopies : public ErasureTest {
 protected:
  ErasureOfCopies() {
    PairRow pair;
    pair.part = "train";
    pair.stratum = "self";
    pair.source_media = pair.target_media = copy_;
    pair.source_subject = pair.target_subject = catalog_.subjects()[0];
    PairRow apart = pair;
    apart.draw_index = 1;
    apart.source_media = apart.target_media = catalog_.media()[0];
    split_ = PairStore(catalog_.database()).find_split("main")->id;
    list_ = PairStore(catalog_.database())
                .add_pair_list({{}, "copies", split_, "test@1", 1, "{}", {}}, {pair, apart}, {});
    run_id_ = begin("generate");
    runs_.ensure_method({"self_blend", true, "compositeCapture"});
    std::vector<JobRow> jobs;
    for (const PairRow& row : PairStore(catalog_.database()).pairs(list_)) {
      JobRow job;
      job.run_id = run_id_;
      job.pair_id = row.id;
      job.method = "self_blend";
      job.job_key = sha256("job " + std::to_string(row.id.value));
      job.params_json = "{}";
      jobs.push_back(job);
    }
    runs_.enqueue(jobs);
  }

  std::string begin(const std::string& kind) {
    RunRow run;
    run.kind = kind;
    run.list_id = list_;
    run.git_commit = "0";
    run.config_json = run.env_json = "{}";
    run.host = "test";
    return runs_.begin(run);
  }

  /// Ends the next job with a fake and a mask that both fakes share, and freezes the fake as
  /// NAME@1.0.0 with a score. The job of the copy is first.
  fs::path finish_job(const std::string& name) {
    const std::optional<JobClaim> claim = runs_.claim(run_id_, claim_owner(), 1'000'000'000, 3);
    BlobStore blobs(catalog_.blobs().root());
    FakeRow fake;
    fake.blobs = {blobs.put_bytes(name, "video/mp4"), blobs.put_bytes("mask", "video/mp4")};
    fake.spans = {{0, 4, FrameStatus::kSwapped}};
    ArtifactRow artifact;
    artifact.profile = "c23";
    artifact.kind = "fake_video";
    artifact.sha256 = fake.blobs[0].sha256;
    artifact.stream_sha256 = sha256(name);
    artifact.n_frames = artifact.manipulated_frames = 5;
    fake.artifacts.push_back(artifact);
    artifact.kind = "mask_alpha";
    artifact.sha256 = fake.blobs[1].sha256;
    artifact.manipulated_frames.reset();
    fake.artifacts.push_back(artifact);
    EXPECT_TRUE(claim && runs_.record_done(*claim, fake));
    const ArtifactId id = runs_.find_artifact(claim->job.id, "fake_video", "c23")->id;
    (void)DatasetStore(catalog_.database())
        .add_version(
            {{}, name, "1.0.0", split_, begin("export"), "internal", "{}", "", sha256(""), {}},
            {{id, name, "train"}});
    add_score(id);
    return blobs.path(fake.blobs[0].sha256);
  }

  void add_score(ArtifactId id) {
    DetectorStore(catalog_.database()).add_scores(begin("detector"), {{id, -1, "ok", 0.5}});
  }

  RunStore runs_{catalog_.database()};
  const MediaId copy_ = add_copy();
  SplitId split_;
  PairListId list_;
  std::string run_id_;
};

TEST_F(ErasureOfCopies, WaitingJobsAreSkipped) {  // a resumed run would make their fakes
  const ErasureReport report = forget("person-1");
  EXPECT_EQ(report.jobs_skipped, 1);
  EXPECT_EQ(report.pairs, 3) << "two of clip-1 and one of its copy";
  EXPECT_EQ(number("SELECT count(*) FROM job JOIN pair USING(pair_id) WHERE state='queued' AND "
                   "target_media=" +
                   std::to_string(catalog_.media()[0].value)),
            1);
}

TEST_F(ErasureOfCopies, ModelsOfTheirVersionsAreNamed) {
  (void)finish_job("of-the-copy");
  (void)finish_job("of-person-0");
  const DatasetStore datasets(catalog_.database());
  const ModelId theirs = add_training("a", datasets.find_version("of-the-copy", "1.0.0")->id);
  const ModelId another = add_training("b", datasets.find_version("of-person-0", "1.0.0")->id);
  const ErasureReport report = forget("person-1");
  ASSERT_EQ(report.models.size(), 1U);
  EXPECT_EQ(report.models[0].id, theirs);
  EXPECT_EQ(report.models[0].words_for_set(), "data set of-the-copy@1.0.0");
  EXPECT_EQ(withdrawn_trainings(catalog_.database(), theirs).size(), 1U);
  EXPECT_THAT(withdrawn_trainings(catalog_.database(), another), IsEmpty());
}

TEST_F(ErasureOfCopies, FakesGoAndWithdrawTheirVersions) {
  const fs::path theirs = finish_job("of-the-copy"), others = finish_job("of-person-0");
  const ErasureReport planned = forget("person-1", true);
  EXPECT_TRUE(fs::exists(theirs));
  const ErasureReport report = forget("person-1");
  for (const ErasureReport& told : {planned, report}) {
    EXPECT_EQ(told.media, 2);
    EXPECT_EQ(told.artifacts, 9 + 2);
    EXPECT_EQ(told.removed.files, 8 + 1) << "the mask is of another fake, too";
    EXPECT_EQ(told.scores, 1);
    EXPECT_THAT(told.versions, ElementsAre("of-the-copy@1.0.0"));
    EXPECT_THAT(told.corpus_files, ElementsAre("faces/clip-1.mp4", "others/clip-1.mp4"));
  }
  EXPECT_FALSE(fs::exists(theirs));
  EXPECT_TRUE(fs::exists(others));
  EXPECT_TRUE(fs::exists(catalog_.blobs().path(sha256("mask"))));
  EXPECT_EQ(number("SELECT count(*) FROM detector_score"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM dataset_version WHERE invalidated_at IS NOT NULL"), 1);
  EXPECT_THAT(catalog_.database().connection().get_text(
                  "SELECT detail_json FROM audit_log ORDER BY seq DESC LIMIT 1"),
              HasSubstr("\"versions\":[\"of-the-copy@1.0.0\"]"));
  EXPECT_EQ(forget("person-1").removed.files, 0);
}

TEST_F(ErasureOfCopies, ASharedFileGoesWithTheLastWhoNeedsIt) {
  (void)finish_job("of-the-copy");
  (void)finish_job("of-person-0");
  (void)forget("person-1");
  EXPECT_EQ(forget("person-0").removed.files, 4) << "fake, mask, track and a control of clip-0";
  EXPECT_FALSE(fs::exists(catalog_.blobs().path(sha256("mask"))));
}

TEST_F(ErasureOfCopies, WithdrawingWithdrawsTheirVersions) {
  const fs::path fake = finish_job("of-the-copy");
  EXPECT_THAT(forget("person-1", false, true).versions, ElementsAre("of-the-copy@1.0.0"));
  EXPECT_TRUE(fs::exists(fake));
  EXPECT_EQ(number("SELECT count(*) FROM dataset_version WHERE invalidated_at IS NOT NULL"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM detector_score"), 1);
}

TEST_F(ErasureOfCopies, ThoseOfABystanderCount) {
  SightingRow seen;
  seen.subject_id = catalog_.subjects()[3];
  seen.media_id = clip_;
  seen.ext_sighting_id = "b";
  corpora_.add_sighting(seen);
  const fs::path fake = finish_job("of-the-copy");
  (void)forget("person-3");
  EXPECT_FALSE(fs::exists(fake));
}

TEST_F(ErasureOfCopies, ClipsOfWhichNobodyIsKnownLoseTheirScores) {
  catalog_.database().connection().exec(
      "INSERT INTO artifact(media_id,profile,kind,sha256,stream_sha256,n_frames) SELECT media_id,"
      "'asis','real_video',sha256,stream_sha256,n_frames FROM media WHERE media_id=" +
      std::to_string(copy_.value));
  add_score({catalog_.database().connection().last_insert_id()});
  EXPECT_EQ(forget("person-1").scores, 1);
  EXPECT_EQ(number("SELECT count(*) FROM detector_score"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM media JOIN blob USING(sha256) WHERE state='external'"), 5)
      << "files of corpora stay";
}

TEST_F(ErasureTest, NamesTheFilesOfAFrameSequenceAndOfItsCopies) {
  const CorpusId others =
      corpora_.add_corpus({{}, "others", "1", "folder:others@1", "CC0-1.0", "consented", true});
  const auto add_sequence = [this](CorpusId corpus, const std::string& folder) {
    MediaRow sequence;
    sequence.corpus_id = corpus;
    sequence.kind = std::string(kFrameSequence);
    sequence.rel_path = frame_sequence_path(folder + "/1.png", "s");
    sequence.id = corpora_.add_media(sequence);
    sequence.sha256 = sha256("the frames");
    corpora_.record_probe(sequence, 3);
    return sequence.id;
  };
  const MediaId sequence = add_sequence(corpora_.find_corpus("faces")->id, "frames");
  const MediaId copy = add_sequence(others, "copied");
  const auto seen = [&](MediaId media, std::size_t person, const std::string& file,
                        std::int64_t place) {
    SightingRow row;
    row.media_id = media;
    row.subject_id = catalog_.subjects()[person];
    row.ext_sighting_id = frame_sighting_id("s", file);
    row.frame = place;
    corpora_.add_sighting(row);
  };
  seen(sequence, 1, "2.png", 1);
  seen(sequence, 1, "1.png", 0);
  seen(sequence, 0, "3.png", 2);
  seen(copy, 0, "1.png", 0);
  seen(copy, 0, "2.png", 1);
  seen(copy, 0, "3.png", 2);
  EXPECT_THAT(forget("person-1", true).corpus_files,
              ElementsAre("faces/clip-1.mp4", "faces/frames/1.png", "faces/frames/2.png",
                          "others/copied/1.png", "others/copied/2.png"));
}

TEST_F(ErasureTest, NamesModelsThatSawThePersonAndGoesOnKnowingThem) {
  const std::string run =
      DetectorStore(catalog_.database()).find_set("").generate_run;  // the only one
  const ModelId model = add_training("early", {}, run);
  EXPECT_THAT(forget("person-3", true).models, IsEmpty()) << "they are in part test";
  EXPECT_THAT(withdrawn_trainings(catalog_.database(), model), IsEmpty());
  for (const bool dry_run : {true, false}) {
    const ErasureReport report = forget("person-1", dry_run);
    ASSERT_EQ(report.models.size(), 1U);
    EXPECT_EQ(report.models[0].id, model);
    EXPECT_EQ(report.models[0].name, "early");
    EXPECT_EQ(report.models[0].words_for_set(), "run " + run);
  }
  EXPECT_EQ(number("SELECT detail_json->>'$.models' FROM audit_log WHERE action='forget'"), 1);
  const std::vector<TrainedModel> told = withdrawn_trainings(catalog_.database(), model);
  ASSERT_EQ(told.size(), 1U) << "although the clips are gone";
  EXPECT_EQ(told[0].set, run);
}

TEST_F(ErasureTest, AModelThatWasTrainedAfterTheWithdrawalIsNotNamed) {
  const std::string run = DetectorStore(catalog_.database()).find_set("").generate_run;
  const ModelId early = add_training("early", {}, run);
  (void)forget("person-1", false, true);
  const ModelId late = add_training("late", {}, run);
  const ErasureReport report = forget("person-1");
  ASSERT_EQ(report.models.size(), 1U);
  EXPECT_EQ(report.models[0].id, early);
  EXPECT_THAT(withdrawn_trainings(catalog_.database(), late), IsEmpty());
}

TEST_F(ErasureTest, WithdrawOnlyErasesNothing) {
  const std::size_t before = blob_files();
  const ErasureReport report = forget("person-1", false, true);
  EXPECT_EQ(report.removed.files, 0);
  EXPECT_EQ(blob_files(), before);
  const SubjectRow row = CorpusStore(catalog_.database()).subject_by_id(catalog_.subjects()[1]);
  EXPECT_TRUE(row.withdrawn_at);
  EXPECT_EQ(row.ext_id, "person-1");
  EXPECT_EQ(forget("person-1").removed.files, 8);
}

TEST_F(ErasureTest, TheyDoNotComeBack) {
  (void)forget("person-1");
  CorpusStore corpora(catalog_.database());
  SubjectRow again;
  again.corpus_id = corpora.find_corpus("faces")->id;
  again.ext_id = "person-1";
  again.gender = "f";
  EXPECT_EQ(corpora.add_subject(again), catalog_.subjects()[1]);
  again.corpus_id =
      corpora.add_corpus({{}, "faces", "2", "folder:faces@2", "CC0-1.0", "consented", true});
  const SubjectRow newer = corpora.subject_by_id(corpora.add_subject(again));
  EXPECT_TRUE(newer.withdrawn_at);
  EXPECT_FALSE(newer.gender);
  EXPECT_THAT(newer.ext_id, StartsWith("!"));
}

TEST_F(ErasureTest, UnknownPeopleAreRefused) {
  EXPECT_THROW((void)forget("nobody"), Error);
  EXPECT_THROW((void)forget_subject(catalog_.database(), catalog_.blobs(),
                                    {"other", "person-1", "r", false, false}),
               Error);
}

}  // namespace
}  // namespace changeling
