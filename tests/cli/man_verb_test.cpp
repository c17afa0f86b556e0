// `changeling man`: what the real formatter says of every page.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/front/verb_table.h"
#include "tests/cli/run_program.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

/// The page as groff sets it; any warning is a failure.
std::string formatted(const std::filesystem::path& page) {
  const ProcessResult result = run_in_clean_environment(
      {"groff", "-man", "-Tascii", "-P-cbou", "-ww", "-rLL=100n", page.string()});
  EXPECT_EQ(result.exit_code, 0) << page;
  EXPECT_EQ(result.err, "") << page;
  return result.out;
}

class ManVerb : public testing::Test {
 protected:
  void SetUp() override {
    const ProcessResult result = run_changeling({"man", "--out", folder_.path().string()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  TempDir folder_;
};

TEST_F(ManVerb, WritesAPagePerVerb) {
  std::size_t pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    pages += entry.path().extension() == ".1" ? 1 : 0;
  }
  EXPECT_EQ(pages, verb_table().sub_verbs.size() + 1);
  EXPECT_EQ(run_changeling({"man"}).out, read_file(folder_ / "changeling.1"));
  EXPECT_EQ(run_changeling({"man", "corpus"}).out, read_file(folder_ / "changeling-corpus.1"));
}

TEST_F(ManVerb, WritesNothingInADryRun) {
  const std::filesystem::path out = folder_ / "dry";
  const ProcessResult result = run_changeling({"man", "--out", out.string(), "--dry-run"});
  EXPECT_THAT(result.out, HasSubstr("would write " + (out / "changeling-corpus.1").string()));
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(ManVerb, RefusesAnUnknownVerb) {
  const ProcessResult result = run_changeling({"man", "corpsu"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'corpus'?"));
}

/// Flags and settings of a verb and of those below it stand in the page.
void expect_options(const Verb& verb, const std::string& page) {
  for (const Option& option : verb.options) {
    EXPECT_THAT(page, HasSubstr(option.flag.empty() ? option.key : option.flag)) << verb.name;
  }
  for (const Verb& below : verb.sub_verbs) {
    EXPECT_THAT(page, HasSubstr(" " + below.name));
    expect_options(below, page);
  }
}

TEST_F(ManVerb, PagesAreSetWithoutWarningsAndHoldEveryOption) {
  if (run_in_clean_environment({"sh", "-c", "command -v groff"}).exit_code != 0) {
    GTEST_SKIP() << "groff is missing: apt-get install groff-base";
  }
  EXPECT_THAT(formatted(folder_ / "changeling.1"), HasSubstr("changeling-corpus(1)"));
  for (const Verb& verb : verb_table().sub_verbs) {
    expect_options(verb, formatted(folder_ / ("changeling-" + verb.name + ".1")));
  }
}

}  // namespace
}  // namespace changeling
