#include "common/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/cli/completion.h"
#include "common/cli/help.h"
#include "tests/support/refusal.h"
#include "tests/unit/common/cli/sample_verbs.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ArgumentsTest : public testing::Test {
 protected:
  Arguments parse(const std::vector<std::string>& words) { return parse_arguments(root_, words); }

  std::string error_of(const std::vector<std::string>& words) {
    return refusal_of(ErrorKind::kConfig, [&] { (void)parse(words); });
  }

  static std::string value_of(const Arguments& arguments, const std::string& flag) {
    std::string value = "(none)";
    for (const FlagUse& use : arguments.flags) {
      value = use.option.flag == flag ? use.value : value;
    }
    return value;
  }

  const Verb root_ = sample_verbs();
};

TEST_F(ArgumentsTest, SplitsVerbsFlagsAndPositionals) {
  const Arguments arguments = parse({"generate", "run", "demo", "--crf", "18", "--codec=ffv1"});
  EXPECT_THAT(arguments.verb_path(), ElementsAre("generate", "run"));
  EXPECT_THAT(arguments.positionals, ElementsAre("demo"));
  EXPECT_EQ(value_of(arguments, "crf"), "18");
  EXPECT_EQ(value_of(arguments, "codec"), "ffv1");
}

TEST_F(ArgumentsTest, TakesGlobalFlagsBeforeTheVerb) {
  const Arguments arguments =
      parse({"--catalog", "x.db", "--json", "generate", "run", "--quiet", "demo"});
  EXPECT_EQ(value_of(arguments, "catalog"), "x.db");
  EXPECT_EQ(value_of(arguments, "json"), "true");
  EXPECT_EQ(value_of(arguments, "quiet"), "true");
  EXPECT_THAT(arguments.positionals, ElementsAre("demo"));
}

TEST_F(ArgumentsTest, KnowsLettersAlsoRepeated) {
  const Arguments arguments = parse({"generate", "run", "-n", "-vv", "demo"});
  EXPECT_EQ(value_of(arguments, "dry-run"), "true");
  EXPECT_EQ(value_of(arguments, "verbose"), "true");
}

TEST_F(ArgumentsTest, NegatesYesNoFlagsAndLetsTheLastWin) {
  EXPECT_EQ(value_of(parse({"generate", "run", "x", "--no-resume"}), "resume"), "false");
  EXPECT_EQ(value_of(parse({"generate", "run", "x", "--no-resume", "--resume"}), "resume"), "true");
}

TEST_F(ArgumentsTest, ReadsNegativeNumbersAndWordsBehindTwoDashes) {
  EXPECT_EQ(value_of(parse({"generate", "run", "x", "--max-frames", "-5"}), "max-frames"), "-5");
  EXPECT_THAT(parse({"generate", "run", "--", "--odd-name"}).positionals,
              ElementsAre("--odd-name"));
}

TEST_F(ArgumentsTest, KeepsRepeatedPositionalsInOrder) {
  EXPECT_THAT(parse({"generate", "join", "out", "a", "b"}).positionals,
              ElementsAre("out", "a", "b"));
}

TEST_F(ArgumentsTest, NamesUnknownVerbsAndTheNearest) {
  EXPECT_EQ(error_of({"generat", "run"}), "tool: unknown verb 'generat'; did you mean 'generate'?");
  EXPECT_EQ(error_of({"generate", "rnu", "x"}),
            "tool generate: unknown verb 'rnu'; did you mean 'run'?");
  EXPECT_THAT(error_of({"generate"}), HasSubstr("the verb is missing, one of run, join"));
}

TEST_F(ArgumentsTest, NamesUnknownFlagsAndTheNearest) {
  EXPECT_EQ(error_of({"generate", "run", "x", "--max-frame", "3"}),
            "tool generate run: unknown flag '--max-frame'; did you mean '--max-frames'?");
  EXPECT_THAT(error_of({"generate", "run", "x", "-z"}), HasSubstr("unknown flag '-z'"));
}

TEST_F(ArgumentsTest, RefusesAbbreviatedFlags) {
  EXPECT_THAT(error_of({"generate", "run", "x", "--max", "3"}), HasSubstr("unknown flag"));
}

TEST_F(ArgumentsTest, RefusesMissingValuesAndValuesOfYesNoFlags) {
  EXPECT_THAT(error_of({"generate", "run", "x", "--crf"}), HasSubstr("--crf"));
  EXPECT_THAT(error_of({"generate", "run", "x", "--resume=maybe"}), HasSubstr("--resume"));
}

TEST_F(ArgumentsTest, CountsPositionals) {
  EXPECT_THAT(error_of({"generate", "run"}), HasSubstr("LIST is missing"));
  EXPECT_THAT(error_of({"generate", "run", "a", "b"}), HasSubstr("unexpected argument 'b'"));
}

TEST_F(ArgumentsTest, HelpWinsOverEverythingElse) {
  EXPECT_TRUE(parse({"--help"}).help);
  EXPECT_TRUE(parse({"generate", "run", "--nonsense", "-h"}).help);
  EXPECT_TRUE(parse({"help", "generate", "run"}).help);
  EXPECT_THAT(parse({"help", "generate", "run"}).verb_path(), ElementsAre("generate", "run"));
  EXPECT_THAT(error_of({"help", "generat"}), HasSubstr("did you mean 'generate'?"));
}

TEST_F(ArgumentsTest, HelpShowsExamplesFirstAndEveryOption) {
  const std::string help =
      help_text({&root_, root_.find("generate"), root_.find("generate")->find("run")}, false);
  EXPECT_EQ(help.rfind("Examples\n  tool generate run LIST --crf 18\n", 0), 0U);
  for (const Option& option : root_.find("generate")->find("run")->options) {
    EXPECT_THAT(help, HasSubstr(option.flag.empty() ? option.key : option.flag));
  }
  EXPECT_THAT(help, HasSubstr("--[no-]resume"));
  EXPECT_EQ(help.find('\x1b'), std::string::npos);
}

TEST_F(ArgumentsTest, AGroupWithPositionalsRunsItselfAndKeepsItsFlags) {
  Verb root = sample_verbs();
  Verb& group = root.sub_verbs.front();
  group.positionals = {{"SPEC", "A file.", true, false}};
  group.options = {sample_option("generate.out", "out", OptionType::kPath, "")};
  const Arguments own = parse_arguments(root, {"generate", "spec.yaml", "--out", "x"});
  EXPECT_THAT(own.verb_path(), ElementsAre("generate"));
  EXPECT_THAT(own.positionals, ElementsAre("spec.yaml"));
  EXPECT_THAT(parse_arguments(root, {"generate", "run", "l"}).verb_path(),
              ElementsAre("generate", "run"));
  EXPECT_THROW((void)parse_arguments(root, {"generate", "run", "l", "--out", "x"}), Error);
  EXPECT_THROW((void)parse_arguments(root, {"generate"}), Error);
  EXPECT_THAT(help_text({&root, &group}, false), HasSubstr("tool generate SPEC [FLAGS]"));
}

TEST_F(ArgumentsTest, HelpIsColouredOnRequest) {
  EXPECT_THAT(help_text({&root_}, true), HasSubstr("\x1b[1m"));
}

TEST_F(ArgumentsTest, CompletionListsVerbsFlagsAndKeys) {
  const std::string script = bash_completion(root_);
  EXPECT_THAT(script, HasSubstr("'generate run')"));
  EXPECT_THAT(script, HasSubstr("--no-resume"));
  EXPECT_THAT(script, HasSubstr(" generate.rate"));
}

}  // namespace
}  // namespace changeling
