#include "common/cli/yaml_settings.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/refusal.h"
#include "tests/unit/common/cli/scratch_folder.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class YamlSettingsTest : public testing::Test {
 protected:
  YamlSettings read(const std::string& text) {
    return read_yaml_settings(folder_.write("file.yaml", text));
  }

  std::string error_of(const std::string& text) {
    return refusal_of(ErrorKind::kConfig, [&] { read(text); });
  }

  ScratchFolder folder_;
};

TEST_F(YamlSettingsTest, FlattensNestedMapsWithLines) {
  const YamlSettings found = read("seed: 7\n\ngenerate:\n  crf: 18\n  deep:\n    er: x y\n");
  ASSERT_EQ(found.settings.size(), 3U);
  EXPECT_EQ(found.settings[0].key, "seed");
  EXPECT_EQ(found.settings[0].line, 1);
  EXPECT_EQ(found.settings[1].key, "generate.crf");
  EXPECT_EQ(found.settings[1].text, "18");
  EXPECT_EQ(found.settings[1].line, 4);
  EXPECT_EQ(found.settings[2].key, "generate.deep.er");
  EXPECT_EQ(found.settings[2].text, "x y");
}

TEST_F(YamlSettingsTest, JoinsListsAndKeepsWordsAsWritten) {
  const YamlSettings found = read("tags: [no, 1e5, 010]\nanswer: on\n");
  ASSERT_EQ(found.settings.size(), 2U);
  EXPECT_EQ(found.settings[0].text, "no,1e5,010");
  EXPECT_TRUE(found.settings[0].is_list);
  EXPECT_EQ(found.settings[1].text, "on");
}

TEST_F(YamlSettingsTest, FollowsAnchors) {
  const YamlSettings found = read("a: &shared\n  x: 1\nb: *shared\n");
  ASSERT_EQ(found.settings.size(), 2U);
  EXPECT_EQ(found.settings[1].key, "b.x");
}

TEST_F(YamlSettingsTest, AcceptsAnEmptyFile) {
  EXPECT_TRUE(read("").settings.empty());
  EXPECT_TRUE(read("# only a comment\n").settings.empty());
}

TEST_F(YamlSettingsTest, SaysThatAFolderIsOne) {
  const std::string folder = std::filesystem::temp_directory_path().string();
  EXPECT_THAT(refusal_of(ErrorKind::kInput, [&] { (void)read_yaml_settings(folder); }),
              HasSubstr("'" + folder + "': it is a folder"));
}

TEST_F(YamlSettingsTest, RefusesAKeyThatStandsTwiceAndNamesBothLines) {
  const std::string error = error_of("generate:\n  crf: 1\n  gop: 2\n  crf: 3\n");
  EXPECT_THAT(error, HasSubstr("'generate.crf' stands twice, first in line 2"));
  EXPECT_THAT(error, HasSubstr("file.yaml:4"));
}

TEST_F(YamlSettingsTest, RefusesAGroupThatStandsTwice) {
  EXPECT_THAT(error_of("generate:\n  crf: 1\ngenerate:\n  gop: 2\n"), HasSubstr("stands twice"));
  EXPECT_THAT(error_of("generate.crf: 1\ngenerate:\n  crf: 2\n"), HasSubstr("stands twice"));
}

TEST_F(YamlSettingsTest, RefusesAKeyWithoutAValue) {
  EXPECT_THAT(error_of("seed:\n"), HasSubstr("'seed' has no value"));
  EXPECT_THAT(error_of("seed: ~\n"), HasSubstr("'seed' has no value"));
}

TEST_F(YamlSettingsTest, RefusesDamagedYamlWithItsLine) {
  EXPECT_THAT(error_of("a: 1\nb: [1, 2\n"), HasSubstr("damaged YAML"));
  EXPECT_THAT(error_of("a: 1\n\tb: 2\n"), HasSubstr("file.yaml:2"));
}

TEST_F(YamlSettingsTest, RefusesWhatIsNoMapping) {
  EXPECT_THAT(error_of("- a\n- b\n"), HasSubstr("not a mapping"));
  EXPECT_THAT(error_of("just text\n"), HasSubstr("not a mapping"));
  EXPECT_THAT(error_of("? [a, b]\n: 1\n"), HasSubstr("key is not a word"));
}

TEST_F(YamlSettingsTest, RefusesListsOfListsAndCommas) {
  EXPECT_THAT(error_of("tags: [[a], b]\n"), HasSubstr("not a word or number"));
  EXPECT_THAT(error_of("tags: [\"a,b\"]\n"), HasSubstr("comma"));
}

TEST_F(YamlSettingsTest, RefusesDeepNesting) {
  std::string text;
  for (int depth = 0; depth < 20; ++depth) {
    text += std::string(static_cast<std::size_t>(depth), ' ') + "k:\n";
  }
  EXPECT_THAT(error_of(text + std::string(20, ' ') + "k: 1\n"), HasSubstr("levels deep"));
}

TEST_F(YamlSettingsTest, RefusesAnOverlongFile) {
  EXPECT_THAT(error_of("# " + std::string(1100000, 'x')), HasSubstr("longer than 1 MiB"));
}

TEST(YamlSettings, NamesAMissingFile) {
  try {
    (void)read_yaml_settings("/nonexistent/x.yaml");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent/x.yaml"));
  }
}

/// Each level names the one before twice: 30 lines for a thousand million settings.
TEST_F(YamlSettingsTest, RefusesAliasesThatGrowWithoutEnd) {
  std::string maps = "a0: &a0 {x: 1, y: 2}\n";
  for (int level = 1; level < 15; ++level) {
    const std::string below = "*a" + std::to_string(level - 1);
    const std::string name = "a" + std::to_string(level);
    maps += name + ": &" + name + " {a: " + below + ", b: " + below + ", c: " + below + "}\n";
  }
  EXPECT_THAT(error_of(maps), HasSubstr("longer than 4 MiB with their aliases"));
  const std::string word = "word: &w " + std::string(10'000, 'w') + "\n";
  std::string list = "[*w";
  for (int i = 0; i < 500; ++i) {
    list += ", *w";
  }
  for (const char* key : {"list: ", "extends: "}) {
    EXPECT_THAT(error_of(word + key + list + "]\n"), HasSubstr("longer than 4 MiB"));
  }
  EXPECT_EQ(read("a: &a {x: 1}\nb: *a\n").settings.size(), 2U);
}

}  // namespace
}  // namespace changeling
