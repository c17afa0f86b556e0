// The method fsgan on real people with small untrained networks: what it paints is noise,
// everything else is real.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "tests/integration/chain.h"
#include "tests/support/synthetic_clip.h"

namespace changeling {
namespace {

constexpr int kFrames = 30;

class FsganChain : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_assets()) {
      GTEST_SKIP() << "networks or sample clips are missing (run script/bootstrap)";
    }
    write_sample_corpus(clips_, kFrames);
    chain_.prepare(clips_);
    chain_.expect(0, {"models", "init-fsgan", "--out", nets_, "--ngf", "4", "--resolution", "64"});
  }

  [[nodiscard]] std::vector<std::string> generate(const std::string& methods,
                                                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args = quick_generate();
    args.insert(args.end(),
                {"--config", std::string(CHANGELING_SOURCE_DIR) + "/configs/fsgan-small.yaml",
                 "--method", methods, "--fsgan-weights", nets_, "--set", "fsgan.precision=fp32"});
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }

  /// "method pair kind: digest of the packets" of every stream of the newest run.
  [[nodiscard]] static std::vector<std::string> streams(const Chain& chain,
                                                        const std::string& where = "1") {
    return chain.query(
        "SELECT method || ' ' || pair_id || ' ' || kind || ': ' || hex(stream_sha256) FROM "
        "artifact "
        "JOIN job USING(job_id) WHERE stream_sha256 IS NOT NULL AND " +
        where + " ORDER BY 1");
  }

  TempDir folder_;
  std::filesystem::path clips_ = folder_.path() / "clips";
  std::filesystem::path nets_ = folder_.path() / "nets";
  Chain chain_{folder_.path() / "run"};
};

TEST_F(FsganChain, MakesLabelledFakesThatVerify) {
  chain_.expect(0, generate("fsgan"));
  EXPECT_EQ(chain_.query("SELECT count(*) FROM job WHERE state='done' AND method='fsgan'"),
            std::vector<std::string>{"4"});
  EXPECT_EQ(chain_.query("SELECT count(*) FROM run_model WHERE role LIKE 'fsgan_%'"),
            std::vector<std::string>{"3"});  // masks are hulls
  chain_.expect(0, {"catalog", "verify"});
  const ProcessResult again = chain_.expect(0, generate("fsgan"));
  EXPECT_NE(again.out.find("4 done"), std::string::npos) << again.out;
  EXPECT_EQ(chain_.query("SELECT count(*) FROM run"), std::vector<std::string>{"1"});
}

TEST_F(FsganChain, TheLadderAndClipsInFlightChangeNoByte) {
  chain_.expect(0, generate("fsgan,fsgan_reenacted,fsgan_inpainted,fsgan_poisson,mesh_swap",
                            {"--clips-in-flight", "3"}));
  EXPECT_EQ(chain_.query("SELECT count(*) FROM job WHERE state='done'"),
            std::vector<std::string>{"20"});
  chain_.expect(0, {"catalog", "verify"});
  const Chain alone(folder_.path() / "alone");
  alone.prepare(clips_);
  alone.expect(0, generate("fsgan_poisson"));
  EXPECT_EQ(streams(alone), streams(chain_, "method='fsgan_poisson'"));
  EXPECT_EQ(alone.query("SELECT hex(job_key) FROM job ORDER BY 1"),
            chain_.query("SELECT hex(job_key) FROM job WHERE method='fsgan_poisson' ORDER BY 1"));
}

TEST_F(FsganChain, SurvivesKillsWithSeveralClipsOpen) {
  const std::vector<std::string> args =
      generate("fsgan,fsgan_inpainted", {"--clips-in-flight", "2"});
  for (int i = 0; i < 4; ++i) {
    BackgroundProcess run(chain_.command(args), folder_ / "log");
    std::this_thread::sleep_for(std::chrono::milliseconds(1500 + 1200 * i));
    run.signal(SIGKILL);
    (void)run.wait();
  }
  chain_.expect(0, args);
  const Chain calm(folder_.path() / "calm");
  calm.prepare(clips_);
  calm.expect(0, args);
  EXPECT_EQ(chain_.artifact_digests(), calm.artifact_digests());
  chain_.expect(0, {"catalog", "verify"});
}

TEST_F(FsganChain, OtherNetworksMakeANewRun) {
  chain_.expect(0, generate("fsgan_reenacted"));
  chain_.expect(0, {"models", "init-fsgan", "--out", nets_, "--ngf", "4", "--resolution", "64",
                    "--seed", "2"});
  chain_.expect(0, generate("fsgan_reenacted"));
  EXPECT_EQ(chain_.query("SELECT count(*) FROM run"), std::vector<std::string>{"2"});
  EXPECT_EQ(chain_.query("SELECT count(DISTINCT job_key) FROM job"), std::vector<std::string>{"8"});
}

TEST_F(FsganChain, ATargetWhoseFaceIsNeverVisibleIsRefused) {
  ClipSpec noise;
  noise.has_face = false;
  noise.n_frames = kFrames;
  write_clip(clips_ / "noise.mp4", noise);
  write_file_atomically(clips_ / "subjects.csv", read_file(clips_ / "subjects.csv") +
                                                     "noise.mp4,nobody,CC0-1.0,synthetic,1\n");
  const Chain chain(folder_.path() / "with_noise");
  chain.prepare(clips_);
  chain.expect(0, generate("fsgan"));
  const std::string of_noise =
      "FROM job JOIN pair USING(pair_id) JOIN media ON media_id=target_media WHERE "
      "rel_path='noise.mp4'";
  EXPECT_EQ(chain.query("SELECT DISTINCT state || ' ' || reject_reason " + of_noise),
            std::vector<std::string>{"skipped no_face"});
  EXPECT_EQ(chain.query("SELECT count(*) FROM job WHERE state='done' AND method='fsgan'"),
            std::vector<std::string>{"4"});
}

TEST_F(FsganChain, UnusableWeightsEndTheRunBeforeItBegins) {
  const ProcessResult size = chain_.expect(1, generate("fsgan", {"--set", "fsgan.resolution=128"}));
  EXPECT_NE(size.err.find("128"), std::string::npos) << size.err;
  EXPECT_NE(size.err.find("64"), std::string::npos) << size.err;
  EXPECT_NE(size.err.find("fsgan.resolution"), std::string::npos) << size.err;
  chain_.expect(2, generate("fsgan", {"--suite", "No name"}));
  chain_.expect(2, generate("fsgan", {"--suite", "No name", "--dry-run"}));
  chain_.expect(2, {"models", "run", "lmk68", "--in", nets_ / "none", "--out", nets_ / "out"});
  std::filesystem::remove(nets_ / "blending.safetensors");
  const ProcessResult missing = chain_.expect(2, generate("fsgan"));
  EXPECT_NE(missing.err.find("blending.safetensors"), std::string::npos) << missing.err;
  const ProcessResult even = chain_.expect(2, generate("fsgan", {"--set", "fsgan.mask_kernel=20"}));
  EXPECT_NE(even.err.find("fsgan.mask_kernel"), std::string::npos) << even.err;
  EXPECT_EQ(chain_.query("SELECT count(*) FROM run"), std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace changeling
