#include <functional>
#include <limits>

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "catalog/store/audit_log.h"
#include "catalog/store/connection.h"
#include "catalog/store/corpus_roots.h"
#include "common/base/atomic_file.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using CorpusStoreTest = CatalogTest;
using PairStoreTest = CatalogTest;

TEST_F(CorpusStoreTest, SecondScanAddsNothing) {
  CorpusStore& store = catalog_.corpora;
  const CorpusRow corpus = *store.find_corpus("faces");
  EXPECT_EQ(store.add_corpus(corpus), corpus.id);
  EXPECT_EQ(store.add_subject({{}, corpus.id, "a", "f", 3, {}, {}}), catalog_.subjects[0]);
  EXPECT_FALSE(store.subject_by_id(catalog_.subjects[0]).gender.has_value())
      << "rows keep their values";
  MediaRow media = store.media_by_id(catalog_.media[0]);
  EXPECT_EQ(store.add_media(media), catalog_.media[0]);
  const SightingRow sighting = store.sightings(catalog_.media[0]).at(0);
  store.add_sighting(sighting);
  EXPECT_EQ(store.sightings(catalog_.media[0]).size(), 1U);
  EXPECT_EQ(store.corpora().size(), 1U);
  EXPECT_EQ(store.media(corpus.id).size(), 4U);
  EXPECT_EQ(store.subjects(corpus.id).size(), 4U);
}

TEST_F(CorpusStoreTest, ChangedLicenceIsRefused) {
  CorpusRow corpus = *catalog_.corpora.find_corpus("faces");
  corpus.licence = "none";
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { catalog_.corpora.add_corpus(corpus); }, &message),
            ErrorKind::kConfig);
  EXPECT_NE(message.find("CC-BY-4.0"), std::string::npos) << message;
}

/// How many instructions of SQLite's machine the work takes.
int instructions_of(Database& database, const std::function<void()>& work) {
  int n_instructions = 0;
  const auto count = [](void* counter) { return ++*static_cast<int*>(counter), 0; };
  sqlite3* const handle = database.connection().db().getHandle();
  sqlite3_progress_handler(handle, 1, count, &n_instructions);
  work();
  sqlite3_progress_handler(handle, 0, nullptr, nullptr);
  return n_instructions;
}

TEST_F(CorpusStoreTest, APersonIsAddedWithoutReadingAllOthers) {
  const CorpusId corpus = catalog_.corpora.find_corpus("faces")->id;
  const auto instructions_to_add = [&](const std::string& name) {
    return instructions_of(catalog_.database, [&] {
      catalog_.corpora.add_subject({{}, corpus, name, {}, {}, {}, {}});
    });
  };
  const int among_few = instructions_to_add("first");
  catalog_.database.transaction([&] {
    for (int i = 0; i < 1000; ++i) {
      catalog_.corpora.add_subject({{}, corpus, std::to_string(i), {}, {}, {}, {}});
    }
  });
  EXPECT_GT(among_few, 0);
  EXPECT_LT(instructions_to_add("last"), 2 * among_few);
}

TEST_F(CorpusStoreTest, NewestVersionIsFound) {
  catalog_.corpora.add_corpus({{}, "faces", "2", "faces", "x", "licensed", false});
  EXPECT_EQ(catalog_.corpora.find_corpus("faces")->version, "2");
  EXPECT_FALSE(catalog_.corpora.find_corpus("none").has_value());
}

TEST_F(CorpusStoreTest, ProbeResultsRoundTrip) {
  MediaRow row = catalog_.corpora.media_by_id(catalog_.media[1]);
  row.sha256 = sha256("file");
  row.stream_sha256 = sha256("stream");
  row.codec = "h264";
  row.pix_fmt = "yuv420p";
  row.width_px = 640;
  row.height_px = 360;
  row.rotation_deg = 90;
  row.fps_num = 30000;
  row.fps_den = 1001;
  row.is_vfr = true;
  row.n_frames = 250;
  row.duration_us = 8341666;
  catalog_.corpora.record_probe(row, 12345);
  const MediaRow stored = catalog_.corpora.media_by_id(row.id);
  EXPECT_EQ(stored.sha256, row.sha256);
  EXPECT_EQ(stored.stream_sha256, row.stream_sha256);
  EXPECT_EQ(stored.fps_den, 1001);
  EXPECT_EQ(stored.is_vfr, true);
  EXPECT_EQ(stored.n_frames, 250);
  EXPECT_EQ(stored.duration_us, 8341666);
  EXPECT_EQ(catalog_.database.connection().get_text("SELECT state FROM blob"), "external");
}

TEST_F(CorpusStoreTest, ProbeErrorNeedsNoDigest) {
  MediaRow row = catalog_.corpora.media_by_id(catalog_.media[1]);
  row.probe_error = "moov atom not found";
  catalog_.corpora.record_probe(row, 0);
  EXPECT_EQ(catalog_.corpora.media_by_id(row.id).probe_error, "moov atom not found");
  EXPECT_FALSE(catalog_.corpora.media_by_id(row.id).sha256.has_value());
}

TEST_F(CorpusStoreTest, UnknownIdsAreCatalogErrors) {
  EXPECT_EQ(kind_thrown_by([&] { (void)catalog_.corpora.media_by_id({99}); }), ErrorKind::kCatalog);
  EXPECT_EQ(kind_thrown_by([&] { (void)catalog_.corpora.corpus({99}); }), ErrorKind::kCatalog);
  EXPECT_EQ(kind_thrown_by([&] { (void)catalog_.corpora.subject_by_id({99}); }),
            ErrorKind::kCatalog);
  EXPECT_EQ(kind_thrown_by([&] { (void)catalog_.pair_store.pair({99}); }), ErrorKind::kCatalog);
}

TEST_F(CorpusStoreTest, AMediumOutsideItsCorpusIsNotRead) {
  catalog_.database.connection().db().exec(
      "UPDATE media SET rel_path='../../outside/secret.mp4' WHERE media_id=1");
  std::string message;
  EXPECT_EQ(
      kind_thrown_by([&] { (void)catalog_.corpora.media_by_id(catalog_.media[0]); }, &message),
      ErrorKind::kCatalog);
  EXPECT_NE(message.find("leaves its corpus"), std::string::npos) << message;
}

TEST_F(CorpusStoreTest, CachedStagesAreFoundByKey) {
  const Digest key = sha256("key");
  EXPECT_FALSE(catalog_.corpora.find_cached_stage(key).has_value());
  const BlobRow blob{sha256("analysis"), 8, "application/json"};
  catalog_.corpora.put_cached_stage(key, "analysis", catalog_.media[0], blob);
  catalog_.corpora.put_cached_stage(key, "analysis", catalog_.media[0], blob);
  EXPECT_EQ(catalog_.corpora.find_cached_stage(key), blob.sha256);
}

TEST_F(CorpusStoreTest, AStageThatIsMadeAgainTakesThePlaceOfTheOld) {
  const BlobRow old{sha256("old"), 8, "application/json"};
  const BlobRow fresh{sha256("fresh"), 8, "application/json"};
  const auto put = [&](const char* key, const BlobRow& blob) {
    return catalog_.corpora.put_cached_stage(sha256(key), "analysis", catalog_.media[0], blob);
  };
  const auto state = [&](const BlobRow& blob) {
    return catalog_.database.connection().get_text(
        "SELECT state FROM blob WHERE hex(sha256)=upper('" + blob.sha256.hex() + "')");
  };
  (void)put("a", old);
  (void)put("b", old);
  EXPECT_FALSE(put("a", fresh).has_value()) << "b needs it";
  EXPECT_EQ(catalog_.corpora.find_cached_stage(sha256("a")), fresh.sha256);
  EXPECT_EQ(state(old), "present");
  EXPECT_EQ(put("b", fresh), old.sha256);
  EXPECT_EQ(state(old), "purged");
  EXPECT_EQ(state(fresh), "present");
  (void)put("c", old);
  EXPECT_EQ(state(old), "present") << "made once more";
}

/// As if the file at `media` held the text.
void probe(CorpusStore& corpora, MediaId media, const std::string& text) {
  MediaRow row = corpora.media_by_id(media);
  row.sha256 = sha256(text);
  corpora.record_probe(row, static_cast<std::int64_t>(text.size()));
}

TEST_F(CorpusStoreTest, CachedStagesOfAMediumAreThoseOfOneStage) {
  probe(catalog_.corpora, catalog_.media[0], "a clip");
  probe(catalog_.corpora, catalog_.media[1], "another");
  const auto add = [&](const std::string& stage, MediaId media) {
    const BlobRow blob{sha256(stage), 8, "application/json"};
    catalog_.corpora.put_cached_stage(sha256("key of " + stage), stage, media, blob);
    return blob.sha256;
  };
  const Digest plain = add("face_analysis", catalog_.media[0]);
  const Digest newer = add("face_analysis@2", catalog_.media[0]);
  (void)add("finetune", catalog_.media[0]);  // tuned networks are kept with the clip, too
  (void)add("face_analysis_of_others@1", catalog_.media[0]);
  (void)add("face_analysis@3", catalog_.media[1]);
  EXPECT_THAT(catalog_.corpora.cached_stages(catalog_.media[0], kFaceAnalysisStage),
              testing::UnorderedElementsAre(plain, newer));
}

TEST_F(CorpusStoreTest, CachedStagesAreFoundWithoutReadingAllOthers) {
  probe(catalog_.corpora, catalog_.media[0], "a clip");
  const BlobRow blob{sha256("analysis"), 8, "application/json"};
  catalog_.corpora.put_cached_stage(sha256("key"), kFaceAnalysisStage, catalog_.media[0], blob);
  const auto instructions_to_find = [this] {
    return instructions_of(catalog_.database, [this] {
      EXPECT_EQ(catalog_.corpora.cached_stages(catalog_.media[0], kFaceAnalysisStage).size(), 1U);
    });
  };
  const int among_few = instructions_to_find();
  catalog_.database.transaction([&] {
    for (int i = 0; i < 1000; ++i) {
      MediaRow row = catalog_.corpora.media_by_id(catalog_.media[1]);
      row.rel_path = std::to_string(i);
      row.id = catalog_.corpora.add_media(row);
      probe(catalog_.corpora, row.id, row.rel_path);
      catalog_.corpora.put_cached_stage(sha256(row.rel_path), kFaceAnalysisStage, row.id, blob);
    }
  });
  EXPECT_GT(among_few, 0);
  EXPECT_LT(instructions_to_find(), 2 * among_few);
}

TEST_F(CorpusStoreTest, WithdrawnMediaAreThoseOfTheirBytes) {
  EXPECT_THAT(catalog_.corpora.withdrawn_media(), testing::IsEmpty());
  for (const std::size_t i : {0U, 1U}) {
    probe(catalog_.corpora, catalog_.media[i], "a clip");
  }
  probe(catalog_.corpora, catalog_.media[2], "another");
  catalog_.corpora.withdraw_subject(catalog_.subjects[0]);
  catalog_.corpora.withdraw_subject(catalog_.subjects[3]);
  EXPECT_THAT(catalog_.corpora.withdrawn_media(),
              testing::ElementsAre(catalog_.media[0], catalog_.media[1], catalog_.media[3]))
      << "the last was not probed";
}

TEST_F(CorpusStoreTest, CachedStagesAreThoseOfAllMediaOfEqualBytes) {
  const BlobRow blob{sha256("analysis"), 8, "application/json"};
  for (const std::size_t i : {0U, 1U}) {
    probe(catalog_.corpora, catalog_.media[i], "a clip");
    catalog_.corpora.put_cached_stage(sha256("key"), kFaceAnalysisStage, catalog_.media[i], blob);
  }
  probe(catalog_.corpora, catalog_.media[2], "another");
  const auto found = [this](std::size_t i) {
    return catalog_.corpora.cached_stages(catalog_.media[i], kFaceAnalysisStage);
  };
  EXPECT_THAT(found(0), testing::ElementsAre(blob.sha256));
  EXPECT_THAT(found(1), testing::ElementsAre(blob.sha256)) << "the key was there already";
  EXPECT_THAT(found(2), testing::IsEmpty());
  EXPECT_THAT(found(3), testing::IsEmpty()) << "not probed";
}

/// How SQLite would run a query, one step a line.
std::string plan_of(Database& database, const std::string& sql) {
  Query query(database.connection(), ("EXPLAIN QUERY PLAN " + sql).c_str());
  query.bind();
  std::string plan;
  while (query.next()) {
    std::int64_t id = 0, parent = 0, unused = 0;
    std::string step;
    query.read(id, parent, unused, step);
    plan += step + "\n";
  }
  return plan;
}

TEST_F(CorpusStoreTest, WhatWasMadeOfAMediumIsFoundByIndexes) {
  for (const char* sql : {"SELECT artifact_id FROM v_lineage WHERE media_id=1",
                          "SELECT subject_id FROM v_lineage WHERE artifact_id=1",
                          "SELECT pair_id FROM pair WHERE source_media=1 OR target_media=1",
                          "SELECT artifact_id FROM artifact WHERE sha256=x'00'"}) {
    const std::string plan = plan_of(catalog_.database, sql);
    EXPECT_THAT(plan, testing::HasSubstr("SEARCH ")) << sql;
    for (const char* table : {"artifact", "job", "pair", "sighting"}) {
      EXPECT_THAT(plan, testing::Not(testing::HasSubstr(std::string("SCAN ") + table))) << sql;
    }
  }
}

TEST_F(PairStoreTest, SplitsAndListsRoundTripFrozen) {
  const SplitRow split = *catalog_.pair_store.find_split("s");
  EXPECT_EQ(split.algorithm, "hash@1");
  EXPECT_TRUE(split.frozen_at.has_value());
  EXPECT_EQ(catalog_.pair_store.split_subjects(split.id).size(), 4U);
  const PairListRow list = *catalog_.pair_store.find_pair_list("l");
  EXPECT_TRUE(list.list_sha256.has_value());
  EXPECT_EQ(catalog_.pairs.size(), 3U);
  EXPECT_EQ(catalog_.pair_store.pair(catalog_.pairs[2].id).target_subject, catalog_.subjects[3]);
  EXPECT_EQ(catalog_.pair_store.refusal_counts(list.id).at("reuse_cap"), 1);
  EXPECT_FALSE(catalog_.pair_store.find_split("t").has_value());
  EXPECT_FALSE(catalog_.pair_store.find_pair_list("m").has_value());
}

TEST_F(PairStoreTest, NamesAreTakenOnce) {
  EXPECT_EQ(kind_thrown_by([&] {
              catalog_.pair_store.add_split({{}, "s", "x", 1, {}}, {});
            }),
            ErrorKind::kCatalog);
  EXPECT_EQ(
      kind_thrown_by([&] {
        catalog_.pair_store.add_pair_list({{}, "l", catalog_.split, "x", 1, "{}", {}}, {}, {});
      }),
      ErrorKind::kCatalog);
}

TEST_F(PairStoreTest, ListWithAPairAcrossPartsIsNotStored) {
  std::string message;
  EXPECT_EQ(kind_thrown_by(
                [&] {
                  catalog_.pair_store.add_pair_list({{}, "m", catalog_.split, "x", 1, "{}", {}},
                                                    {catalog_.pair_row("train", 0, 0, 2)}, {});
                },
                &message),
            ErrorKind::kCatalog);
  EXPECT_NE(message.find("crosses parts"), std::string::npos) << message;
  EXPECT_FALSE(catalog_.pair_store.find_pair_list("m").has_value());
}

TEST_F(PairStoreTest, ListDigestIsTheSameInEveryCatalog) {
  const TempDir other_folder;
  const SmallCatalog other(other_folder.path());
  const Digest digest = *catalog_.pair_store.find_pair_list("l")->list_sha256;
  EXPECT_EQ(*other.pair_store.find_pair_list("l")->list_sha256, digest);
  catalog_.pair_store.add_pair_list({{}, "m", catalog_.split, "stratified@1", 7, "{}", {}},
                                    {catalog_.pair_row("train", 0, 0, 1)}, {});
  EXPECT_NE(*catalog_.pair_store.find_pair_list("m")->list_sha256, digest);
}

class ScoreStoreTest : public CatalogTest {
 protected:
  ScoreStoreTest() {
    for (int i = 0; i < 2; ++i) {
      const JobClaim claim = *catalog_.runs.claim(run_, "me", 1000000000, 3);
      catalog_.runs.record_done(claim, SmallCatalog::fake_row(std::to_string(i)));
      fakes_.push_back(catalog_.runs.artifacts(claim.job.id)[0].id);
    }
    metric_ = catalog_.scores.ensure_metric({{}, "ssim_bg", 1, "1", "up", "clip", {}, "{}"});
  }

  [[nodiscard]] ScoreRow row(std::size_t fake, std::int64_t frame, double value) const {
    ScoreRow score;
    score.metric_id = metric_;
    score.artifact_id = fakes_[fake];
    score.frame = frame;
    score.value = value;
    return score;
  }

  std::string run_ = catalog_.start_run();
  std::vector<ArtifactId> fakes_;
  MetricId metric_;
};

TEST_F(ScoreStoreTest, ChangedMetricNeedsANewVersion) {
  EXPECT_EQ(catalog_.scores.ensure_metric({{}, "ssim_bg", 1, "1", "up", "clip", {}, "{}"}),
            metric_);
  EXPECT_EQ(kind_thrown_by([&] {
              catalog_.scores.ensure_metric({{}, "ssim_bg", 1, "1", "up", "clip", {}, "{\"a\":1}"});
            }),
            ErrorKind::kCatalog);
  EXPECT_NE(catalog_.scores.ensure_metric({{}, "ssim_bg", 2, "1", "up", "clip", {}, "{\"a\":1}"}),
            metric_);
  EXPECT_EQ(catalog_.scores.metrics().size(), 2U);
}

TEST_F(ScoreStoreTest, MissingIsWhatHasNoClipRowInAnyRun) {
  EXPECT_EQ(catalog_.scores.missing(metric_, run_).size(), 2U);
  ScoreRow frame = row(0, 3, 0.5);
  catalog_.scores.add_scores(run_, {frame});
  EXPECT_EQ(catalog_.scores.missing(metric_, run_).size(), 2U) << "a frame row alone is not enough";
  ScoreRow failed = row(0, -1, 0);
  failed.status = "no_face";
  failed.value.reset();
  catalog_.scores.add_scores(run_, {failed});
  const std::vector<ArtifactRow> missing = catalog_.scores.missing(metric_, run_);
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].id, fakes_[1]);
  EXPECT_EQ(missing[0].label, "fake");
}

TEST_F(ScoreStoreTest, ScoresRoundTrip) {
  ScoreRow clip = row(0, -1, 0.75);
  clip.p05 = 0.5;
  clip.p50 = 0.7;
  clip.p95 = 0.9;
  clip.n_ok = 9;
  clip.n_asked = 10;
  catalog_.scores.add_scores(run_, {clip, row(0, 1, 0.2), row(0, 0, 0.1), row(1, -1, 0.25)});
  const std::vector<ClipScore> clips = catalog_.scores.clip_scores(metric_, run_);
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].artifact_id, fakes_[0]);
  EXPECT_EQ(clips[0].score.p95, 0.9);
  EXPECT_EQ(clips[0].score.n_asked, 10);
  EXPECT_TRUE(clips[0].job_id);
  const std::vector<ScoreRow> frames = catalog_.scores.frame_scores(metric_, fakes_[0]);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].frame, 0);
  EXPECT_EQ(frames[1].value, 0.2);
}

TEST_F(ScoreStoreTest, TheLastBegunRunCountsAlsoAfterTheClockWasSetBack) {
  catalog_.began_ahead_of_time(run_);
  const std::string later = catalog_.start_run();
  catalog_.scores.add_scores(run_, {row(0, -1, 0.1), row(0, 0, 0.1)});
  catalog_.scores.add_scores(later, {row(0, -1, 0.9), row(0, 0, 0.9)});
  EXPECT_EQ(catalog_.scores.clip_scores(metric_, run_).at(0).score.value, 0.9);
  EXPECT_EQ(catalog_.scores.frame_scores(metric_, fakes_[0]).at(0).value, 0.9);
}

TEST_F(ScoreStoreTest, BadValuesAreRefusedAndNothingOfTheBatchIsStored) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(), -1e301}) {
    EXPECT_EQ(kind_thrown_by([&] {
                catalog_.scores.add_scores(run_, {row(0, 0, 0.5), row(0, 1, bad)});
              }),
              ErrorKind::kCatalog);
  }
  ScoreRow both = row(0, 2, 0.5);
  both.status = "no_face";
  EXPECT_EQ(kind_thrown_by([&] { catalog_.scores.add_scores(run_, {both}); }), ErrorKind::kCatalog);
  EXPECT_TRUE(catalog_.scores.frame_scores(metric_, fakes_[0]).empty());
}

TEST_F(ScoreStoreTest, AggregatesRoundTrip) {
  AggregateRow row;
  row.metric_id = metric_;
  row.value = 0.5;
  row.ci_lo = 0.4;
  row.ci_hi = 0.6;
  row.ci_method = "bootstrap";
  row.n = 20;
  row.n_clusters = 5;
  row.coverage = 1;
  AggregateRow few = row;
  few.slice = "part=test";
  few.status = "too_few";
  few.value.reset();
  catalog_.scores.add_aggregates(run_, {row, few});
  const std::vector<AggregateRow> rows = catalog_.scores.aggregates(run_);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].ci_method, "bootstrap");
  EXPECT_EQ(rows[1].status, "too_few");
  EXPECT_FALSE(rows[1].value.has_value());
}

TEST(WhyNoInterval, PutsTheMethodIntoWords) {
  EXPECT_EQ(why_no_interval("too_few_clusters"), "too few people");
  EXPECT_EQ(why_no_interval("all_clips_alike"), "all clips alike");
  EXPECT_EQ(why_no_interval("none: resampling raises it"), "resampling raises it");
  EXPECT_EQ(why_no_interval(""), "");
}

class BlobStoreTest : public ::testing::Test {
 protected:
  TempDir folder_;
  BlobStore store_{folder_.path() / "objects"};
};

TEST_F(BlobStoreTest, BytesAreFoundByTheirDigest) {
  const BlobRow row = store_.put_bytes("hello", "text/plain");
  EXPECT_EQ(row.sha256, sha256("hello"));
  EXPECT_EQ(row.bytes, 5);
  EXPECT_EQ(row.state, "present");
  EXPECT_TRUE(store_.contains(row.sha256));
  EXPECT_EQ(store_.read(row.sha256), "hello");
  EXPECT_EQ(store_.path(row.sha256),
            folder_.path() / "objects" / "2c" / "f2" / sha256("hello").hex());
  EXPECT_TRUE(std::filesystem::is_empty(store_.staging()));
}

TEST_F(BlobStoreTest, AdoptMovesTheFileAndKeepsAnEqualOne) {
  for (int round = 0; round < 2; ++round) {
    const std::filesystem::path file = store_.staging() / "clip.mp4";
    write_file_atomically(file, "frames");
    EXPECT_EQ(store_.adopt_file(file, "video/mp4").sha256, sha256("frames"));
    EXPECT_FALSE(std::filesystem::exists(file));
  }
  EXPECT_EQ(store_.read(sha256("frames")), "frames");
}

TEST_F(BlobStoreTest, TornBlobIsReplaced) {
  const BlobRow row = store_.put_bytes("hello", "text/plain");
  write_file_atomically(store_.path(row.sha256), "he");
  store_.put_bytes("hello", "text/plain");
  EXPECT_EQ(store_.read(row.sha256), "hello");
}

TEST_F(BlobStoreTest, ADamagedBlobOfTheSameSizeIsReplaced) {
  const BlobRow row = store_.put_bytes("hello", "text/plain");
  EXPECT_TRUE(store_.is_intact(row.sha256));
  write_file_atomically(store_.path(row.sha256), "jello");
  EXPECT_FALSE(store_.is_intact(row.sha256));
  store_.put_bytes("hello", "text/plain");
  EXPECT_EQ(store_.read(row.sha256), "hello");
  write_file_atomically(store_.path(row.sha256), "jello");
  write_file_atomically(store_.staging() / "clip.mp4", "hello");
  store_.adopt_file(store_.staging() / "clip.mp4", "video/mp4");
  EXPECT_EQ(store_.read(row.sha256), "hello");
  std::filesystem::remove(store_.path(row.sha256));
  EXPECT_FALSE(store_.is_intact(row.sha256));
  std::filesystem::create_symlink(store_.path(row.sha256), store_.path(row.sha256));
  EXPECT_FALSE(store_.is_intact(row.sha256)) << "a file that cannot be looked at";
}

TEST_F(BlobStoreTest, DamagedOrMissingBlobIsACatalogError) {
  const BlobRow row = store_.put_bytes("hello", "text/plain");
  write_file_atomically(store_.path(row.sha256), "jello");
  EXPECT_EQ(kind_thrown_by([&] { (void)store_.read(row.sha256); }), ErrorKind::kCatalog);
  std::filesystem::remove(store_.path(row.sha256));
  EXPECT_EQ(kind_thrown_by([&] { (void)store_.read(row.sha256); }), ErrorKind::kCatalog);
}

TEST(CorpusRoots, RemembersFoldersAcrossObjects) {
  const TempDir folder;
  const std::filesystem::path catalog = folder.path() / "c.db";
  CorpusRoots(catalog).set("faces", folder.path());
  CorpusRoots roots(catalog);
  EXPECT_EQ(roots.resolve("faces"), folder.path());
  EXPECT_EQ(kind_thrown_by([&] { (void)roots.resolve("other"); }), ErrorKind::kConfig);
  roots.set("gone", folder.path() / "gone");
  EXPECT_EQ(kind_thrown_by([&] { (void)CorpusRoots(catalog).resolve("gone"); }), ErrorKind::kInput);
  write_file_atomically(folder.path() / "corpus_roots.json", "[1");
  EXPECT_EQ(kind_thrown_by([&] { CorpusRoots{catalog}; }), ErrorKind::kConfig);
}

using AuditLogTest = CatalogTest;

TEST_F(AuditLogTest, ChainDetectsAnEditedRow) {
  AuditLog log(catalog_.database);
  log.append("tester", "gc", "objects", "{\"removed\":1}");
  log.append("tester", "gc", "objects", "{\"removed\":2}");
  EXPECT_TRUE(log.verify().empty());
  EXPECT_TRUE(log.head().has_value());
  Connection& connection = catalog_.database.connection();
  connection.exec(
      "DROP TRIGGER audit_log_u; UPDATE audit_log SET detail_json='{}' WHERE "
      "detail_json='{\"removed\":1}'");
  EXPECT_EQ(log.verify().size(), 1U);
  connection.exec(
      "DROP TRIGGER audit_log_d; DELETE FROM audit_log WHERE seq=(SELECT min(seq) FROM audit_log "
      "WHERE actor='tester')");
  EXPECT_EQ(log.verify().size(), 1U) << "a removed row breaks the chain at the next one";
}

}  // namespace
}  // namespace changeling
