// `changeling detector import` -> `detector mine` -> `sample pairs` with the real program: what a
// detector missed becomes pairs of its kind.
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "tests/cli/run_program.h"
#include "tests/support/export_catalog.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kHardPose = "15-45 degrees";

/// Sixty fakes of 24 people in part test. The detector misses those whose target turns by 15 to 45
/// degrees, and finds the others.
class DetectorMine : public testing::Test {
 protected:
  DetectorMine() {
    SimulatedCatalog catalog(folder_.path(), 24, 60, 1, 36);
    run_ = catalog.add_run({});
    std::map<PairId, const PairRow*> pairs;
    for (const PairRow& pair : catalog.pairs()) {
      pairs[pair.id] = &pair;
    }
    const CorpusStore corpora(catalog.database());
    const RunStore runs(catalog.database());
    std::string csv = "artifact,p_fake\n";
    for (const JobRow& job : runs.jobs(run_)) {
      const TrackRow track = corpora.tracks(pairs.at(job.pair_id)->target_media).front();
      for (const ArtifactRow& artifact : runs.artifacts(job.id)) {
        if (artifact.kind == "fake_video") {
          const bool is_missed = *track.yaw_max == 25;
          csv += std::to_string(artifact.id.value) + (is_missed ? ",0.2\n" : ",0.999999\n");
        }
      }
    }
    write_file_atomically(folder_ / "scores.csv", csv);
  }

  ProcessResult run(std::vector<std::string> words) {
    words.insert(words.end(), {"--catalog", (folder_ / "catalog.db").string()});
    return run_changeling(words);
  }

  /// Id of the detector run that takes the scores in.
  std::string import_scores() {
    const ProcessResult imported = run({"detector", "import", folder_ / "scores.csv", "outside@1",
                                        "--set-name", run_, "--replicates", "100", "--json"});
    EXPECT_EQ(imported.exit_code, 0) << imported.err;
    return json::parse(imported.out).at("run_id");
  }

  std::vector<json> query(const std::string& sql) {
    std::vector<json> rows;
    const ProcessResult answer = run({"catalog", "query", "--json", sql});
    EXPECT_EQ(answer.exit_code, 0) << answer.err;
    std::istringstream lines(answer.out);
    for (std::string line; std::getline(lines, line);) {
      rows.push_back(json::parse(line));
    }
    return rows;
  }

  TempDir folder_;
  std::string run_;
};

TEST_F(DetectorMine, RanksByLossTimesQualityAndSparesPeople) {
  const ProcessResult mined = run({"detector", "mine", import_scores(), "--json"});
  ASSERT_EQ(mined.exit_code, 0) << mined.err;
  const json examples = json::parse(mined.out).at("examples");
  ASSERT_GE(examples.size(), 12U);
  double last = 1e9;
  for (const json& example : examples) {
    const double hardness = example.at("hardness");
    EXPECT_DOUBLE_EQ(hardness,
                     example.at("loss").get<double>() * example.at("quality").get<double>());
    EXPECT_LE(hardness, last);
    last = hardness;
  }
  EXPECT_EQ(examples.front().at("pose"), kHardPose);
  EXPECT_EQ(examples.front().at("p_fake"), 0.2);
}

/// Three people in each part.
TEST(DetectorOfForgottenPeople, IsNamedByTheErasureAndWarnedOfWhenItScores) {
  const TempDir folder;
  std::string file;
  {
    ExportCatalogSpec spec;
    spec.people_per_part = 3;
    ExportCatalog catalog(folder.path(), spec);
    file = catalog.file().string();
  }
  const auto run = [&file](std::vector<std::string> words) {
    words.insert(words.end(), {"--catalog", file});
    return run_changeling(words);
  };
  const std::vector<std::string> score = {"detector", "score",        "d@1", "--frames",
                                          "2",        "--replicates", "100"};
  const ProcessResult trained = run({"detector", "train", "d@1", "--kind", "spectrum", "--steps",
                                     "2", "--frames", "2", "--resolution", "32"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(run(score).err, testing::Not(HasSubstr("warning")));
  const std::vector<std::string> forget = {"corpus",   "forget-subject", "faces",
                                           "person-1", "--reason",       "a letter"};
  std::vector<std::string> plan = forget;
  plan.emplace_back("--dry-run");
  for (const std::vector<std::string>& words : {plan, forget}) {
    const ProcessResult told = run(words);
    EXPECT_EQ(told.exit_code, 0) << told.err;
    EXPECT_THAT(told.out, HasSubstr("detector 'd' 1 (model "));
    EXPECT_THAT(told.out, HasSubstr("which shows the person: train it anew without them\n"));
  }
  plan.emplace_back("--json");
  const json models = json::parse(run(plan).out).at("models");
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].at("name"), "d");
  const ProcessResult scored = run(score);
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_THAT(scored.err, HasSubstr("warning: detector 'd@1' was trained on run "));
  EXPECT_THAT(scored.err, testing::Not(HasSubstr("person-1")));
  const std::string planned = run({"detector", "train", "e@1", "--dry-run"}).out;
  EXPECT_THAT(planned, HasSubstr("would fit on "));
  EXPECT_THAT(planned, HasSubstr("left out: "));
  EXPECT_THAT(planned, HasSubstr(" clips, withdrawn\n"));
}

TEST_F(DetectorMine, SaysWhatASetAndARunAreNamedBy) {
  const ProcessResult set =
      run({"detector", "import", folder_ / "scores.csv", "outside@1", "--set-name", "meso"});
  EXPECT_EQ(set.exit_code, 2);
  EXPECT_THAT(set.err, HasSubstr("no generate run 'meso'"));
  EXPECT_THAT(set.err, HasSubstr("a frozen set is NAME@VERSION"));
  const ProcessResult mined = run({"detector", "mine", "latest"});
  EXPECT_EQ(mined.exit_code, 2);
  EXPECT_THAT(mined.err, HasSubstr("give its whole id"));
}

TEST_F(DetectorMine, TheSamplerDrawsTheKindThatIsAskedFor) {
  const ProcessResult mined =
      run({"detector", "mine", import_scores(), "--count", "12", "--pairs", "24"});
  ASSERT_EQ(mined.exit_code, 0) << mined.err;
  EXPECT_THAT(mined.out, HasSubstr("yaw_shares: [0.000, 1.000, 0.000]"));
  const std::string file = folder_ / "hard.yaml";
  write_file_atomically(file, mined.out);
  const ProcessResult drawn =
      run({"sample", "pairs", "hard", "--split", "all", "--config", file, "--seed", "4", "--set",
           "sample.min_identity_cosine=2"});  // the simulated faces have no files
  ASSERT_TRUE(drawn.exit_code == 0 || drawn.exit_code == 3) << drawn.out << drawn.err;
  const std::vector<json> rows = query(
      "SELECT p.part, p.stratum, t.yaw_max FROM pair p JOIN pair_list l USING(list_id) JOIN "
      "face_track "
      "t ON t.media_id = p.target_media WHERE l.name = 'hard'");
  EXPECT_GE(rows.size(), 22U);
  for (const json& row : rows) {
    EXPECT_EQ(row.at("part"), "train");
    EXPECT_EQ(row.at("yaw_max"), 25) << row;
  }
  // Another request over the same people gives another mix: the shares are what made the
  // difference.
  const ProcessResult plain =
      run({"sample", "pairs", "plain", "--split", "all", "--set", "sample.pairs.parts=train",
           "--set", "sample.min_identity_cosine=2", "--count", "24", "--seed", "4"});
  ASSERT_TRUE(plain.exit_code == 0 || plain.exit_code == 3) << plain.err;
  EXPECT_GE(
      query("SELECT DISTINCT t.yaw_max FROM pair p JOIN pair_list l USING(list_id) JOIN face_track "
            "t ON t.media_id = p.target_media WHERE l.name = 'plain'")
          .size(),
      2U);
}

TEST_F(DetectorMine, RefusesWhatIsNoDetectorRunAndSaysWhenNothingIsHard) {
  const ProcessResult foreign = run({"detector", "mine", run_});
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.err, HasSubstr("is no detector run"));
  std::string csv = read_file(folder_ / "scores.csv");
  for (std::size_t at = csv.find(",0."); at != std::string::npos; at = csv.find(",0.", at)) {
    csv.replace(at, csv.find('\n', at) - at, ",1");
  }
  write_file_atomically(folder_ / "scores.csv", csv);
  const ProcessResult nothing = run({"detector", "mine", import_scores()});
  EXPECT_EQ(nothing.exit_code, 3);
  EXPECT_THAT(nothing.err, HasSubstr("no fake was both good and taken for real"));
}

}  // namespace
}  // namespace changeling
