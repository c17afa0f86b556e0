// Help, versions and usage errors of the real front program.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/front/verb_table.h"
#include "tests/cli/run_program.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Calls `visit(path, verb)` for every verb below the root.
template <typename Visit>
void for_each_verb(const Verb& verb, const std::vector<std::string>& path, const Visit& visit) {
  for (const Verb& sub_verb : verb.sub_verbs) {
    std::vector<std::string> words = path;
    words.push_back(sub_verb.name);
    visit(words, sub_verb);
    for_each_verb(sub_verb, words, visit);
  }
}

TEST(Help, EveryVerbShowsItsExamplesFirstAndAllItsOptions) {
  int verbs = 0;
  for_each_verb(verb_table(), {}, [&](std::vector<std::string> words, const Verb& verb) {
    ++verbs;
    words.emplace_back("--help");
    const ProcessResult result = run_changeling(words);
    EXPECT_EQ(result.exit_code, 0) << verb.name;
    EXPECT_EQ(result.err, "") << verb.name;
    EXPECT_THAT(result.out, HasSubstr(verb.summary));
    if (verb.sub_verbs.empty()) {
      ASSERT_FALSE(verb.examples.empty()) << verb.name;
      EXPECT_THAT(result.out, StartsWith("Examples\n  " + verb.examples.front()));
    }
    for (const Option& option : verb.options) {
      EXPECT_THAT(result.out, HasSubstr(option.flag.empty() ? option.key : option.flag));
    }
  });
  EXPECT_GT(verbs, 10);
}

TEST(Help, AnswersFromTheRootAndFromTheHelpVerb) {
  const ProcessResult root = run_changeling({"--help"});
  EXPECT_EQ(root.exit_code, 0);
  EXPECT_THAT(root.out, HasSubstr("generate run"));
  EXPECT_EQ(run_changeling({"help", "generate", "run"}).out,
            run_changeling({"generate", "run", "--help"}).out);
}

// The product's limit is 50 ms of wall time on a calm machine (script/goal M6). What would break it
// is a library: LibTorch alone costs 400 ms. The dynamic loader lists what a start loads.
TEST(Help, LoadsNoHeavyLibrary) {
  const ProcessResult loaded =
      run_process({built_program("changeling")}, {{"LD_TRACE_LOADED_OBJECTS", "1"}});
  EXPECT_THAT(loaded.out, HasSubstr("libsqlite3")) << "the loader listed nothing";
  for (const char* heavy : {"libtorch", "libc10", "libopencv", "libopenblas"}) {
    EXPECT_THAT(loaded.out, Not(HasSubstr(heavy)));
  }
}

TEST(Help, HasNoControlCodesInAFileOrUnderNoColor) {
  EXPECT_EQ(run_changeling({"--help"}).out.find('\x1b'), std::string::npos);
  EXPECT_NE(run_changeling({"--help", "--color", "always"}).out.find('\x1b'), std::string::npos);
}

TEST(Usage, AnUnknownVerbEndsWithTwoAndNamesTheNearest) {
  const ProcessResult result = run_changeling({"generat"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "changeling: unknown verb 'generat'; did you mean 'generate'?\n");
}

TEST(Usage, AnUnknownFlagOfAHeavyVerbIsFoundBeforeItsProgramStarts) {
  const ProcessResult result = run_changeling({"generate", "run", "x", "--max-frame", "3"},
                                              {{"CHANGELING_EXEC_PATH", "/none"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean '--max-frames'?"));
}

TEST(Usage, NoVerbTakesADeviceThatIsNone) {
  for (const char* verb : {"evaluate protocol ffpp", "detector train d@1", "catalog verify"}) {
    std::vector<std::string> words;
    std::istringstream text(verb);
    for (std::string word; text >> word;) {
      words.push_back(word);
    }
    words.insert(words.end(), {"--device", "foo"});
    const ProcessResult result = run_changeling(words);
    EXPECT_EQ(result.exit_code, 2) << verb;
    EXPECT_THAT(result.err, HasSubstr("'foo' is none of cpu|cuda:0|")) << verb;
  }
}

TEST(Usage, AVerbBehindDashesIsToldToStandBefore) {
  const ProcessResult result = run_changeling({"--", "catalog"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("'catalog' must stand before '--'"));
}

TEST(Usage, NothingAtAllPrintsHelpOnStderr) {
  const ProcessResult result = run_changeling({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("Usage"));
}

TEST(Version, JsonNamesCommitAndLibraries) {
  const ProcessResult result = run_changeling({"version", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  const auto document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["schema_version"], 1);
  EXPECT_FALSE(document["commit"].get<std::string>().empty());
  for (const char* library : {"ffmpeg", "sqlite", "openssl", "boost", "yaml-cpp"}) {
    EXPECT_FALSE(document["libraries"][library].get<std::string>().empty()) << library;
  }
}

TEST(Version, TextAndFlagAgree) {
  EXPECT_THAT(run_changeling({"--version"}).out, StartsWith("changeling "));
  EXPECT_THAT(run_changeling({"version"}).out, HasSubstr("sqlite"));
}

TEST(Doctor, ListsItsChecksAsJson) {
  const ProcessResult result = run_changeling({"doctor", "--json"});
  const auto document = nlohmann::json::parse(result.out);
  std::string names;
  for (const auto& check : document["checks"]) {
    names += check["name"].get<std::string>() + "\n";
  }
  for (const char* name : {"blas", "model lmk68", "encoder libx264", "disk", "sqlite", "catalog"}) {
    EXPECT_THAT(names, HasSubstr(name));
  }
}

TEST(Doctor, EndsWithFourWhenSomethingIsMissing) {
  const ProcessResult result = run_changeling({"doctor", "--models-dir", "/nonexistent"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.out, HasSubstr("changeling models fetch"));
}

}  // namespace
}  // namespace changeling
