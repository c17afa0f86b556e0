// `changeling config` of the real front program.
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/front/verb_table.h"
#include "tests/cli/run_program.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class ConfigVerb : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  TempDir folder_;
};

TEST_F(ConfigVerb, ShowNamesTheOriginOfEveryLayer) {
  write("base.yaml", "generate: {preset: slow}\n");
  const std::string file = write("top.yaml", "extends: base.yaml\ngenerate:\n  crf: 18\n");
  std::filesystem::create_directories(folder_ / "changeling");
  write("changeling/config.yaml", "generate: {gop_frames: 12}\n");
  const ProcessResult result = run_changeling(
      {"config", "show", "--origin", "--config", file, "--seed", "5", "--set", "run.resume=false"},
      {{"CHANGELING_GENERATE__MAX_FRAMES", "7"}, {"XDG_CONFIG_HOME", folder_.path().string()}});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("generate.crf +18 +.*top.yaml:3"));
  EXPECT_THAT(result.out, ContainsRegex("generate.preset +slow +.*base.yaml:1"));
  EXPECT_THAT(result.out, ContainsRegex("generate.gop_frames +12 +.*changeling/config.yaml:1"));
  EXPECT_THAT(result.out, ContainsRegex("generate.max_frames +7 +CHANGELING_GENERATE__MAX_FRAMES"));
  EXPECT_THAT(result.out, ContainsRegex("seed +5 +--seed"));
  EXPECT_THAT(result.out, ContainsRegex("run.resume +false +--set"));
  EXPECT_THAT(result.out, ContainsRegex("generate.codec +h264 +default"));
}

TEST_F(ConfigVerb, ShowPrintsAFileThatValidates) {
  const ProcessResult shown = run_changeling({"config", "show", "--set", "generate.crf=31"});
  const std::string file = write("shown.yaml", shown.out);
  const ProcessResult result = run_changeling({"config", "validate", file});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const ProcessResult again = run_changeling({"config", "show", "--config", file});
  EXPECT_EQ(again.out, shown.out);
}

TEST_F(ConfigVerb, ShowAsJsonCarriesValuesOriginsAndDigest) {
  const auto document = nlohmann::json::parse(run_changeling({"config", "show", "--json"}).out);
  EXPECT_EQ(document["settings"]["seed"]["value"], "1");
  EXPECT_EQ(document["settings"]["seed"]["origin"], "default");
  EXPECT_EQ(document["digest"].get<std::string>().size(), 64U);
}

TEST_F(ConfigVerb, ValidateNamesFileLineAndNearestKey) {
  const std::string file = write("bad.yaml", "generate:\n\n  max_frame: 3\n");
  const ProcessResult result = run_changeling({"config", "validate", file});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err,
            "changeling config validate: unknown configuration key 'generate.max_frame' (" + file +
                ":3); did you mean 'generate.max_frames'?\n");
}

TEST_F(ConfigVerb, SchemaKnowsEveryKey) {
  const auto schema = nlohmann::json::parse(run_changeling({"config", "schema"}).out);
  for (const Option& option : collect_options(verb_table())) {
    std::string pointer = "/properties/" + option.key;
    for (std::size_t dot = pointer.find('.'); dot != std::string::npos; dot = pointer.find('.')) {
      pointer.replace(dot, 1, "/properties/");
    }
    const nlohmann::json::json_pointer where(pointer);
    ASSERT_TRUE(schema.contains(where)) << option.key;
    EXPECT_EQ(schema[where]["description"], option.help);
  }
}

}  // namespace
}  // namespace changeling
