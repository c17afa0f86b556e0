#include "evaluator/run/detector_run.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/erasure.h"
#include "catalog/store/run_store.h"
#include "common/base/error.h"
#include "common/tensor/device.h"
#include "tests/support/export_catalog.h"
#include "tests/support/pruned_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class DetectorRun : public testing::Test {
 protected:
  explicit DetectorRun(const ExportCatalogSpec& spec = {}) : catalog_(dir_.path(), spec) {}

  void SetUp() override { configure_torch(1); }

  TrainedDetector train(const std::string& version, DetectorKind kind = DetectorKind::kSpectrum) {
    DetectorTraining training;
    training.name = "d";
    training.version = version;
    training.crops = {4, 32};
    training.fit.kind = kind;
    training.fit.steps = 4;
    training.fit.batch = 4;
    return train_detector(catalog_.database(), blobs_, catalog_.roots(), training, {});
  }

  ScoreRunSummary score(const std::string& set = "") {
    DetectorScoring scoring;
    scoring.name = "d";
    scoring.set = set;
    scoring.frames_per_clip = 4;
    scoring.replicates = 100;
    return score_detector(catalog_.database(), blobs_, catalog_.roots(), scoring);
  }

  TempDir dir_;
  ExportCatalog catalog_;
  BlobStore blobs_{dir_.path() / "objects"};
};

TEST_F(DetectorRun, FitsOnTrainSelectsOnValAndScoresTest) {
  const TrainedDetector trained = train("1", DetectorKind::kMesoInception);
  EXPECT_EQ(trained.n_crops, 14);  // 2 controls of 4 frames, 2 fakes of 3: frame 10 is not swapped
  EXPECT_EQ(trained.n_validation_crops, 14);
  EXPECT_TRUE(trained.was_selected);
  const ScoreRunSummary summary = score();
  EXPECT_EQ(summary.n_fake, 2);
  EXPECT_EQ(summary.n_real, 2);
  EXPECT_TRUE(summary.misses.empty());
  std::set<ArtifactId> scored;
  std::int64_t frames = 0;
  for (const DetectorScoreRow& row : DetectorStore(catalog_.database()).scores(summary.run_id)) {
    scored.insert(row.artifact_id);
    frames += row.frame >= 0 ? 1 : 0;
  }
  EXPECT_EQ(frames, 16) << "frames are chosen without regard to the label";
  const DetectorStore store(catalog_.database());
  for (const ClipRow& clip : store.clips(store.find_set(""), DetectorRole::kScore)) {
    EXPECT_EQ(scored.count(clip.artifact.id), 1U);
  }
}

TEST_F(DetectorRun, TheSameSeedGivesTheSameWeights) {
  EXPECT_EQ(train("1", DetectorKind::kMesoInception).sha256,
            train("2", DetectorKind::kMesoInception).sha256);
}

TEST_F(DetectorRun, NoRoleReachesTheClipsOfAnother) {
  const DetectorStore store(catalog_.database());
  const DetectorSet set = store.find_set("");
  std::set<ArtifactId> seen;
  for (const DetectorRole role :
       {DetectorRole::kFit, DetectorRole::kSelect, DetectorRole::kScore}) {
    const std::vector<ClipRow> clips = store.clips(set, role);
    EXPECT_EQ(clips.size(), 4U);
    for (const ClipRow& clip : clips) {
      EXPECT_EQ(clip.part, part_of(role));
      EXPECT_TRUE(seen.insert(clip.artifact.id).second);
    }
  }
}

TEST_F(DetectorRun, PeopleOfTheTrainingAreNeverScored) {
  const TrainedDetector trained = train("1");
  const DetectorStore store(catalog_.database());
  const DetectorSet set = store.find_set("");
  EXPECT_NO_THROW(store.require_unseen(trained.model, store.clips(set, DetectorRole::kScore)));
  for (const DetectorRole used : {DetectorRole::kFit, DetectorRole::kSelect}) {
    try {
      store.require_unseen(trained.model, store.clips(set, used));
      ADD_FAILURE() << "clips of part " << part_of(used) << " could be scored";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      EXPECT_THAT(error.what(), HasSubstr("of what the detector was trained on"));
    }
  }
}

/// Three people in each part: without one of them there is still a pair.
class DetectorOfThree : public DetectorRun {
 protected:
  DetectorOfThree() : DetectorRun(three()) {}

  static ExportCatalogSpec three() {
    ExportCatalogSpec spec;
    spec.people_per_part = 3;
    return spec;
  }
};

TEST_F(DetectorOfThree, TellsOfPeopleWhoWithdrewSinceAndLearnsWithoutThem) {
  (void)train("1");
  EXPECT_THAT(score().withdrawn_trainings, testing::IsEmpty());
  (void)forget_subject(catalog_.database(), blobs_,
                       {"faces", "person-1", "a letter", false, false});
  const std::string run = DetectorStore(catalog_.database()).find_set("").generate_run;
  const ScoreRunSummary summary = score();
  EXPECT_THAT(summary.withdrawn_trainings, testing::ElementsAre("run " + run));
  EXPECT_FALSE(summary.run_id.empty()) << "the scores stay";
  const TrainedDetector anew = train("2");
  EXPECT_EQ(anew.left_out.at("withdrawn"), 4) << "two fakes and their controls";
  EXPECT_EQ(anew.n_crops, 7) << "one fake and its control";
  EXPECT_THAT(score().withdrawn_trainings, testing::IsEmpty());
}

TEST_F(DetectorRun, UnknownDetectorsAndSetsAreRefused) {
  EXPECT_THROW((void)score(), Error);
  (void)train("1");
  EXPECT_THROW((void)score("none@1.0.0"), Error);
}

TEST_F(DetectorRun, APrunedRunIsRefused) {
  (void)train("1");
  const std::string run = DetectorStore(catalog_.database()).find_set("").generate_run;
  prune_run(catalog_.database(), run);
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)score(); }, &message), ErrorKind::kConfig);
  EXPECT_THAT(message, HasSubstr("the files of run " + run + " were pruned on"));
  EXPECT_EQ(kind_thrown_by([&] { (void)train("2"); }), ErrorKind::kConfig);
}

TEST_F(DetectorRun, ADamagedClipIsCountedAndTheRestIsScored) {
  (void)train("1");
  const DetectorStore store(catalog_.database());
  const ClipRow clip = store.clips(store.find_set(""), DetectorRole::kScore).front();
  std::filesystem::remove(blobs_.path(clip.artifact.sha256));
  const ScoreRunSummary summary = score();
  EXPECT_EQ(summary.misses.at("decode_error"), 1);
  EXPECT_EQ(RunStore(catalog_.database()).find_run(summary.run_id)->status, "partial");
}

}  // namespace
}  // namespace changeling
