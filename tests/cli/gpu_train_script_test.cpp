// Every stage of the shipped plan, narrow and without the perceptual loss, for two steps:
// script/gpu-train on the CPU, which builds the preset torch-only, and gpu_train on a pretended
// card.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/media/image_codec.h"
#include "tests/support/face_packs.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

const std::filesystem::path kSource = CHANGELING_SOURCE_DIR;

/// The shipped plan, as wide as a test affords.
void write_plan(const std::filesystem::path& path) {
  auto plan = nlohmann::json::parse(read_file(kSource / "configs/gpu-train.json"));
  for (nlohmann::json& stage : plan.at("stages")) {
    stage["ngf"] = 4;
    stage["ndf"] = 4;
    stage["batch"] = 2;
    stage["perception"] = "none";
  }
  std::ofstream(path) << plan.dump();
}

TEST(GpuTrainScript, RunsEveryStageAndCountsTheBuildInItsMinutes) {
  const TempDir dir;
  for (const char* set : {"fasseg-256", "ytf-256"}) {
    (void)write_face_set(dir / set, 32);
  }
  write_plan(dir / "plan.json");  // the script finds it there
  const auto train = [&](const std::string& minutes) {
    return run_process({(kSource / "script/gpu-train").string(), dir.path().string(), "--device",
                        "cpu", "--steps-cap", "2", "--minutes", minutes});
  };
  const ProcessResult too_short = train("0.0000001");
  EXPECT_EQ(too_short.exit_code, 75) << too_short.err;
  EXPECT_FALSE(std::filesystem::exists(dir / "trial-cpu-2"));
  const ProcessResult result = train("9");
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("reenactment-plain 2 of 2"));
  EXPECT_THAT(result.out, HasSubstr("0.0 minutes left, peak "));
  EXPECT_THAT(result.out, HasSubstr("all stages are finished"));
  EXPECT_TRUE(std::filesystem::exists(dir / "trial-cpu-2/blending/best.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(dir / "checked-packs.json")) << "of all slices and trials";
  EXPECT_FALSE(std::filesystem::exists(dir / "blending"))
      << "a trial leaves the real folders alone";
  const Frame picture = read_image(dir / "trial-cpu-2/blending/pictures/step-00000002.png");
  EXPECT_GT(picture.width_px(), picture.height_px());
  const ProcessResult pages = run_process(
      {built_program("changeling"), "report", "training", (dir / "trial-cpu-2").string()});
  ASSERT_EQ(pages.exit_code, 0) << pages.err;
  EXPECT_THAT(pages.out,
              HasSubstr("/reenactment-plain/report.html: Training of reenactment, steps 2 of"));
  EXPECT_THAT(read_file(dir / "trial-cpu-2/blending/report.html"), HasSubstr("all steps are done"));
}

#ifdef CHANGELING_PRETENDED_CARD
TEST(GpuTrain, RunsEveryStageOnAPretendedCard) {
  const TempDir dir;
  for (const char* set : {"fasseg-256", "ytf-256"}) {
    (void)write_face_set(dir / set, 32);
  }
  write_plan(dir / "plan.json");
  const ProcessResult result =
      run_process({"/usr/bin/env", std::string("LD_PRELOAD=") + CHANGELING_PRETENDED_CARD,
                   built_program("gpu_train"), (dir / "plan.json").string(), dir.path().string(),
                   "--device", "cuda:0", "--steps-cap", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("all stages are finished"));
  EXPECT_TRUE(std::filesystem::exists(dir / "trial-cuda-2/blending/best.safetensors"));
}
#endif

/// What the script says before it builds anything; its exit status is 2.
std::string refusal_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {(kSource / "script/gpu-train").string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const ProcessResult result = run_process(words);
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  return result.err;
}

TEST(GpuTrainScript, RefusesBeforeItBuilds) {
  const TempDir dir;
  const std::string folder = dir.path().string();
  EXPECT_THAT(refusal_of({folder + "/none"}), HasSubstr("no folder '" + folder + "/none'"));
  EXPECT_THAT(refusal_of({folder, "--device", "cuda"}), HasSubstr("use cpu or cuda:N"));
  EXPECT_THAT(refusal_of({folder, "--minutes", "nine"}), HasSubstr("'nine' is no number"));
  EXPECT_THAT(refusal_of({folder, "--plan", folder + "/p.json"}), HasSubstr("no plan '"));
  EXPECT_THAT(refusal_of({folder, "--cap", "2"}), HasSubstr("--steps-cap N"));
  EXPECT_FALSE(std::filesystem::exists(dir / "build.log"));
}

TEST(GpuTrainScript, RefusesACardThatIsNotThereBeforeItBuilds) {
  const TempDir dir;
  write_plan(dir / "plan.json");
  std::ofstream(dir / "nvidia-smi") << "#!/bin/sh\necho 'GPU 0: a card (UUID: GPU-1)'\n";
  std::filesystem::permissions(dir / "nvidia-smi", std::filesystem::perms::owner_all);
  const ProcessResult result = run_process(
      {"/usr/bin/env", "-u", "CUDA_VISIBLE_DEVICES",
       "PATH=" + dir.path().string() + ":" + std::getenv("PATH"),
       (kSource / "script/gpu-train").string(), dir.path().string(), "--device", "cuda:1"});
  EXPECT_EQ(result.exit_code, 1) << result.out;
  EXPECT_THAT(result.err, HasSubstr("no card 'cuda:1': nvidia-smi lists 1"));
  EXPECT_FALSE(std::filesystem::exists(dir / "build.log"));
}

}  // namespace
}  // namespace changeling
