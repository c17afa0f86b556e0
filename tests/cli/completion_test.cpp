// The completion script, sourced by a real bash.
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/front/verb_table.h"
#include "tests/cli/run_program.h"

namespace changeling {
namespace {

using testing::Contains;
using testing::Not;

/// What bash offers for a line; the last word is the one under the cursor.
std::set<std::string> completions(const std::vector<std::string>& words) {
  const std::string script =
      "source <(\"$1\" completion bash); shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
      "_changeling; printf '%s\\n' \"${COMPREPLY[@]}\"";
  std::vector<std::string> arguments = {
      "bash", "-c", script, "bash", built_program("changeling"), "changeling"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const ProcessResult result = run_in_clean_environment(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  std::set<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    found.insert(line);
  }
  return found;
}

TEST(Completion, OffersVerbs) {
  EXPECT_THAT(completions({""}), Contains("generate"));
  EXPECT_THAT(completions({"gen"}), testing::ElementsAre("generate"));
  EXPECT_THAT(completions({"generate", ""}), Contains("run"));
  EXPECT_THAT(completions({"--json", "generate", "r"}), testing::ElementsAre("run"));
}

TEST(Completion, OffersChoicesAndKeysAsValues) {
  EXPECT_THAT(completions({"generate", "run", "--codec", ""}), Contains("ffv1"));
  EXPECT_THAT(completions({"generate", "run", "--codec", "=", "f"}), testing::ElementsAre("ffv1"));
  EXPECT_THAT(completions({"generate", "run", "--set", "generate.cr"}),
              testing::ElementsAre("generate.crf="));
}

TEST(Completion, OffersOnlyFlagsOfTheVerb) {
  EXPECT_THAT(completions({"config", "show", "--"}), Not(Contains("--crf")));
  EXPECT_THAT(completions({"config", "show", "--ori"}), Contains("--origin"));
}

/// Every verb's flags stand in its completions.
void expect_all_flags(const Verb& verb, const std::vector<std::string>& path) {
  for (const Verb& sub_verb : verb.sub_verbs) {
    std::vector<std::string> words = path;
    words.push_back(sub_verb.name);
    expect_all_flags(sub_verb, words);
    words.emplace_back("--");
    const std::set<std::string> found = completions(words);
    EXPECT_THAT(found, Contains("--help"));
    for (const Option& option : sub_verb.options) {
      if (!option.flag.empty()) {
        EXPECT_THAT(found, Contains("--" + option.flag)) << sub_verb.name;
      }
    }
  }
}

TEST(Completion, OffersEveryFlagOfEveryVerb) {
  expect_all_flags(verb_table(), {});
}

}  // namespace
}  // namespace changeling
