#include "common/cli/config.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/unit/common/cli/sample_verbs.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Config sample_config() {
  return Config(collect_options(sample_verbs()));
}

std::string error_of(const std::string& assignment) {
  Config config = sample_config();
  try {
    config.apply_setting(assignment, "--set");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    return error.what();
  }
  return "no error";
}

TEST(Config, StartsFromDefaults) {
  const Config config = sample_config();
  EXPECT_EQ(config.get_int("generate.crf"), 23);
  EXPECT_DOUBLE_EQ(config.get_double("generate.rate"), 0.5);
  EXPECT_EQ(config.get_string("generate.codec"), "h264");
  EXPECT_TRUE(config.get_bool("run.resume"));
  EXPECT_EQ(config.values().find("generate.crf")->second.origin, "default");
}

TEST(Config, UnsetValuesAreNamedWithTheirFlag) {
  const Config config = sample_config();
  EXPECT_FALSE(config.is_set("generate.title"));
  EXPECT_TRUE(config.get_list("generate.tags").empty());
  try {
    (void)config.get_string("generate.title");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConfig);
    EXPECT_THAT(error.what(), HasSubstr("--title"));
  }
}

TEST(Config, AnEmptyTextCountsAsUnset) {
  Config config = sample_config();
  config.apply_setting("generate.title=a", "--title");
  EXPECT_TRUE(config.is_set("generate.title"));
  config.apply_setting("generate.title=", "--title");
  EXPECT_FALSE(config.is_set("generate.title"));
  EXPECT_THROW((void)config.get_string("generate.title"), Error);
}

TEST(Config, ReadingAnUnknownKeyOrAnotherTypeIsAFaultOfTheCaller) {
  const Config config = sample_config();
  for (const auto& read : std::vector<std::function<void()>>{
           [&] { (void)config.get_int("no.such"); }, [&] { (void)config.get_int("generate.rate"); },
           [&] { (void)config.is_set("no.such"); }}) {
    try {
      read();
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInternal);
    }
  }
}

TEST(Config, BooleansAreTrueOrFalseOnly) {
  Config config = sample_config();
  config.apply_setting("run.resume=false", "--set");
  EXPECT_FALSE(config.get_bool("run.resume"));
  for (const char* text : {"no", "on", "1", "True", ""}) {
    EXPECT_THAT(error_of(std::string("run.resume=") + text), HasSubstr("write true or false"));
  }
}

TEST(Config, IntegersHaveOneSpelling) {
  EXPECT_THAT(error_of("generate.max_frames=1e5"), HasSubstr("write 100000"));
  EXPECT_THAT(error_of("generate.max_frames=010"), HasSubstr("write 10"));
  EXPECT_THAT(error_of("generate.max_frames=5.5"), HasSubstr("is not a whole number"));
  EXPECT_THAT(error_of("generate.max_frames=0x10"), HasSubstr("is not a whole number"));
  EXPECT_THAT(error_of("generate.max_frames="), HasSubstr("is not a whole number"));
  EXPECT_THAT(error_of("generate.max_frames=99999999999999999999"), HasSubstr("whole number"));
}

TEST(Config, NumbersAreFiniteAndCanonical) {
  Config config = sample_config();
  config.apply_setting("generate.rate=2.5e-1", "--set");
  EXPECT_EQ(config.values().find("generate.rate")->second.text, "0.25");
  EXPECT_THAT(error_of("generate.rate=nan"), HasSubstr("finite"));
  EXPECT_THAT(error_of("generate.rate=inf"), HasSubstr("finite"));
  EXPECT_THAT(error_of("generate.rate=0,5"), HasSubstr("finite"));
}

TEST(Config, RangesIncludeTheirEnds) {
  Config config = sample_config();
  config.apply_setting("generate.crf=0", "--set");
  config.apply_setting("generate.crf=51", "--set");
  EXPECT_EQ(config.get_int("generate.crf"), 51);
  EXPECT_EQ(error_of("generate.crf=52"), "generate.crf (--set): '52' is not in 0..51");
  EXPECT_THAT(error_of("generate.crf=-1"), HasSubstr("is not in 0..51"));
  EXPECT_THAT(error_of("generate.rate=1.01"), HasSubstr("is not in -1..1"));
}

TEST(Config, ChoicesNameTheNearest) {
  EXPECT_EQ(error_of("generate.codec=h265"),
            "generate.codec (--set): 'h265' is none of h264|ffv1; did you mean 'h264'?");
}

TEST(Config, UnknownKeysNameTheNearest) {
  EXPECT_EQ(error_of("generate.max_frame=3"),
            "unknown configuration key 'generate.max_frame' (--set); did you mean "
            "'generate.max_frames'?");
}

TEST(Config, SettingsNeedAnEqualsSign) {
  EXPECT_THAT(error_of("generate.crf"), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(error_of("=3"), HasSubstr("KEY=VALUE"));
}

TEST(Config, ListsSplitAtCommas) {
  Config config = sample_config();
  config.apply_setting("generate.tags=a,b c,d", "--tags");
  EXPECT_THAT(config.get_list("generate.tags"), ElementsAre("a", "b c", "d"));
}

TEST(Config, ListsMayStandInBracketsEverywhere) {
  Config config = sample_config();
  config.apply_setting("generate.tags=[a, b c,d ]", "--set");
  EXPECT_THAT(config.get_list("generate.tags"), ElementsAre("a", "b c", "d"));
  config.apply_setting("generate.tags=[]", "--set");
  EXPECT_TRUE(config.get_list("generate.tags").empty());
  config.apply_setting("generate.tags=[a],b", "--set");
  EXPECT_THAT(config.get_list("generate.tags"), ElementsAre("[a]", "b"));
}

TEST(Config, JsonIsNestedTypedAndSorted) {
  Config config = sample_config();
  config.apply_setting("generate.tags=b,a", "--set");
  EXPECT_EQ(config.to_json({"generate", "run"}),
            R"({"generate":{"codec":"h264","crf":23,"max_frames":0,"rate":0.5,"tags":["b","a"]},)"
            R"("run":{"resume":true}})");
}

TEST(Config, PrefixesSelectWholeGroupsOnly) {
  EXPECT_EQ(sample_config().to_json({"seed"}), R"({"seed":1})");
  EXPECT_EQ(sample_config().to_json({"gener"}), "{}");
}

TEST(Config, DigestFollowsTheValuesNotTheirSpellingOrOrigin) {
  Config a = sample_config();
  Config b = sample_config();
  b.apply_setting("generate.rate=5e-1", "--set");
  EXPECT_EQ(a.digest({"generate"}), b.digest({"generate"}));
  b.apply_setting("seed=2", "--seed");
  EXPECT_EQ(a.digest({"generate"}), b.digest({"generate"}));
  EXPECT_NE(a.digest(), b.digest());
}

TEST(Config, GroupsOfOtherProgramsMayBeSkipped) {
  Config config(collect_options(sample_verbs()), UnknownGroups::kSkip);
  config.apply_setting("evaluate.metrics=ssim", "--set");
  EXPECT_EQ(config.values().count("evaluate.metrics"), 0U);
  EXPECT_THROW(config.apply_setting("generate.crff=1", "--set"), Error);
  EXPECT_THROW(config.apply_setting("sead=1", "--set"), Error);
}

}  // namespace
}  // namespace changeling
