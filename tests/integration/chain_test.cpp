// The main job on real people: corpus -> pairs -> swaps -> scores -> report, whole, again, killed,
// starved.
#include "tests/integration/chain.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <unistd.h>

#include "catalog/store/database.h"
#include "common/base/atomic_file.h"

namespace changeling {
namespace {

constexpr int kFrames = 30;

class ChainTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!has_assets()) {
      return;
    }
    clips_ = new TempDir;
    write_sample_corpus(clips_->path() / "clips", kFrames);
    calm_ = new TempDir;
    const Chain chain(calm_->path());
    chain.prepare(clips_->path() / "clips");
    chain.expect(0, quick_generate());
  }

  static void TearDownTestSuite() {
    delete clips_;
    delete calm_;
    clips_ = nullptr;
    calm_ = nullptr;
  }

  void SetUp() override {
    if (!has_assets()) {
      GTEST_SKIP() << "networks or sample clips are missing (run script/bootstrap)";
    }
  }

  /// The finished catalog that the suite shares; tests only read it or add to it.
  static Chain calm() { return Chain(calm_->path()); }

  static std::filesystem::path clips() { return clips_->path() / "clips"; }

  /// Returns when the background run has analysed its first clip: three more clips and four swaps
  /// to go.
  void wait_for_first_analysis() const {
    for (int tenths = 0; tenths < 1200; ++tenths) {
      if (std::filesystem::exists(folder_ / "log") &&
          read_file(folder_ / "log").find(" analyzed ") != std::string::npos) {
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    FAIL() << "no clip was analysed within two minutes";
  }

  static TempDir* clips_;
  static TempDir* calm_;
  TempDir folder_;
};

TempDir* ChainTest::clips_ = nullptr;
TempDir* ChainTest::calm_ = nullptr;

TEST_F(ChainTest, LeavesFourCompleteFakesInBothDirections) {
  EXPECT_EQ(calm().query("SELECT count(*) FROM job WHERE state='done'"),
            std::vector<std::string>{"4"});
  EXPECT_EQ(calm().query("SELECT count(*) FROM artifact"), std::vector<std::string>{"20"});
  EXPECT_EQ(calm().query("SELECT count(DISTINCT source_subject) FROM pair"),
            std::vector<std::string>{"2"});
  EXPECT_EQ(calm().query("SELECT DISTINCT n_frames FROM artifact WHERE n_frames IS NOT NULL"),
            std::vector<std::string>{std::to_string(kFrames)});
}

TEST_F(ChainTest, CatalogVerifiesItself) {
  const ProcessResult checked = calm().expect(0, {"catalog", "verify", "--signatures"});
  EXPECT_NE(checked.out.find(" 8 signed manifests"), std::string::npos) << checked.out;
}

TEST_F(ChainTest, ASecondGenerateDoesNothing) {
  const auto before = calm().query("SELECT sum(attempts) FROM job");
  const ProcessResult again = calm().expect(0, quick_generate());
  EXPECT_NE(again.out.find("4 done"), std::string::npos) << again.out;
  EXPECT_EQ(calm().query("SELECT sum(attempts) FROM job"), before);
  EXPECT_EQ(calm().query("SELECT count(*) FROM run WHERE kind='generate'"),
            std::vector<std::string>{"1"});
}

TEST_F(ChainTest, EvaluatesOnceAndReports) {
  const Chain chain = calm();
  chain.expect(0, {"evaluate", "score", "--baseline-pairs", "1"});
  EXPECT_EQ(
      chain.query("SELECT count(DISTINCT slice) FROM metric_agg WHERE slice LIKE 'baseline=%'"),
      std::vector<std::string>{"4"});
  const auto values = chain.query("SELECT count(*) FROM metric_value");
  EXPECT_NE(values, std::vector<std::string>{"0"});
  EXPECT_EQ(chain.query("SELECT count(DISTINCT name) FROM metric_value JOIN metric_def "
                        "USING(metric_id) WHERE name LIKE 'pdist_iv3n_%' AND status='ok'"),
            std::vector<std::string>{"3"});
  const ProcessResult refused = chain.expect(2, {"evaluate", "score", "--brisque", "/no/folder"});
  EXPECT_NE(refused.err.find("evaluate.brisque: '/no/folder' lacks"), std::string::npos)
      << refused.err;
  chain.expect(0, {"evaluate", "score", "--baseline-pairs", "1"});
  EXPECT_EQ(chain.query("SELECT count(*) FROM metric_value"), values);
  chain.expect(0, {"report", "build", "--out", chain.folder() / "report"});
  for (const char* file : {"index.html", "index.md", "report.json"}) {
    EXPECT_GT(std::filesystem::file_size(chain.folder() / "report" / file), 1000U) << file;
  }
  const std::string json = read_file(chain.folder() / "report/report.json");
  chain.expect(0, {"report", "build", "--out", chain.folder() / "report"});
  EXPECT_EQ(read_file(chain.folder() / "report/report.json"), json);
}

TEST_F(ChainTest, ANewStartOnMoreThreadsGivesTheSameFiles) {
  const Chain chain(folder_.path());
  chain.prepare(clips());
  std::vector<std::string> threaded = quick_generate();
  threaded.insert(threaded.end(), {"--threads", "3"});
  chain.expect(0, threaded);
  EXPECT_EQ(chain.artifact_digests(), calm().artifact_digests());
}

TEST_F(ChainTest, SurvivesKillsAtAnyMoment) {
  const Chain chain(folder_.path());
  chain.prepare(clips());
  for (int i = 0; i < 6; ++i) {
    BackgroundProcess run(chain.command(quick_generate()), folder_ / "log");
    std::this_thread::sleep_for(std::chrono::milliseconds(700 + 650 * i));
    run.signal(SIGKILL);
    (void)run.wait();
  }
  chain.expect(0, quick_generate());
  EXPECT_EQ(chain.artifact_digests(), calm().artifact_digests());
  chain.expect(0, {"catalog", "verify"});
}

TEST_F(ChainTest, SigtermStopsCleanlyAndTheRunGoesOn) {
  const Chain chain(folder_.path());
  chain.prepare(clips());
  BackgroundProcess run(chain.command(quick_generate()), folder_ / "log");
  wait_for_first_analysis();
  run.signal(SIGTERM);
  EXPECT_EQ(run.wait(), 75) << read_file(folder_ / "log");
  EXPECT_EQ(chain.query("SELECT count(*) FROM job WHERE state='claimed'"),
            std::vector<std::string>{"0"});
  chain.expect(0, quick_generate());
  EXPECT_EQ(chain.artifact_digests(), calm().artifact_digests());
}

TEST_F(ChainTest, ARunOfAnotherCommitIsNotContinued) {
  const Chain chain(folder_.path());
  chain.prepare(clips());
  BackgroundProcess run(chain.command(quick_generate()), folder_ / "log");
  wait_for_first_analysis();
  run.signal(SIGTERM);
  ASSERT_EQ(run.wait(), 75) << read_file(folder_ / "log");
  sqlite3* handle = nullptr;
  sqlite3_open((folder_ / "catalog.db").c_str(), &handle);
  EXPECT_EQ(sqlite3_exec(handle, "UPDATE run SET git_commit='another'", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(handle);
  chain.expect(0, quick_generate());
  EXPECT_EQ(chain.query("SELECT count(*) FROM run"), std::vector<std::string>{"2"});
  EXPECT_EQ(chain.query("SELECT count(*) FROM job JOIN run USING(run_id) WHERE state='done' AND "
                        "git_commit<>'another'"),
            std::vector<std::string>{"4"});
}

TEST_F(ChainTest, SigintEndsWith130) {
  const Chain chain(folder_.path());
  chain.prepare(clips());
  BackgroundProcess run(chain.command(quick_generate()), folder_ / "log");
  wait_for_first_analysis();
  run.signal(SIGINT);
  EXPECT_EQ(run.wait(), 130) << read_file(folder_ / "log");
}

TEST_F(ChainTest, ASecondWriterIsTurnedAway) {
  const Database writer = Database::open_writer(calm().folder() / "catalog.db");
  const ProcessResult second = calm().expect(5, quick_generate());
  EXPECT_NE(second.err.find("another"), std::string::npos) << second.err;
}

TEST_F(ChainTest, AnAlteredNetworkIsRefused) {
  const Chain chain(folder_.path());
  chain.prepare(clips());
  const std::filesystem::path models = folder_ / "models";
  const char* set = std::getenv("CHANGELING_ASSETS_DIR");
  std::filesystem::copy((set != nullptr ? std::filesystem::path(set)
                                        : std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets") /
                            "models",
                        models);
  {
    std::fstream file(models / "lmk68.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-4, std::ios::end);
    file.write("\x7f\x7f\x7f\x7f", 4);
  }
  std::vector<std::string> args = quick_generate();
  args.insert(args.end(), {"--set", "models.dir=" + models.string()});
  const ProcessResult result = run_process([&] {
    std::vector<std::string> command = {built_program("changeling")};
    command.insert(command.end(), args.begin(), args.end());
    command.insert(command.end(), {"--catalog", (folder_ / "catalog.db").string()});
    return command;
  }());
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("lmk68"), std::string::npos) << result.err;
  EXPECT_EQ(chain.query("SELECT count(*) FROM run"), std::vector<std::string>{"0"});
}

/// A tmpfs of its own, unmounted at the end.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = geteuid() == 0 && mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=24m") == 0;
  }

  ~SmallDisk() {
    if (mounted_) {
      umount2(path_.c_str(), MNT_DETACH);
    }
  }

  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }

  /// Leaves `free_bytes` of room.
  void fill(std::uintmax_t free_bytes) const {
    const std::uintmax_t room = std::filesystem::space(path_).available;
    std::ofstream(path_ / "filler") << std::string(room - free_bytes, 'x');
  }

  void clear() const { std::filesystem::remove(path_ / "filler"); }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

/// Jobs that a run neither ended nor gave back uncounted.
constexpr const char* kCountedJobs =
    "SELECT count(*) FROM job WHERE state<>'done' AND NOT(state='queued' AND attempts=0)";

TEST_F(ChainTest, AFullDiskLosesNothing) {
  const SmallDisk disk(folder_ / "disk");
  if (!disk.mounted()) {
    GTEST_SKIP() << "mounting a small tmpfs needs root";
  }
  const Chain chain(folder_ / "disk/run");
  chain.prepare(clips());
  disk.fill(1'000'000);  // room for rows and no clip: the catalog can give the jobs back
  std::vector<std::string> lossless = quick_generate();
  lossless.insert(lossless.end(), {"--codec", "ffv1"});
  const ProcessResult full = chain.call(lossless);
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
  EXPECT_NE(full.err.find("run again"), std::string::npos) << full.err;
  disk.clear();
  EXPECT_EQ(chain.query(kCountedJobs), std::vector<std::string>{"0"});
  chain.expect(0, lossless);
  chain.expect(0, {"catalog", "verify"});
  EXPECT_EQ(chain.query("SELECT count(*) FROM run WHERE kind='generate'"),
            std::vector<std::string>{"1"});
  EXPECT_EQ(chain.query("SELECT count(*) FROM job JOIN run USING(run_id) WHERE state='done' AND "
                        "status='ok'"),
            std::vector<std::string>{"4"});
}

TEST_F(ChainTest, AFullDiskOfTheCatalogAloneCountsNoAttempt) {
  const SmallDisk disk(folder_ / "disk");
  if (!disk.mounted()) {
    GTEST_SKIP() << "mounting a small tmpfs needs root";
  }
  const Chain chain(folder_ / "disk/run");
  std::filesystem::create_directory(folder_ / "objects");
  std::filesystem::create_directory_symlink(folder_ / "objects", chain.folder() / "objects");
  chain.prepare(clips());
  for (const std::uintmax_t free_bytes : {100'000, 160'000, 200'000, 280'000, 400'000}) {
    disk.fill(free_bytes);
    const ProcessResult full = chain.call(quick_generate());
    EXPECT_EQ(full.exit_code, 1) << free_bytes;
    EXPECT_THAT(full.err, testing::ContainsRegex("disk is full|No space left")) << free_bytes;
    disk.clear();
    EXPECT_EQ(chain.query(kCountedJobs), std::vector<std::string>{"0"}) << free_bytes;
  }
  chain.expect(0, quick_generate());
  EXPECT_EQ(chain.artifact_digests(), calm().artifact_digests());
  chain.expect(0, {"catalog", "verify"});
}

/// `command`, whose process may have so many files open.
std::vector<std::string> with_descriptors(int most, std::vector<std::string> command) {
  command.insert(command.begin(), {"prlimit", "--nofile=" + std::to_string(most)});
  return command;
}

/// How many a job needs is the libraries' affair, so the limit grows until the run ends well.
TEST_F(ChainTest, TooFewDescriptorsCountNoAttempt) {
  constexpr int kTooFew = 11;
  constexpr int kEnough = 40;
  const Chain chain(folder_.path());
  chain.prepare(clips());
  std::string said;
  int most = kTooFew;
  for (int exit_code = 1; exit_code != 0; ++most) {
    ASSERT_LT(most, kEnough) << said;
    const ProcessResult few = run_process(with_descriptors(most, chain.command(quick_generate())));
    exit_code = few.exit_code;
    said += few.err;
    EXPECT_EQ(chain.query(kCountedJobs), std::vector<std::string>{"0"}) << most;
    if (exit_code != 0) {
      EXPECT_EQ(exit_code, 1);
      EXPECT_THAT(few.err, testing::HasSubstr("; raise the limit of open files (ulimit -n)"));
    }
  }
  EXPECT_GT(most, kTooFew + 1);
  EXPECT_THAT(said, testing::HasSubstr("fewer_clips_in_flight"));
  EXPECT_EQ(chain.query("SELECT DISTINCT attempts FROM job"), std::vector<std::string>{"1"});
  EXPECT_EQ(chain.artifact_digests(), calm().artifact_digests());
}

/// Files of the catalog, its roots, clips and networks in turn find no descriptor.
TEST_F(ChainTest, AnalyzeWithTooFewDescriptorsNamesTheLimit) {
  constexpr int kTooFew = 6;
  constexpr int kEnough = 40;
  const Chain chain(folder_.path());
  chain.prepare(clips());
  const std::vector<std::string> analyze =
      chain.command({"generate", "analyze", "clips", "--max-frames", "10"});
  int most = kTooFew;
  for (int exit_code = 1; exit_code != 0; ++most) {
    ASSERT_LT(most, kEnough);
    const ProcessResult few = run_process(with_descriptors(most, analyze));
    exit_code = few.exit_code;
    if (exit_code != 0) {
      EXPECT_EQ(exit_code, 1) << most << ": " << few.err;
      EXPECT_THAT(few.err, testing::HasSubstr("; raise the limit of open files (ulimit -n)"))
          << most;
    }
  }
  EXPECT_GT(most, kTooFew + 1);
}

}  // namespace
}  // namespace changeling
