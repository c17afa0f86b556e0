// `changeling train prepare` on analysed videos, and `changeling train fit` on a small frame set:
// what they print and leave.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "tests/support/face_packs.h"
#include "tests/support/head_corpus.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;

/// Ann's video of 12 frames is analysed, Bo's is not.
class TrainPrepare : public testing::Test {
 protected:
  void SetUp() override {
    HeadFile ann;
    ann.name = "ann";
    ann.clip.n_frames = 12;
    HeadFile bo;
    bo.name = "bo";
    bo.clip.n_frames = 2;
    HeadCorpus(folder_.path(), {ann, bo}).cache_analysis(ann);
  }

  [[nodiscard]] ProcessResult prepare(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> argv = {
        built_program("changeling"),       "train",        "prepare", "--catalog",
        (folder_ / "catalog.db").string(), "--split",      "all",     "--out",
        (folder_ / "packs").string(),      "--resolution", "64",      "--set",
        "train.prepare.max_frames=3"};
    argv.insert(argv.end(), more.begin(), more.end());
    return run_process(argv);
  }

  TempDir folder_;
};

TEST_F(TrainPrepare, PrintsPartsAndWhatIsLeftOut) {
  const ProcessResult result = prepare();
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("PART +PEOPLE +VIDEOS +SEQUENCES +FRAMES +LONGEST"));
  EXPECT_THAT(result.out, ContainsRegex("train +1 +1 +1 +3 +3 +[0-9]+\n"));
  EXPECT_THAT(result.out, HasSubstr("left out: 1 not_analyzed\nleft out: 9 not_chosen\n"));
  EXPECT_THAT(result.out, ContainsRegex("1 packs, set [0-9a-f]{64}\n"));
}

TEST_F(TrainPrepare, PrintsTheSameAsJson) {
  const ProcessResult result = prepare({"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto document = nlohmann::json::parse(result.out);
  const auto& train = document.at("parts").at("train");
  for (const char* one : {"people", "videos", "sequences"}) {
    EXPECT_EQ(train.at(one), 1) << one;
  }
  EXPECT_EQ(train.at("frames"), 3);
  EXPECT_EQ(train.at("longest_sequence"), 3);
  EXPECT_GT(train.at("median_face_px"), 48);
  EXPECT_EQ(document.at("left_out"), nlohmann::json({{"not_analyzed", 1}, {"not_chosen", 9}}));
  EXPECT_EQ(document.at("packs"), 1);
  EXPECT_EQ(document.at("set_sha256"), sha256_file(folder_ / "packs/set.json").hex());
}

TEST_F(TrainPrepare, ADryRunSaysWhatTheCatalogTellsAndWritesNothing) {
  std::filesystem::remove(folder_ / "clips/ann.mkv");  // nobody looks at it
  const ProcessResult result = prepare({"--dry-run"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("train +1 +1 +1 +3 +3 +[0-9]+\n"));
  EXPECT_THAT(result.out,
              HasSubstr("left out: 1 not_analyzed\nleft out: 9 not_chosen\nwould look"));
  const ProcessResult json = prepare({"-n", "--json"});
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document.at("dry_run"), true);
  EXPECT_EQ(document.at("parts").at("train").at("frames"), 3);
  EXPECT_EQ(document.at("left_out").at("not_chosen"), 9);
  EXPECT_FALSE(document.contains("set_sha256"));
  EXPECT_FALSE(fs::exists(folder_ / "packs"));
}

class TrainFit : public testing::Test {
 protected:
  void SetUp() override { (void)write_face_set(folder_ / "packs", 32); }

  [[nodiscard]] ProcessResult fit(std::vector<std::string> more) const {
    more.emplace_back("--json");
    return fit_in_words(more);
  }

  [[nodiscard]] ProcessResult fit_in_words(const std::vector<std::string>& more) const {
    std::vector<std::string> argv = {built_program("changeling"),
                                     "train",
                                     "fit",
                                     "reenactment",
                                     "--packs",
                                     (folder_ / "packs").string(),
                                     "--out",
                                     (folder_ / "out").string(),
                                     "--steps",
                                     "2",
                                     "--ngf",
                                     "4",
                                     "--batch",
                                     "2",
                                     "--perception",
                                     "none",
                                     "--precision",
                                     "fp32",
                                     "--threads",
                                     "1",
                                     "--set",
                                     "train.fit.validate_every=1"};
    argv.insert(argv.end(), more.begin(), more.end());
    return run_process(argv);
  }

  [[nodiscard]] std::string written(const std::string& name) const {
    return read_file(folder_ / "out" / name);
  }

  TempDir folder_;
};

TEST_F(TrainFit, LeavesWeightsCurvePicturesAndAReport) {
  const ProcessResult result = fit({});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document.at("net"), "reenactment");
  EXPECT_EQ(document.at("steps"), 2);
  EXPECT_EQ(document.at("finished"), true);
  EXPECT_GT(document.at("peak_memory_bytes").get<std::int64_t>(), 1 << 20);
  EXPECT_GT(document.at("samples_per_second").get<double>(), 0);
  EXPECT_TRUE(fs::exists(document.at("weights").get<std::string>()));
  EXPECT_THAT(written("curve.csv"),
              HasSubstr("step,pixel,gradient,adversarial,validation,samples_per_second"));
  EXPECT_THAT(written("curve.csv"), HasSubstr("\n2,"));
  EXPECT_EQ(written("pictures/step-00000002.png").substr(1, 3), "PNG");
  EXPECT_THAT(written("report.html"), HasSubstr("<svg"));
  EXPECT_THAT(written("report.html"), HasSubstr("CC0-1.0"));
  EXPECT_TRUE(fs::exists(folder_ / "out" / "checkpoint.safetensors"));
}

TEST_F(TrainFit, TheReportTellsHowTheWeightsCameAbout) {
  ASSERT_EQ(fit({}).exit_code, 0);
  const std::string page = written("report.html");
  for (const char* fact : {"all steps are done", " at step ", "pixel_weight 1",
                           "background_weight 0.15", "weighted losses but the adversarial one",
                           "cpu, fp32, threads 1", "halved every 4000 steps"}) {
    EXPECT_THAT(page, HasSubstr(fact));
  }
}

TEST_F(TrainFit, SaysThatItIsToBeContinuedWhereTheTimeIsOver) {
  const std::vector<std::string> slice = {"--max-minutes", "0.0000001"};
  const ProcessResult first = fit(slice);
  ASSERT_EQ(first.exit_code, 75) << first.err;
  const auto document = nlohmann::json::parse(first.out);
  EXPECT_EQ(document.at("finished"), false);
  EXPECT_TRUE(document.at("best_validation").is_null()) << "nothing is validated yet";
  EXPECT_TRUE(document.at("weights").is_null());
  EXPECT_TRUE(fs::exists(document.at("checkpoint").get<std::string>()));
  EXPECT_THAT(written("report.html"), HasSubstr("none yet"));
  EXPECT_THAT(written("report.html"), HasSubstr("stopped, to be continued"));
  EXPECT_EQ(fit({}).exit_code, 0) << "without a limit it goes on";
}

/// `changeling report training` of a folder.
ProcessResult report(const fs::path& folder, const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv = {built_program("changeling"), "report", "training",
                                   folder.string()};
  argv.insert(argv.end(), more.begin(), more.end());
  return run_process(argv);
}

TEST_F(TrainFit, ItsPageCanBeMadeAgainFromItsFolderAlone) {
  ASSERT_EQ(fit({}).exit_code, 0);
  const std::string page = written("report.html");
  fs::remove(folder_ / "out/report.html");
  ASSERT_EQ(report(folder_ / "out", {"--dry-run"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "out/report.html"));
  const ProcessResult result = report(folder_ / "out");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, (folder_ / "out/report.html").string() +
                            ": Training of reenactment, steps 2 of 2, all steps are done\n");
  EXPECT_TRUE(written("report.html") == page);
  const std::string end = written("end.json");
  ASSERT_EQ(fit({}).exit_code, 0);
  EXPECT_EQ(written("end.json"), end) << "a call that trains nothing ends nothing";
  write_file_atomically(folder_ / "out/end.json",
                        R"({"schema_version":1,"end":"stopped","step":1,"peak_memory_bytes":1})");
  ASSERT_EQ(fit({}).exit_code, 0);
  EXPECT_THAT(written("end.json"), HasSubstr("\"end\":\"steps\"")) << "killed before it was noted";
}

TEST_F(TrainFit, ThePageTellsOfPatienceThatRanOut) {
  ASSERT_EQ(
      fit({"--steps", "40", "--learning-rate", "0.1", "--set", "train.fit.patience=1"}).exit_code,
      0);
  EXPECT_THAT(written("end.json"), HasSubstr("\"end\":\"patience\""));
  EXPECT_THAT(written("report.html"), HasSubstr("patience: no gain in the last validations"));
}

TEST_F(TrainFit, EveryTrainingOfAFolderGetsItsPage) {
  ASSERT_EQ(fit({"--out", (folder_ / "stages/b").string()}).exit_code, 0);
  ASSERT_EQ(fit({"--out", (folder_ / "stages/a").string(), "--max-minutes", "0.0000001"}).exit_code,
            75);
  fs::create_directories(folder_ / "stages/models");
  const ProcessResult result = report(folder_ / "stages", {"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto pages = nlohmann::json::parse(result.out).at("pages");
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages.at(0).at("report"), (folder_ / "stages/a/report.html").string());
  EXPECT_THAT(read_file(folder_ / "stages/a/report.html"), HasSubstr("stopped, to be continued"));
  EXPECT_THAT(read_file(folder_ / "stages/b/report.html"), HasSubstr("all steps are done"));
}

TEST_F(TrainFit, AFolderOfOtherThingsGetsNoPage) {
  for (const char* folder : {"packs", "none"}) {
    const ProcessResult result = report(folder_ / folder);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("no training in '" + (folder_ / folder).string()));
    EXPECT_FALSE(fs::exists(folder_ / folder / "report.html"));
  }
}

TEST_F(TrainFit, NamesTheCheckpointThatIsGoneOnFrom) {
  const ProcessResult slice = fit_in_words({"--max-minutes", "0.0000001"});
  ASSERT_EQ(slice.exit_code, 75) << slice.err;
  EXPECT_THAT(slice.out, HasSubstr("0 of 2 steps, best validation none yet"));
  EXPECT_THAT(slice.out, HasSubstr("to be continued: " + (folder_ / "out").string() +
                                   "/checkpoint.safetensors\n"));
}

TEST_F(TrainFit, NamesTheKeyOfAMissingFileOfWeights) {
  for (const char* role : {"start", "reenactment"}) {
    const std::string key = "train.fit." + std::string(role);
    const ProcessResult result = fit({"--set", key + "=/no/weights"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr(key + " (--set): no file '/no/weights'"));
  }
}

TEST_F(TrainFit, RefusesToGoOnWithAnotherCountOfThreads) {
  ASSERT_EQ(fit({"--max-minutes", "0.0000001"}).exit_code, 75);
  const ProcessResult other = fit({"--threads", "2"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("threads = 1, now it is 2"));
}

TEST_F(TrainFit, TriesDryWhatItWouldDo) {
  const ProcessResult begin = fit_in_words({"--dry-run"});
  ASSERT_EQ(begin.exit_code, 0) << begin.err;
  EXPECT_THAT(begin.out, HasSubstr("would train reenactment, width 4, 32 px"));
  EXPECT_THAT(begin.out, HasSubstr("train: 3 people, 6 crops\nval: 2 people, 4 crops"));
  EXPECT_THAT(begin.out, HasSubstr("begins anew, steps: 2"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  ASSERT_EQ(fit({"--max-minutes", "0.0000001"}).exit_code, 75);
  const std::string checkpoint = written("checkpoint.safetensors");
  const auto going_on = nlohmann::json::parse(fit({"--dry-run"}).out);
  EXPECT_EQ(going_on.at("resumes"), true);
  EXPECT_EQ(going_on.at("first_step"), 0);
  EXPECT_TRUE(written("checkpoint.safetensors") == checkpoint);
  EXPECT_FALSE(fs::exists(folder_ / "out" / "best.safetensors"));
  EXPECT_EQ(fit({"--dry-run", "--seed", "9"}).exit_code, 2) << "the checkpoint has another seed";
}

}  // namespace
}  // namespace changeling
