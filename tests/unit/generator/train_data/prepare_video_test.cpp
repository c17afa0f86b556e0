// From analysed videos to a frame set; no network is needed.
#include <chrono>
#include <csignal>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/face/face_box.h"
#include "generator/train_data/prepare.h"
#include "tests/support/head_corpus.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

HeadFile head(const std::string& name, int n_frames) {
  HeadFile file;
  file.name = name;
  file.clip.n_frames = n_frames;
  return file;
}

/// Everybody is in part "train" of split "all".
class PrepareVideo : public testing::Test {
 protected:
  [[nodiscard]] PrepareOptions options() const {
    PrepareOptions options;
    options.split = "all";
    options.out = folder_ / "packs";
    options.resolution_px = 64;
    return options;
  }

  TempDir folder_;
};

double mean_difference(const std::string& a, const std::string& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::abs(static_cast<std::uint8_t>(a[i]) - static_cast<std::uint8_t>(b.at(i)));
  }
  return sum / static_cast<double>(a.size());
}

TEST_F(PrepareVideo, CutsTheFramesThatTheAnalysisTells) {
  const HeadFile ann = head("ann", 20);
  HeadCorpus corpus(folder_.path(), {ann});
  corpus.cache_analysis(ann);
  PrepareOptions wanted = options();
  wanted.frames = {3, 4};
  const PrepareResult result = prepare_frames(corpus.database, wanted);
  ASSERT_EQ(result.set.packs.size(), 1U);
  const FramePack pack = read_pack(result.set, result.set.packs.front());
  ASSERT_EQ(pack.frame_count(), 3);
  FramePack expected;
  const CropMaker maker(pack.layout, 0);
  for (const std::int64_t index : pack.frame_index) {
    const LandmarkFace face = face_at(ann.clip, index);
    EXPECT_FALSE(
        maker.add(expected, draw(face), {landmarks_of(face), {face.yaw_deg, 0, 0}}, nullptr));
  }
  EXPECT_EQ(pack.landmarks, expected.landmarks);
  EXPECT_EQ(pack.masks, expected.masks);
  EXPECT_LT(mean_difference(pack.pixels, expected.pixels), 3) << "4:2:0";
  EXPECT_GT(mean_difference(pack.pixels.substr(0, pack.pixels.size() / 3),
                            expected.pixels.substr(expected.pixels.size() / 3)),
            3)
      << "other frames look different";
}

TEST_F(PrepareVideo, CountsWhatItLeavesOut) {
  const HeadFile ann = head("ann", 24);
  const HeadFile bo = head("bo", 2);
  HeadCorpus corpus(folder_.path(), {ann, bo, head("cy", 3)});
  corpus.cache_analysis(ann, [](VideoAnalysis& analysis) {
    std::vector<FaceObservation>& seen = analysis.tracks.front().observations;
    LandmarkFace small;
    small.face_width_px = 30;
    for (FaceObservation& observation : seen) {
      observation.sharpness = 50;
    }
    seen[0].status = FaceStatus::kInterpolated;
    seen[1].landmarks = landmarks_of(small);
    seen[2].sharpness = 5;
    seen[3].sharpness = 6;
  });
  corpus.cache_analysis(bo, [](VideoAnalysis& analysis) {
    for (FaceObservation& observation : analysis.tracks.front().observations) {
      observation.sharpness = 50;
    }
  });
  PrepareOptions wanted = options();
  wanted.min_sharpness = 10;
  wanted.min_frames = 3;
  wanted.frames = {4, 2};
  const PrepareResult result = prepare_frames(corpus.database, wanted);
  EXPECT_THAT(result.left_out,
              UnorderedElementsAre(Pair(LeftOut::kNotAnalyzed, 1), Pair(LeftOut::kTooSmall, 1),
                                   Pair(LeftOut::kBlurred, 2), Pair(LeftOut::kTooFewFrames, 1),
                                   Pair(LeftOut::kNotChosen, 16)))
      << "24 frames: one interpolated, one small, two blurred, four chosen";
  const PartStatistics& train = result.parts.at("train");
  EXPECT_EQ(train.people, 1);
  EXPECT_EQ(train.videos, 1);
  EXPECT_EQ(train.sequences, 1);
  EXPECT_EQ(train.frames, 4);
  EXPECT_EQ(train.longest_sequence, 4);
  EXPECT_NEAR(train.median_face_px, face_box(landmarks_of(ann.clip.face)).height, 1);
}

TEST_F(PrepareVideo, CountsFramesThatTheVideoDoesNotGive) {
  const HeadFile ann = head("ann", 6);
  HeadCorpus corpus(folder_.path(), {ann});
  corpus.cache_analysis(ann, [&](VideoAnalysis& analysis) {
    HeadClip longer = ann.clip;
    longer.n_frames = 10;
    analysis.tracks = analyze(longer).analysis.tracks;
  });
  const PrepareResult result = prepare_frames(corpus.database, options());
  EXPECT_THAT(result.left_out, UnorderedElementsAre(Pair(LeftOut::kNotDecoded, 4)));
  EXPECT_EQ(result.parts.at("train").frames, 6);
}

TEST_F(PrepareVideo, CountsChangedVideosAndAnalysesOfOtherBytes) {
  const HeadFile ann = head("ann", 2);
  const HeadFile bo = head("bo", 3);
  const HeadFile cy = head("cy", 4);
  HeadCorpus corpus(folder_.path(), {ann, bo, cy});
  corpus.cache_analysis(ann);
  corpus.cache_analysis(bo);
  corpus.cache_analysis(cy, [](VideoAnalysis& analysis) { analysis.video_sha256 = Digest(); });
  write_file_atomically(folder_ / "clips/bo.mkv", "changed");
  const PrepareResult result = prepare_frames(corpus.database, options());
  EXPECT_THAT(result.left_out,
              UnorderedElementsAre(Pair(LeftOut::kNotProbed, 1), Pair(LeftOut::kNotAnalyzed, 1)));
  EXPECT_EQ(result.parts.at("train").people, 1);
}

TEST_F(PrepareVideo, TakesTheAnalysisOfAnotherClipOfTheSameBytes) {
  const HeadFile ann = head("ann", 2);
  HeadCorpus corpus(folder_.path(), {ann, head("bo", 2)});
  corpus.cache_analysis(ann);
  const PrepareResult result = prepare_frames(corpus.database, options());
  EXPECT_TRUE(result.left_out.empty());
  EXPECT_EQ(result.parts.at("train").frames, 4);
}

/// Ann has crops, Cy has none; split "main" puts both into a part.
class PrepareSplit : public PrepareVideo {
 protected:
  struct Catalog {
    std::string folder;
    bool cy_comes_first = false;
    std::string part_of_cy = "train";
    bool has_other_corpus = false;
  };

  [[nodiscard]] Digest set_digest(const Catalog& catalog) const {
    const HeadFile ann = head("ann", 2);
    const HeadFile cy = head("cy", 2);
    HeadCorpus corpus(folder_ / catalog.folder, catalog.cy_comes_first
                                                    ? std::vector<HeadFile>{cy, ann}
                                                    : std::vector<HeadFile>{ann, cy});
    corpus.cache_analysis(ann);
    std::vector<SplitSubjectRow> rows;
    for (const SubjectRow& person : corpus.corpora.subjects(corpus.corpora.corpora().front().id)) {
      rows.push_back({person.id, static_cast<std::int64_t>(rows.size()),
                      person.ext_id == "cy" ? catalog.part_of_cy : "train"});
    }
    if (catalog.has_other_corpus) {
      rows.push_back(
          {seen_elsewhere(corpus.corpora), static_cast<std::int64_t>(rows.size()), "test"});
    }
    corpus.pairs.add_split({{}, "main", "by hand in " + catalog.folder, 1, {}}, rows);
    PrepareOptions wanted = options();
    wanted.split = "main";
    wanted.out = folder_ / catalog.folder / "packs";
    return prepare_frames(corpus.database, wanted).set.sha256;
  }

 private:
  /// A person of another corpus, whose video is not analysed.
  static SubjectId seen_elsewhere(CorpusStore& corpora) {
    const CorpusId corpus =
        corpora.add_corpus({{}, "others", "1", "others", "CC0-1.0", "synthetic", true});
    SubjectRow subject;
    subject.corpus_id = corpus;
    subject.ext_id = "zoe";
    MediaRow medium;
    medium.corpus_id = corpus;
    medium.rel_path = "zoe.mkv";
    SightingRow sighting;
    sighting.media_id = corpora.add_media(medium);
    sighting.subject_id = corpora.add_subject(subject);
    corpora.add_sighting(sighting);
    return sighting.subject_id;
  }
};

TEST_F(PrepareSplit, PeopleOfOtherCorporaDoNotRenameASet) {
  EXPECT_EQ(set_digest({"plain"}), set_digest({"more", false, "train", true}));
}

TEST_F(PrepareSplit, TheOrderOfRegistrationDoesNotRenameASet) {
  EXPECT_EQ(set_digest({"plain"}), set_digest({"turned", true}));
}

TEST_F(PrepareSplit, ThePartOfEverybodyInItsCorporaIsInASetsName) {
  EXPECT_NE(set_digest({"plain"}), set_digest({"moved", false, "val"}));
}

PrepareOptions four_frames_each(const std::filesystem::path& out) {
  PrepareOptions options;
  options.split = "all";
  options.out = out;
  options.resolution_px = 64;
  options.frames = {4, 2};
  return options;
}

/// With the catalog in `folder`.
PrepareResult prepare(const std::filesystem::path& folder, const PrepareOptions& options) {
  Database database = Database::open_reader(folder / "catalog.db");
  return prepare_frames(database, options);
}

/// Four people with a video each, of which one is not analysed.
class PrepareUnfinished : public PrepareVideo {
 protected:
  static constexpr int kSequences = 4;

  void SetUp() override {
    const std::vector<HeadFile> files = {head("ann", 12), head("bo", 3), head("cy", 2),
                                         head("di", 5)};
    HeadCorpus corpus(folder_.path(), files);
    for (const HeadFile& file : files) {
      if (file.name != "bo") {
        corpus.cache_analysis(file);
      }
    }
    unbroken_ = prepare(folder_.path(), wanted("unbroken"));
  }

  [[nodiscard]] PrepareOptions wanted(const std::string& out) const {
    return four_frames_each(folder_ / out);
  }

  /// Goes on in `options.out` and expects that it looks at `sequences` only, to the end of an
  /// unbroken run.
  void expect_goes_on(PrepareOptions options, int sequences) const {
    std::int64_t announced = 0;
    int seen = 0;
    options.on_begin = [&](std::int64_t n) { announced = n; };
    options.on_medium = [&] { ++seen; };
    const PrepareResult result = prepare(folder_.path(), options);
    EXPECT_EQ(announced, sequences);
    EXPECT_EQ(seen, sequences);
    EXPECT_FALSE(result.stopped);
    EXPECT_EQ(result.set.sha256, unbroken_.set.sha256);
    EXPECT_EQ(result.left_out, unbroken_.left_out);
    ASSERT_EQ(result.parts.size(), 1U);
    const PartStatistics& part = result.parts.at("train");
    const PartStatistics& expected = unbroken_.parts.at("train");
    EXPECT_EQ(part.people, expected.people);
    EXPECT_EQ(part.videos, expected.videos);
    EXPECT_EQ(part.sequences, expected.sequences);
    EXPECT_EQ(part.frames, expected.frames);
    EXPECT_EQ(part.longest_sequence, expected.longest_sequence);
    EXPECT_EQ(part.median_face_px, expected.median_face_px);
  }

  /// Stops after `sequences`; the default of save_every never comes.
  void stop_after(int sequences, PrepareOptions options) const {
    int seen = 0;
    options.on_medium = [&] { ++seen; };
    options.stop_requested = [&] { return seen == sequences; };
    EXPECT_TRUE(prepare(folder_.path(), options).stopped);
    EXPECT_FALSE(std::filesystem::exists(options.out / "set.json"));
  }

  PrepareResult unbroken_;
};

TEST_F(PrepareUnfinished, GoesOnAfterAStopWithoutLookingAtWhatIsDone) {
  const auto options = [&](int k) { return wanted("stopped-" + std::to_string(k)); };
  for (int k = 0; k < kSequences; ++k) {
    stop_after(k, options(k));
  }
  expect_goes_on(options(0), kSequences);
  int k = 0;
  for (const char* name : {"ann.mkv", "bo.mkv", "cy.mkv"}) {
    std::filesystem::remove(folder_ / "clips" / name);
    ++k;
    expect_goes_on(options(k), kSequences - k);
  }
}

TEST_F(PrepareUnfinished, GoesOnAfterSeveralStops) {
  const PrepareOptions options = wanted("packs");
  stop_after(1, options);
  stop_after(2, options);
  expect_goes_on(options, 1);
}

TEST_F(PrepareUnfinished, BeginsAnewWhereAFileIsBackThatWasAway) {
  const std::filesystem::path file = folder_ / "clips/ann.mkv";
  std::filesystem::rename(file, folder_ / "away.mkv");
  stop_after(2, wanted("away"));
  stop_after(1, wanted("away"));  // goes on: it is still away
  std::filesystem::rename(folder_ / "away.mkv", file);
  expect_goes_on(wanted("away"), kSequences);
}

TEST_F(PrepareUnfinished, BeginsAnewWhereSettingsAreOthers) {
  PrepareOptions other = wanted("packs");
  other.frames = {3, 2};
  stop_after(2, other);
  expect_goes_on(wanted("packs"), kSequences);
}

TEST_F(PrepareUnfinished, BeginsAnewWhereAnAnalysisIsAnother) {
  const PrepareOptions options = wanted("packs");
  stop_after(3, options);
  {
    Database database = Database::open_writer(folder_ / "catalog.db");
    CorpusStore corpora(database);
    BlobStore blobs(objects_folder(database.path()));
    for (const MediaRow& medium : corpora.media(corpora.find_corpus("heads")->id)) {
      if (medium.rel_path == "bo.mkv") {
        VideoAnalysis analysis = analyze(head("bo", 3).clip).analysis;
        analysis.video_sha256 = *medium.sha256;
        corpora.put_cached_stage(sha256("new"), "face_analysis@1", medium.id,
                                 blobs.put_bytes(serialize(analysis), "application/octet-stream"));
      }
    }
  }
  const PrepareResult result = prepare(folder_.path(), options);
  EXPECT_EQ(result.left_out.count(LeftOut::kNotAnalyzed), 0U);
  EXPECT_EQ(result.parts.at("train").people, kSequences);
}

constexpr const char* kKilledIn = "CHANGELING_TEST_KILLED_IN";

/// The child of the next test.
TEST(PrepareKilled, DISABLED_AfterTwoSequences) {
  const char* folder = std::getenv(kKilledIn);
  ASSERT_NE(folder, nullptr);
  PrepareOptions options = four_frames_each(std::filesystem::path(folder) / "packs");
  options.save_every = std::chrono::seconds(0);
  int seen = 0;
  options.on_medium = [&] {
    if (++seen == 3) {
      (void)std::raise(SIGKILL);  // the third is taken, but not saved yet
    }
  };
  (void)prepare(folder, options);
}

TEST_F(PrepareUnfinished, GoesOnAfterAKill) {
  const ProcessResult killed = run_process(
      {"/proc/self/exe", "--gtest_filter=PrepareKilled.*", "--gtest_also_run_disabled_tests"},
      {{kKilledIn, folder_.path().string()}});
  ASSERT_EQ(killed.exit_code, 128 + SIGKILL) << killed.out << killed.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "packs/set.json"));
  std::filesystem::remove(folder_ / "clips/ann.mkv");
  expect_goes_on(wanted("packs"), kSequences - 2);
}

}  // namespace
}  // namespace changeling
