// Layers of configuration and the origin of each value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/cli/config.h"
#include "common/cli/standard_paths.h"
#include "tests/support/refusal.h"
#include "tests/unit/common/cli/sample_verbs.h"
#include "tests/unit/common/cli/scratch_folder.h"

namespace changeling {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

/// Sets a variable for one test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    had_value_ = before != nullptr;
    before_ = had_value_ ? before : "";
    setenv(name, value.c_str(), 1);
  }

  ~ScopedVariable() {
    if (had_value_) {
      setenv(name_, before_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  bool had_value_ = false;
  std::string before_;
};

class ConfigLayers : public testing::Test {
 protected:
  Config::Value value(const std::string& key) { return config_.values().find(key)->second; }

  std::string file_error(const std::filesystem::path& file) {
    return refusal_of(ErrorKind::kConfig, [&] { config_.apply_file(file); });
  }

  ScratchFolder folder_;
  Config config_{collect_options(sample_verbs())};
};

TEST_F(ConfigLayers, FileValuesCarryFileAndLine) {
  const auto file = folder_.write("a.yaml", "seed: 5\ngenerate:\n  crf: 18\n");
  config_.apply_file(file);
  EXPECT_EQ(config_.get_int("generate.crf"), 18);
  EXPECT_EQ(value("generate.crf").origin, file.string() + ":3");
  EXPECT_EQ(value("generate.rate").origin, "default");
}

TEST_F(ConfigLayers, ExtendedFilesComeFirstRelativeToTheFile) {
  (void)folder_.write("base/low.yaml", "seed: 1\ngenerate: {crf: 10}\n");
  (void)folder_.write("base/mid.yaml", "extends: low.yaml\ngenerate: {crf: 20, rate: 0.25}\n");
  const auto top = folder_.write("top.yaml", "extends: [base/mid.yaml]\ngenerate:\n  crf: 30\n");
  config_.apply_file(top);
  EXPECT_EQ(config_.get_int("generate.crf"), 30);
  EXPECT_THAT(value("generate.crf").origin, EndsWith("top.yaml:3"));
  EXPECT_DOUBLE_EQ(config_.get_double("generate.rate"), 0.25);
  EXPECT_THAT(value("generate.rate").origin, EndsWith("base/mid.yaml:2"));
  EXPECT_THAT(value("seed").origin, EndsWith("low.yaml:1"));
}

TEST_F(ConfigLayers, ExtendingInACircleIsRefused) {
  (void)folder_.write("b.yaml", "extends: a.yaml\n");
  EXPECT_THAT(file_error(folder_.write("a.yaml", "extends: b.yaml\n")), HasSubstr("in a circle"));
  EXPECT_THAT(file_error(folder_.write("c.yaml", "extends: c.yaml\n")), HasSubstr("in a circle"));
}

TEST_F(ConfigLayers, AMissingExtendedFileIsNamedWithTheOneThatExtendsIt) {
  const auto top = folder_.write("top.yaml", "extends: base/gone.yaml\n");
  EXPECT_THAT(file_error(top), AllOf(HasSubstr("base/gone.yaml', which '" + top.string()),
                                     HasSubstr("starts at the folder of 'top.yaml'")));
}

TEST_F(ConfigLayers, ADiamondOfExtendsIsNoCircle) {
  (void)folder_.write("base.yaml", "seed: 9\n");
  (void)folder_.write("l.yaml", "extends: base.yaml\n");
  (void)folder_.write("r.yaml", "extends: base.yaml\n");
  config_.apply_file(folder_.write("top.yaml", "extends: [l.yaml, r.yaml]\n"));
  EXPECT_EQ(config_.get_int("seed"), 9);
}

TEST_F(ConfigLayers, UnknownKeysNameFileLineAndNearest) {
  const auto file = folder_.write("x.yaml", "generate:\n\n  max_frame: 3\n");
  EXPECT_EQ(file_error(file), "unknown configuration key 'generate.max_frame' (" + file.string() +
                                  ":3); did you mean 'generate.max_frames'?");
}

TEST_F(ConfigLayers, WrongTypesInFilesNameFileAndLine) {
  EXPECT_THAT(file_error(folder_.write("x.yaml", "run:\n  resume: no\n")),
              HasSubstr("x.yaml:2): 'no' is not a yes/no value"));
  EXPECT_THAT(file_error(folder_.write("y.yaml", "seed: [1, 2]\n")), HasSubstr("not a list"));
  EXPECT_THAT(file_error(folder_.write("z.yaml", "seed: {a: 1}\n")),
              HasSubstr("unknown configuration key 'seed.a'"));
}

TEST_F(ConfigLayers, EnvironmentNestsByTwoUnderscores) {
  std::string crf = "CHANGELING_GENERATE__CRF=12";
  std::string frames = "CHANGELING_GENERATE__MAX_FRAMES=7";
  std::string reserved = "CHANGELING_DATA_DIR=/somewhere";
  std::string unknown = "CHANGELING_NO_SUCH_KEY=1";
  std::string other = "GENERATE__CRF=1";
  char* environment[] = {crf.data(),     frames.data(), reserved.data(),
                         unknown.data(), other.data(),  nullptr};
  config_.apply_environment(environment);
  EXPECT_EQ(config_.get_int("generate.crf"), 12);
  EXPECT_EQ(config_.get_int("generate.max_frames"), 7);
  EXPECT_EQ(value("generate.crf").origin, "CHANGELING_GENERATE__CRF");
}

TEST_F(ConfigLayers, BadEnvironmentValuesNameTheVariable) {
  std::string text = "CHANGELING_SEED=many";
  char* environment[] = {text.data(), nullptr};
  try {
    config_.apply_environment(environment);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("CHANGELING_SEED"));
  }
}

TEST_F(ConfigLayers, ReservedNamesAreNoKeys) {
  for (const std::string& name : reserved_environment_names()) {
    std::string text = name + "=x";
    char* environment[] = {text.data(), nullptr};
    EXPECT_NO_THROW(config_.apply_environment(environment)) << name;
  }
}

TEST_F(ConfigLayers, StandardFilesRunFromSystemToUser) {
  const auto far = folder_.write("far/changeling/config.yaml", "");
  const auto near = folder_.write("near/changeling/config.yaml", "");
  const auto user = folder_.write("user/changeling/config.yaml", "");
  const std::string root = folder_.path().string();
  const ScopedVariable dirs("XDG_CONFIG_DIRS", root + "/near:" + root + "/far:" + root + "/none");
  const ScopedVariable home("XDG_CONFIG_HOME", root + "/user");
  EXPECT_THAT(standard_config_files(), ElementsAre(far, near, user));
}

TEST_F(ConfigLayers, AssetsStandInDefaultPaths) {
  const ScopedVariable assets("CHANGELING_ASSETS_DIR", "/data/assets");
  const Config config(collect_options(sample_verbs()));
  EXPECT_EQ(config.get_path("models.dir"), "/data/assets/models");
}

TEST(StandardPaths, AssetsOfASourceTreeLieBesideItsLock) {
  EXPECT_EQ(assets_dir(), std::filesystem::path(CHANGELING_SOURCE_DIR) / "assets");
}

TEST(StandardPaths, StateFollowsTheEnvironment) {
  const ScopedVariable state("XDG_STATE_HOME", "/state");
  EXPECT_EQ(state_dir(), "/state/changeling");
}

}  // namespace
}  // namespace changeling
