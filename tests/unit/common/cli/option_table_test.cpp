#include "common/cli/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/cli/config_schema.h"
#include "tests/unit/common/cli/sample_verbs.h"

namespace changeling {
namespace {

using testing::HasSubstr;

TEST(Verb, FindsSubVerbsByName) {
  const Verb root = sample_verbs();
  ASSERT_NE(root.find("generate"), nullptr);
  EXPECT_NE(root.find("generate")->find("run"), nullptr);
  EXPECT_EQ(root.find("gen"), nullptr);
}

TEST(CollectOptions, MergesEqualDefinitionsOfSeveralVerbs) {
  Verb root = sample_verbs();
  root.sub_verbs.push_back(root.sub_verbs[0]);
  root.sub_verbs.back().name = "again";
  EXPECT_EQ(collect_options(root).size(), collect_options(sample_verbs()).size());
}

TEST(CollectOptions, RefusesTwoDefinitionsOfOneKey) {
  Verb root = sample_verbs();
  Verb other;
  other.name = "other";
  other.options = {sample_option("generate.crf", "crf", OptionType::kInt, "99")};
  root.sub_verbs.push_back(other);
  EXPECT_THROW((void)collect_options(root), Error);
}

TEST(CollectOptions, RefusesAKeyInsideAnother) {
  Verb root = sample_verbs();
  root.sub_verbs[0].options = {sample_option("catalog.sync", "", OptionType::kString, "x")};
  EXPECT_THROW((void)collect_options(root), Error);
}

TEST(CollectOptions, RefusesAnOptionWithoutAKey) {
  Verb root = sample_verbs();
  root.sub_verbs[0].options = {sample_option("", "x", OptionType::kString, "")};
  EXPECT_THROW((void)collect_options(root), Error);
}

TEST(ConfigJsonSchema, DescribesTypesRangesChoicesAndDefaults) {
  const auto schema = nlohmann::json::parse(config_json_schema(collect_options(sample_verbs())));
  const auto& generate = schema["properties"]["generate"];
  EXPECT_EQ(generate["additionalProperties"], false);
  const auto& crf = generate["properties"]["crf"];
  EXPECT_EQ(crf["type"], "integer");
  EXPECT_EQ(crf["minimum"], 0);
  EXPECT_EQ(crf["maximum"], 51);
  EXPECT_EQ(crf["default"], 23);
  EXPECT_EQ(generate["properties"]["codec"]["enum"], (nlohmann::json{"h264", "ffv1"}));
  EXPECT_EQ(schema["properties"]["run"]["properties"]["resume"]["type"], "boolean");
  EXPECT_TRUE(schema["properties"].contains("extends"));
}

}  // namespace
}  // namespace changeling
