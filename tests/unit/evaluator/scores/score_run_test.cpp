#include "evaluator/scores/score_run.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/connection.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class ImportScores : public testing::Test {
 protected:
  /// A score for every clip of the part: `fake` for fakes, `real` for the others.
  std::string scores_of(const std::vector<ClipRow>& clips, const std::string& fake,
                        const std::string& real) {
    std::string text = "key,p_fake\n";
    for (const TruthClip& clip : truth_of(catalog_.database(), clips)) {
      text += clip.key + "," + (clip.is_fake ? fake : real) + "\n";
    }
    return text;
  }

  ScoreImport request(const std::string& text) {
    ScoreImport import;
    import.file = dir_ / "scores.csv";
    import.name = "outside";
    import.version = "1";
    import.trained_on = "another set";
    import.replicates = 100;
    write_file_atomically(import.file, text);
    return import;
  }

  std::vector<ClipRow> clips(DetectorRole role) {
    const DetectorStore store(catalog_.database());
    return store.clips(store.find_set(""), role);
  }

  TempDir dir_;
  ExportCatalog catalog_{dir_.path()};
};

TEST_F(ImportScores, SlicesAreOfTheFacesThatWereSwappedAfterAnotherAnalysis) {
  const auto slices = [this] {
    std::vector<std::map<std::string, std::string>> of_clips;
    for (const TruthClip& clip : truth_of(catalog_.database(), clips(DetectorRole::kScore))) {
      of_clips.push_back(clip.slices);
    }
    return of_clips;
  };
  const auto before = slices();
  ASSERT_EQ(before.front().count("face size"), 1U);
  catalog_.analyse_again();
  EXPECT_EQ(slices(), before);
}

TEST_F(ImportScores, StoresRunScoresAndAggregates) {
  const std::vector<ClipRow> test = clips(DetectorRole::kScore);
  ASSERT_EQ(test.size(), 4U);
  const ScoreRunSummary summary =
      import_scores(catalog_.database(), request(scores_of(test, "0.9", "0.2")));
  EXPECT_EQ(summary.n_fake, 2);
  EXPECT_EQ(summary.n_real, 2);
  EXPECT_EQ(summary.n_people, 2);
  EXPECT_EQ(summary.detector, "outside@1");
  EXPECT_TRUE(summary.misses.empty());
  const RunStore runs(catalog_.database());
  EXPECT_EQ(runs.find_run(summary.run_id)->kind, "detector");
  EXPECT_EQ(runs.find_run(summary.run_id)->status, "ok");
  EXPECT_EQ(runs.models(summary.run_id).at(0).trained_on, "another set");
  EXPECT_EQ(DetectorStore(catalog_.database()).scores(summary.run_id).size(), 4U);
  const std::vector<AggregateRow> rows = ScoreStore(catalog_.database()).aggregates(summary.run_id);
  ASSERT_EQ(rows.size(), summary.metrics.size());
  EXPECT_EQ(summary.metrics.front().definition.name, "detector_auc");
  EXPECT_EQ(summary.metrics.front().aggregate.value, 1);
}

TEST_F(ImportScores, KnowTheSourceOfEveryFakeAndOfNoControl) {
  int fakes = 0;
  for (const TruthClip& clip : truth_of(catalog_.database(), clips(DetectorRole::kScore))) {
    EXPECT_EQ(clip.source.has_value(), clip.is_fake);
    EXPECT_NE(clip.source, clip.person);
    fakes += clip.is_fake ? 1 : 0;
  }
  EXPECT_EQ(fakes, 2);
}

TEST_F(ImportScores, ClipsOfOtherPartsAreRefusedUnlessAskedFor) {
  ScoreImport import = request(scores_of(clips(DetectorRole::kFit), "0.9", "0.2"));
  try {
    (void)import_scores(catalog_.database(), import);
    ADD_FAILURE() << "training clips were scored as test clips";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("line 2: clip '"));
  }
  import.all_parts = true;
  const ScoreRunSummary summary = import_scores(catalog_.database(), import);
  EXPECT_EQ(summary.n_fake + summary.n_real, 12);
  EXPECT_EQ(summary.misses.at("no_face"), 8);
}

TEST_F(ImportScores, TheSameFileAgainStoresNothing) {
  const ScoreImport import = request(scores_of(clips(DetectorRole::kScore), "0.9", "0.2"));
  const ScoreRunSummary first = import_scores(catalog_.database(), import);
  EXPECT_TRUE(first.is_new);
  const std::size_t n_runs = RunStore(catalog_.database()).runs().size();
  const ScoreRunSummary again = import_scores(catalog_.database(), import);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.run_id, first.run_id);
  EXPECT_EQ(again.detector, "outside@1");
  EXPECT_EQ(again.metrics.size(), first.metrics.size());
  EXPECT_EQ(RunStore(catalog_.database()).runs().size(), n_runs);
}

TEST_F(ImportScores, OtherScoresUnderATakenNameAndVersionAreRefused) {
  const std::vector<ClipRow> test = clips(DetectorRole::kScore);
  const std::string taken =
      import_scores(catalog_.database(), request(scores_of(test, "0.9", "0.2"))).run_id;
  ScoreImport other = request(scores_of(test, "0.8", "0.2"));
  const std::size_t n_runs = RunStore(catalog_.database()).runs().size();
  try {
    (void)import_scores(catalog_.database(), other);
    ADD_FAILURE() << "two detectors of one name could not be told apart";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_THAT(error.what(), HasSubstr("has other scores of outside@1 (run " + taken +
                                        "): give these another version"));
  }
  EXPECT_EQ(RunStore(catalog_.database()).runs().size(), n_runs);
  other.version = "2";
  EXPECT_TRUE(import_scores(catalog_.database(), other).is_new);
}

TEST_F(ImportScores, OfTwoFilesThatAnOlderCatalogHasUnderOneNameEachIsDone) {
  const std::vector<ClipRow> test = clips(DetectorRole::kScore);
  Database& database = catalog_.database();
  const std::string first = scores_of(test, "0.9", "0.2"), second = scores_of(test, "0.8", "0.2");
  const std::string first_run = import_scores(database, request(first)).run_id;
  ScoreImport other = request(second);
  other.version = "2";
  const std::string second_run = import_scores(database, other).run_id;
  database.connection().exec("UPDATE model SET version='1' WHERE name='outside'");
  EXPECT_EQ(import_scores(database, request(first)).run_id, first_run);
  EXPECT_EQ(import_scores(database, request(second)).run_id, second_run);
  EXPECT_THROW((void)import_scores(database, request(scores_of(test, "0.7", "0.2"))), Error);
}

TEST_F(ImportScores, ANameMayBeUsedAgainForAnotherSet) {
  const RunStore runs(catalog_.database());
  ScoreImport import = request(scores_of(clips(DetectorRole::kScore), "0.9", "0.2"));
  const std::string set =
      runs.find_run(import_scores(catalog_.database(), import).run_id)->parent_run_id.value();
  const DetectorStore store(catalog_.database());
  EXPECT_EQ(store.runs_on(store.find_set(set)).size(), 1U);
  DetectorSet other;
  other.generate_run = "another";
  EXPECT_TRUE(store.runs_on(other).empty());
  other.generate_run.clear();
  other.corpus_id = CorpusId{1};
  EXPECT_TRUE(store.runs_on(other).empty());
}

TEST_F(ImportScores, ARefusedFileLeavesNothing) {
  EXPECT_THROW((void)import_scores(catalog_.database(), request("key,p_fake\nx,0.5\n")), Error);
  for (const RunRow& run : RunStore(catalog_.database()).runs()) {
    EXPECT_EQ(run.kind, "generate");
  }
  EXPECT_TRUE(DetectorStore(catalog_.database()).detectors().empty());
}

TEST_F(ImportScores, AnUnknownSetIsRefused) {
  ScoreImport import = request("key,p_fake\n0123456789abcdef,0.5\n");
  import.set = "none@1.0.0";
  EXPECT_THROW((void)import_scores(catalog_.database(), import), Error);
  import.set = "no-such-run";
  EXPECT_THROW((void)import_scores(catalog_.database(), import), Error);
}

}  // namespace
}  // namespace changeling
