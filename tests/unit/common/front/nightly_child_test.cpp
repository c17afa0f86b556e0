// The end of a night whose steps fail. A night starts its steps as /proc/self/exe: this program
// takes their place, and says what CHANGELING_TEST_STEP_EXIT tells.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/cli/option_table.h"
#include "common/front/nightly_end.h"
#include "common/front/nightly_steps.h"
#include "common/front/verb_nightly.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

constexpr const char* kStepExit = "CHANGELING_TEST_STEP_EXIT";

class NightlyPrune : public testing::Test {
 protected:
  NightlyPrune() : night_(settings()) {
    night_.is_quiet = true;
    night_.suite = "small";
    night_.catalog = folder_ / "catalog.db";
    night_.out = folder_ / "reports";
    night_.run_id = catalog_.begin_run();
    std::filesystem::create_directories(night_.out / night_.run_id);
  }

  ~NightlyPrune() override { unsetenv(kStepExit); }

  static Config settings() {
    Config config(collect_options(nightly_verb()));
    config.apply_setting("nightly.keep_runs=7", "--set");
    return config;
  }

  static void let_steps_exit(const std::string& code) { setenv(kStepExit, code.c_str(), 1); }

  [[nodiscard]] nlohmann::json marker() const {
    return nlohmann::json::parse(read_file(night_.out / night_.run_id / "nightly.json"));
  }

  const TempDir folder_;
  TinyCatalog catalog_{folder_.path(), 2};
  Night night_;
};

TEST_F(NightlyPrune, OfABusyCatalogDoesNotHideTheVerdict) {
  let_steps_exit("5");
  night_.gate_failed = true;
  EXPECT_EQ(finish(night_), ExitCode::kGateFailed);
  EXPECT_EQ(marker().at("exit_code"), 4);
  EXPECT_EQ(marker().at("verdict"), "fail");
  EXPECT_EQ(marker().at("status"), "done");
  ASSERT_EQ(night_.steps.size(), 1U);
  EXPECT_EQ(night_.steps[0].at("step"), "catalog prune small --keep 7");
  EXPECT_EQ(night_.steps[0].at("exit_code"), 5);
}

TEST_F(NightlyPrune, ThatIsStoppedBehindTheVerdictLeavesTheExitCode) {
  let_steps_exit("75");
  EXPECT_EQ(finish(night_), ExitCode::kOk);
  EXPECT_EQ(marker().at("status"), "done");
}

TEST_F(NightlyPrune, BeforeANightWarnsOfAFailureAndEndsTheNightOnlyWhereItIsStopped) {
  let_steps_exit("5");
  EXPECT_NO_THROW(prune_old_runs(night_));
  let_steps_exit("1");
  EXPECT_NO_THROW(prune_old_runs(night_));
  let_steps_exit("75");
  EXPECT_THROW(prune_old_runs(night_), Stopped);
}

}  // namespace
}  // namespace changeling

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "catalog") {
    const char* code = std::getenv("CHANGELING_TEST_STEP_EXIT");
    return code != nullptr ? std::atoi(code) : 1;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
