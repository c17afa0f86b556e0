// `changeling nightly` whole, on clips of real people, with a detector in the chain: a night, a
// second one, and one that is stopped and killed in step after step.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/digest.h"
#include "tests/integration/chain.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

constexpr int kPeople = 6;
constexpr const char* kFrames = "10";
constexpr const char* kDetector = "quick@1";

/// Pieces of the sample clips, each as if somebody else were seen in it.
void write_people(const fs::path& clips, const fs::path& samples) {
  fs::create_directories(clips);
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(samples)) {
    if (entry.path().extension() == ".mp4") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::string csv = "path,subject,licence,consent_basis,redistributable\n";
  for (int i = 0; i < kPeople; ++i) {
    const std::string name = std::to_string(i) + ".mp4";
    run_or_throw({"ffmpeg", "-v", "error", "-ss", std::to_string(i), "-i",
                  files.at(static_cast<std::size_t>(i) % files.size()), "-frames:v", kFrames, "-an",
                  "-c:v", "libx264", "-qp", "10", clips / name});
    csv += name + ",p" + std::to_string(i) + ",research,public-research,0\n";
  }
  write_file_atomically(clips / "subjects.csv", csv);
}

/// A catalog with the files of a suite beside it; detectors are trained after the first night.
class Suite {
 public:
  explicit Suite(const fs::path& folder) : chain_(folder) {}

  static void write_config(const fs::path& file, const fs::path& clips) {
    write_file_atomically(file, "extends: " + std::string(CHANGELING_SOURCE_DIR) +
                                    "/configs/demo.yaml\n" +
                                    "corpus: {adapter: folder, root: " + clips.string() + "}\n" +
                                    "sample:\n  split: {train: 0.5, val: 0, test: 0.5}\n"
                                    "  pairs: {parts: [train, test], count: 2, min_frames: 8}\n"
                                    "generate: {max_frames: " +
                                    kFrames +
                                    ", preset: ultrafast}\n"
                                    "evaluate: {baseline_pairs: 0}\ndetector: {frames: 2}\n"
                                    "nightly: {suite: small, corpus: clips, min_free_gib: 0}\n");
  }

  /// Arguments of a night; the detector is in it from the second on.
  [[nodiscard]] std::vector<std::string> night(const fs::path& config, bool has_detector) const {
    std::vector<std::string> words = {"nightly", config, "--set",
                                      "nightly.out=" + (chain_.folder() / "reports").string()};
    if (has_detector) {
      words.insert(words.end(), {"--set", std::string("nightly.detectors=") + kDetector});
    }
    return chain_.command(words);
  }

  [[nodiscard]] const Chain& chain() const { return chain_; }

  [[nodiscard]] std::string newest_run() const {
    return chain_.query("SELECT run_id FROM run WHERE kind='generate' ORDER BY rowid DESC LIMIT 1")
        .front();
  }

  /// Whether the next night would begin a run.
  [[nodiscard]] bool would_begin_a_run(const fs::path& config) const {
    std::vector<std::string> words = night(config, false);
    words.emplace_back("--dry-run");
    const ProcessResult result = run_process(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out.find("--no-resume") != std::string::npos;
  }

  [[nodiscard]] json marker(const std::string& run) const {
    return json::parse(read_file(folder_of(run) / "nightly.json"));
  }

  [[nodiscard]] fs::path folder_of(const std::string& run) const {
    return chain_.folder() / "reports" / run;
  }

  /// What the newest night measured, without ids and times.
  [[nodiscard]] std::vector<std::string> values() const {
    return chain_.query(
        "SELECT hex(job_key)||' '||d.name||' '||v.frame||' '||v.status||' '||coalesce(v.value,'') "
        "FROM metric_value v JOIN metric_def d USING(metric_id) JOIN artifact USING(artifact_id) "
        "JOIN job j USING(job_id) WHERE j.run_id='" +
        newest_run() + "' ORDER BY 1");
  }

  /// Scores of detectors, each as often as it is stored.
  [[nodiscard]] std::vector<std::string> scores() const {
    return chain_.query(
        "SELECT (j.run_id='" + newest_run() +
        "')||' '||hex(job_key)||' '||kind||' '||s.frame||' '||coalesce(s.p_fake,s.status) "
        "FROM detector_score s JOIN artifact USING(artifact_id) JOIN job j USING(job_id) "
        "ORDER BY 1");
  }

  /// Verdicts on numbers that do not depend on the machine's load.
  [[nodiscard]] std::vector<std::string> verdicts() const {
    return chain_.query(
        "SELECT name||' '||slice||' '||delta||' '||verdict FROM gate_result JOIN metric_def "
        "USING(metric_id) WHERE name<>'gate' AND name NOT LIKE 'throughput%' AND run_id='" +
        newest_run() + "' ORDER BY 1");
  }

 private:
  Chain chain_;
};

/// Whatever the load of the machine says of speed, a night that ended says 0 or 4.
bool has_ended(int exit_code) {
  return exit_code == 0 || exit_code == 4;
}

class Nightly : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!has_assets()) {
      return;
    }
    folder_ = new TempDir;
    write_sample_corpus(*folder_ / "samples", 200);
    write_people(*folder_ / "clips", *folder_ / "samples");
    Suite::write_config(config(), *folder_ / "clips");
    const Suite calm = Suite(*folder_ / "calm");
    first_ = run_process(calm.night(config(), false));
    calm.chain().expect(0, {"detector", "train", kDetector, "--set-name", calm.newest_run(),
                            "--kind", "spectrum", "--steps", "10", "--resolution", "32"});
    calm.chain().expect(0, {"baseline", "set", "small", "latest", "--reason", "first"});
    fs::copy(*folder_ / "calm", *folder_ / "before", fs::copy_options::recursive);
    std::vector<std::string> night = calm.night(config(), true);
    night.emplace_back("--json");
    second_ = run_process(night);
  }

  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  void SetUp() override {
    if (!has_assets()) {
      GTEST_SKIP() << "networks or sample clips are missing (run script/bootstrap)";
    }
    ASSERT_TRUE(has_ended(first_.exit_code)) << first_.out << first_.err;
    ASSERT_TRUE(has_ended(second_.exit_code)) << second_.out << second_.err;
  }

  static fs::path config() { return *folder_ / "suite.yaml"; }

  static Suite calm() { return Suite(*folder_ / "calm"); }

  /// Sends `signal` as soon as the night's log names `step`, or `delay_ms` later; returns the exit
  /// code.
  static int stop_in(const Suite& suite, const std::string& step, int signal, int delay_ms = 0) {
    static int number = 0;
    const fs::path log = *folder_ / ("log" + std::to_string(number++));
    std::vector<std::string> words = suite.night(config(), true);
    words.emplace_back("--json");
    BackgroundProcess night(words, log);
    for (int hundredths = 0; hundredths < 30'000; ++hundredths) {
      if (fs::exists(log) && read_file(log).find("nightly: " + step) != std::string::npos) {
        std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
        night.signal(signal);
        const int code = night.wait();
        const bool says_so = read_file(log).find("\"status\":\"stopped\"") != std::string::npos;
        EXPECT_EQ(says_so, signal != SIGKILL) << read_file(log);
        return code;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "the night never came to '" << step << "': " << read_file(log);
    night.signal(SIGKILL);
    return night.wait();
  }

  static TempDir* folder_;
  static ProcessResult first_, second_;
};

TempDir* Nightly::folder_ = nullptr;
ProcessResult Nightly::first_;
ProcessResult Nightly::second_;

TEST_F(Nightly, ScoresRunAndBaselineByTheDetectorAndGatesItsArea) {
  const Suite suite = calm();
  EXPECT_EQ(suite.chain().query("SELECT count(*) FROM run WHERE kind='detector' AND status='ok'"),
            std::vector<std::string>{"2"});
  const json gate = json::parse(read_file(suite.folder_of(suite.newest_run()) / "gate/gate.json"));
  bool is_gated = false;
  for (const json& line : gate.at("metrics")) {
    if (line.at("metric") == std::string("detector_auc:") + kDetector) {
      is_gated = true;
      EXPECT_EQ(line.at("delta"), 0) << line;  // the same fakes as the night before
      EXPECT_EQ(line.at("verdict"), "inconclusive");
      EXPECT_THAT(line.at("note").get<std::string>(), HasSubstr("people"));
      EXPECT_EQ(line.at("n_pairs"), 2);
    }
  }
  EXPECT_TRUE(is_gated) << gate.dump(1);
  const json report =
      json::parse(read_file(suite.folder_of(suite.newest_run()) / "report/report.json"));
  EXPECT_EQ(report.at("detectors").at(0).at("detector"), kDetector);
}

TEST_F(Nightly, LeavesAMarkerWithItsStepsAndTheAuditHead) {
  const json marker = calm().marker(calm().newest_run());
  EXPECT_EQ(marker.at("suite"), "small");
  EXPECT_EQ(marker.at("audit_head").get<std::string>().size(), 64U);
  std::string steps;
  for (const json& step : marker.at("steps")) {
    EXPECT_EQ(step.at("exit_code") == 0 || step.at("exit_code") == 4, true) << step;
    steps += step.at("step").get<std::string>() + "\n";
  }
  EXPECT_THAT(steps, testing::MatchesRegex(
                         "preflight\ncorpus add.*\nsample split.*\nsample pairs.*\ngenerate "
                         "run.*\nevaluate score.*\ndetector score.*\ndetector score.*\ncatalog "
                         "verify\nreport gate.*\nreport build.*\nreport trend.*\n"));
}

TEST_F(Nightly, PrintsOneDocumentUnderJsonAndTheStepsOnStderr) {
  const json printed = json::parse(second_.out, nullptr, false);
  ASSERT_TRUE(printed.is_object()) << second_.out;
  EXPECT_EQ(printed.at("run_id"), calm().newest_run());
  EXPECT_EQ(printed.at("status"), "done");
  EXPECT_EQ(printed.at("reason"), "");
  EXPECT_THAT(second_.err, HasSubstr("nightly: generate run"));
  EXPECT_THAT(second_.err, HasSubstr(" done, "));  // what the step itself says
}

TEST_F(Nightly, PassesQuietOnToItsSteps) {
  fs::copy(*folder_ / "calm", *folder_ / "quiet", fs::copy_options::recursive);
  std::vector<std::string> night = Suite(*folder_ / "quiet").night(config(), true);
  night.insert(night.end(), {"--quiet", "--no-progress"});
  const ProcessResult quiet = run_process(night);
  EXPECT_TRUE(has_ended(quiet.exit_code)) << quiet.err;
  if (quiet.exit_code == 0) {
    EXPECT_EQ(quiet.out, "");
  } else {  // of a night that failed the two lines that name where to look
    EXPECT_THAT(quiet.out, testing::MatchesRegex("fail; [^\n]*\nnightly: fail; [^\n]*\n"));
  }
}

TEST_F(Nightly, StoppedAndKilledInEveryStepEndsInTheSameNight) {
  const Suite suite(*folder_ / "before");
  for (const char* step : {"corpus add", "generate run", "evaluate score", "detector score"}) {
    EXPECT_EQ(stop_in(suite, step, SIGTERM, 600), 75) << step;
  }
  EXPECT_EQ(stop_in(suite, "generate run", SIGINT, 600), 130);
  for (const char* step : {"generate run", "evaluate score", "detector score"}) {
    EXPECT_EQ(stop_in(suite, step, SIGKILL, 900), 128 + SIGKILL) << step;
  }
  for (const char* step : {"sample pairs", "catalog verify", "report gate", "report build"}) {
    EXPECT_EQ(stop_in(suite, step, SIGKILL), 128 + SIGKILL) << step;
  }
  const ProcessResult rest = run_process(suite.night(config(), true));
  EXPECT_TRUE(has_ended(rest.exit_code)) << rest.out << rest.err;
  EXPECT_EQ(suite.chain().query("SELECT count(*) FROM run WHERE kind='generate'"),
            std::vector<std::string>{"2"});
  EXPECT_EQ(suite.chain().query("SELECT count(*) FROM job WHERE state<>'done'"),
            std::vector<std::string>{"0"});
  EXPECT_EQ(suite.chain().artifact_digests(), calm().chain().artifact_digests());
  EXPECT_EQ(suite.values(), calm().values());
  EXPECT_EQ(suite.scores(), calm().scores());
  EXPECT_EQ(suite.verdicts(), calm().verdicts());
  suite.chain().expect(0, {"catalog", "verify", "--signatures"});
}

TEST_F(Nightly, ANightWhoseFolderIsGoneButWhoseRunWasJudgedIsOver) {
  fs::copy(*folder_ / "calm", *folder_ / "moved", fs::copy_options::recursive);
  const Suite suite(*folder_ / "moved");
  fs::remove_all(*folder_ / "moved/reports");
  EXPECT_TRUE(suite.would_begin_a_run(config()));
  fs::create_directories(suite.folder_of(suite.newest_run()));  // killed before its marker
  EXPECT_FALSE(suite.would_begin_a_run(config()));
}

TEST_F(Nightly, ANightWithTooManyFailedJobsIsOver) {
  fs::copy(*folder_ / "calm", *folder_ / "failing", fs::copy_options::recursive);
  const Suite suite(*folder_ / "failing");
  for (const std::string& key :
       suite.chain().query("SELECT DISTINCT lower(substr(hex(job_key),1,16)) FROM job")) {
    // A folder stands where the job writes.
    fs::create_directories(*folder_ / "failing/objects/staging" / (key + "-fake_video.mp4.part/x"));
  }
  EXPECT_EQ(run_process(suite.night(config(), false)).exit_code, 1);
  EXPECT_EQ(
      suite.chain().query("SELECT count(*) FROM job WHERE state='quarantined' AND run_id='" +
                          suite.newest_run() + "'"),
      suite.chain().query("SELECT count(*) FROM job WHERE run_id='" + suite.newest_run() + "'"));
  EXPECT_EQ(suite.marker(suite.newest_run()).at("exit_code"), 1);
  EXPECT_EQ(suite.marker(suite.newest_run()).at("verdict"), "");
  EXPECT_TRUE(suite.would_begin_a_run(config()));
}

/// A folder with a heavy program that `signal` ends in `verb`, for CHANGELING_EXEC_PATH.
Environment with_dying_program(const fs::path& folder, const std::string& program,
                               const std::string& verb, const std::string& signal) {
  const fs::path file = folder / program;
  write_file_atomically(file, "#!/bin/sh\nulimit -c 0\n[ \"$1 $2\" = '" + verb + "' ] && kill -s " +
                                  signal + " $$\nexec " + built_program(program) + " \"$@\"\n");
  fs::permissions(file, fs::perms::owner_all);
  return {{"CHANGELING_EXEC_PATH", folder.string()}};
}

/// What a night that did not come to its end prints under --json.
void expect_ending(const std::string& out, const std::string& status, int exit_code,
                   const std::string& reason) {
  const json printed = json::parse(out, nullptr, false);
  ASSERT_TRUE(printed.is_object()) << out;
  EXPECT_EQ(printed.at("status"), status);
  EXPECT_EQ(printed.at("exit_code"), exit_code);
  EXPECT_THAT(printed.at("reason").get<std::string>(), HasSubstr(reason));
  EXPECT_FALSE(printed.at("run_id").get<std::string>().empty());
}

TEST_F(Nightly, GoesOnAfterAStepThatWasStoppedAndNotAfterOneThatCrashed) {
  fs::copy(*folder_ / "calm", *folder_ / "dying", fs::copy_options::recursive);
  const Suite suite(*folder_ / "dying");
  std::vector<std::string> as_json = suite.night(config(), false);
  as_json.emplace_back("--json");
  const ProcessResult stopped = run_process(
      as_json,
      with_dying_program(*folder_ / "term", "changeling-evaluate", "evaluate score", "TERM"));
  EXPECT_EQ(stopped.exit_code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("signal 15 (run again"));
  expect_ending(stopped.out, "stopped", 75, "step 'evaluate score");
  EXPECT_FALSE(suite.would_begin_a_run(config()));
  EXPECT_TRUE(fs::is_directory(suite.folder_of(suite.newest_run())))
      << "without it a gate run by hand would end the night";

  const ProcessResult restarted = run_process(
      suite.night(config(), false),
      with_dying_program(*folder_ / "start", "changeling-generate", "generate run", "SEGV"));
  EXPECT_EQ(restarted.exit_code, 1) << restarted.err;
  EXPECT_THAT(restarted.err, HasSubstr("is not measured yet; the next night goes on with it"));
  EXPECT_FALSE(suite.would_begin_a_run(config()));

  const ProcessResult crashed = run_process(
      as_json,
      with_dying_program(*folder_ / "segv", "changeling-evaluate", "evaluate score", "SEGV"));
  EXPECT_EQ(crashed.exit_code, 1) << crashed.err;
  EXPECT_THAT(crashed.err, HasSubstr("signal 11\n"));
  EXPECT_THAT(crashed.err, testing::Not(HasSubstr("run again")));
  expect_ending(crashed.out, "failed", 1, "was ended by signal 11");
  EXPECT_EQ(suite.marker(suite.newest_run()), json::parse(crashed.out));
  EXPECT_TRUE(suite.would_begin_a_run(config()));
}

/// A run that is over, of the year 2099: as if the clock was set back since.
void add_run_of_2099(const Suite& suite) {
  const std::string id = "ffffffff-0000-7000-8000-000000000000";
  suite.chain().change("INSERT INTO run SELECT '" + id +
                       "',kind,suite,list_id,version_id,parent_run_id,status,"
                       "'2099-01-01T00:00:00.000000Z',finished_at,git_commit,git_dirty,"
                       "config_sha256,config_json,seed,host,env_json FROM run WHERE run_id='" +
                       suite.newest_run() + "'");
  write_file_atomically(suite.folder_of(id) / "nightly.json", "{}");
}

TEST_F(Nightly, JudgesTheNewRunHealsFilesAndFailsWhenTheVerificationDoes) {
  fs::copy(*folder_ / "calm", *folder_ / "hurt", fs::copy_options::recursive);
  const Suite suite(*folder_ / "hurt");
  add_run_of_2099(suite);
  const std::string fake =
      suite.chain()
          .query("SELECT lower(hex(sha256)) FROM artifact WHERE kind='fake_video' LIMIT 1")
          .front();
  const fs::path file = *folder_ / "hurt/objects" / fake.substr(0, 2) / fake.substr(2, 2) / fake;
  write_file_atomically(file, std::string(fs::file_size(file), 'x'));
  suite.chain().change("INSERT INTO blob VALUES(zeroblob(32),1,'x','present','t')");
  const ProcessResult night = run_process(suite.night(config(), false));
  EXPECT_EQ(night.exit_code, 4) << night.err;
  EXPECT_THAT(night.out, HasSubstr("nightly: fail; "));
  EXPECT_EQ(sha256_file(file).hex(), fake);
  EXPECT_EQ(suite.marker(suite.newest_run()).at("verdict"), "fail");
  EXPECT_EQ(suite.marker(suite.newest_run()).at("exit_code"), 4);

  std::vector<std::string> refused = suite.night(config(), false);
  refused.insert(refused.end(), {"--set", "gate.tolerances=ssim_bg=0"});  // not above 0
  EXPECT_EQ(run_process(refused).exit_code, 2);
  EXPECT_EQ(suite.marker(suite.newest_run()).at("exit_code"), 2);
  EXPECT_EQ(suite.chain().query("SELECT count(*) FROM run WHERE kind='generate'"),
            std::vector<std::string>{"5"});
  EXPECT_TRUE(suite.would_begin_a_run(config()));
}

}  // namespace
}  // namespace changeling
