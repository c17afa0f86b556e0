#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/cli/option_table.h"
#include "common/front/nightly_steps.h"
#include "common/front/verb_nightly.h"

namespace changeling {
namespace {

using testing::Contains;

/// What a night with these settings would do with its run, which is "RUN".
std::vector<std::string> steps_with(const std::vector<std::string>& settings) {
  Config config(collect_options(nightly_verb()));
  for (const std::string& setting : settings) {
    config.apply_setting(setting, "--set");
  }
  Night night(std::move(config));
  night.suite = "small";
  night.out = "reports";
  night.run_id = "RUN";
  night.dry_run = night.is_json = true;
  measure(night);
  std::vector<std::string> steps;
  for (const nlohmann::json& step : night.steps) {
    steps.push_back(step.at("step").get<std::string>());
  }
  return steps;
}

TEST(NightlySteps, ReadAllFilesUnlessTold) {
  EXPECT_THAT(steps_with({}), Contains("catalog verify"));
}

TEST(NightlySteps, AShareIsReadAtEachNightWithTheFilesOfItsRun) {
  EXPECT_THAT(steps_with({"nightly.verify_share=0.1"}),
              Contains("catalog verify --share 0.1 --turn NIGHT --run RUN"));
}

}  // namespace
}  // namespace changeling
