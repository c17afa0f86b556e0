#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/shortage.h"
#include "common/cli/command.h"
#include "tests/unit/common/cli/sample_verbs.h"
#include "tests/unit/common/cli/scratch_folder.h"

namespace changeling {
namespace {

using testing::HasSubstr;

/// Runs a program with `run` as the function of `generate run` and keeps what it prints.
class RunProgramTest : public testing::Test {
 protected:
  RunProgramTest() {
    setenv("XDG_STATE_HOME", folder_.path().c_str(), 1);
    setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
  }

  ~RunProgramTest() override {
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
  }

  int run(std::vector<std::string> words, const VerbFunction& function,
          const ProgramHooks& hooks = {}) {
    words.insert(words.begin(), "tool");
    std::vector<char*> argv;
    for (std::string& word : words) {
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_program(sample_verbs(), {{{"generate", "run"}, function}},
                                 static_cast<int>(words.size()), argv.data(), hooks);
    out_ = testing::internal::GetCapturedStdout();
    error_ = testing::internal::GetCapturedStderr();
    return code;
  }

  ScratchFolder folder_;
  std::string out_, error_;
};

ExitCode no_function(const Command&) {
  return ExitCode::kOk;
}

TEST_F(RunProgramTest, HandsTheCommandToTheVerb) {
  const int code = run(
      {"generate", "run", "demo", "--crf", "18", "-q", "-n", "--json"}, [](const Command& command) {
        EXPECT_EQ(command.positionals.front(), "demo");
        EXPECT_EQ(command.config.get_int("generate.crf"), 18);
        EXPECT_EQ(command.config.values().find("generate.crf")->second.origin, "--crf");
        EXPECT_TRUE(command.json && command.dry_run && command.quiet);
        EXPECT_FALSE(command.progress);
        return ExitCode::kSomeItemsFailed;
      });
  EXPECT_EQ(code, 3);
}

TEST_F(RunProgramTest, LayersRiseFromUserFileOverEnvironmentAndConfigToFlags) {
  (void)folder_.write("changeling/config.yaml",
                      "generate: {crf: 1, rate: 0.1, max_frames: 1}\nseed: 11\n");
  setenv("CHANGELING_GENERATE__CRF", "2", 1);
  setenv("CHANGELING_GENERATE__RATE", "0.2", 1);
  setenv("CHANGELING_GENERATE__MAX_FRAMES", "2", 1);
  const auto first = folder_.write("first.yaml", "generate: {crf: 3, rate: 0.3}\n");
  const auto second = folder_.write("second.yaml", "generate: {crf: 4}\n");
  run({"generate", "run", "x", "--crf", "6", "--config", first.string(), "--config",
       second.string()},
      [](const Command& command) {
        EXPECT_EQ(command.config.get_int("seed"), 11);
        EXPECT_EQ(command.config.get_int("generate.max_frames"), 2);
        EXPECT_DOUBLE_EQ(command.config.get_double("generate.rate"), 0.3);
        EXPECT_EQ(command.config.get_int("generate.crf"), 6);
        return ExitCode::kOk;
      });
  unsetenv("CHANGELING_GENERATE__CRF");
  unsetenv("CHANGELING_GENERATE__RATE");
  unsetenv("CHANGELING_GENERATE__MAX_FRAMES");
  EXPECT_EQ(error_, "");
}

TEST_F(RunProgramTest, ErrorsAreOneLineWithTheVerb) {
  const int code = run({"generate", "run", "x"}, [](const Command&) -> ExitCode {
    throw Error(ErrorKind::kCatalog, "the catalog is locked");
  });
  EXPECT_EQ(code, 5);
  EXPECT_EQ(error_, "tool generate run: the catalog is locked\n");
}

TEST_F(RunProgramTest, TooFewDescriptorsNameTheLimit) {
  const auto said_of = [this](const VerbFunction& function) {
    EXPECT_EQ(run({"generate", "run", "x"}, function), 1);
    return error_;
  };
  const std::string remedy = "; raise the limit of open files (ulimit -n) and run again\n";
  EXPECT_EQ(said_of([](const Command&) -> ExitCode {
              throw DescriptorShortage("cannot read 'x': Too many open files");
            }),
            "tool generate run: cannot read 'x': Too many open files" + remedy);
  EXPECT_EQ(said_of([](const Command&) -> ExitCode {
              throw std::system_error(EMFILE, std::generic_category(), "pipe");
            }),
            "tool generate run: pipe: Too many open files" + remedy);
  EXPECT_EQ(
      said_of([](const Command&) -> ExitCode { throw Error(ErrorKind::kResource, "no memory"); }),
      "tool generate run: no memory\n");
}

TEST_F(RunProgramTest, ConfigurationErrorsNameTheLine) {
  const auto file = folder_.write("x.yaml", "generate:\n  max_frame: 3\n");
  EXPECT_EQ(run({"generate", "run", "x", "--config", file.string()}, no_function), 2);
  EXPECT_EQ(error_, "tool generate run: unknown configuration key 'generate.max_frame' (" +
                        file.string() + ":2); did you mean 'generate.max_frames'?\n");
}

TEST_F(RunProgramTest, UnexpectedExceptionsLeaveACrashReport) {
  const int code = run({"generate", "run", "secret"},
                       [](const Command&) -> ExitCode { throw std::logic_error("impossible"); });
  EXPECT_EQ(code, 1);
  EXPECT_THAT(error_, HasSubstr("internal error: impossible (crash report: "));
  EXPECT_EQ(std::count(error_.begin(), error_.end(), '\n'), 1);
  int reports = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_.path() / "changeling")) {
    EXPECT_THAT(read_file(file.path()), HasSubstr("'generate' 'run'"));
    ++reports;
  }
  EXPECT_EQ(reports, 1);
}

TEST_F(RunProgramTest, MissingFilesAreUsageErrors) {
  EXPECT_EQ(run({"generate", "run", "x", "--config", "/nonexistent.yaml"}, no_function), 2);
  EXPECT_THAT(error_, HasSubstr("/nonexistent.yaml"));
}

TEST_F(RunProgramTest, HelpGoesToStdoutAndEndsWithZero) {
  EXPECT_EQ(run({"generate", "run", "--help"}, no_function), 0);
  EXPECT_THAT(out_, HasSubstr("--crf"));
  EXPECT_EQ(error_, "");
}

TEST_F(RunProgramTest, NoWordsAtAllAreAUsageError) {
  EXPECT_EQ(run({}, no_function), 2);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(error_, HasSubstr("Usage"));
}

TEST_F(RunProgramTest, SelfReportComesFromTheHook) {
  ProgramHooks hooks;
  hooks.self_report = [] { return std::string(R"({"versions":{}})"); };
  EXPECT_EQ(run({"--self-report"}, no_function, hooks), 0);
  EXPECT_EQ(out_, "{\"versions\":{}}\n");
  EXPECT_EQ(run({"--self-report"}, no_function), 2);
}

TEST_F(RunProgramTest, HeavyProgramsSkipGroupsOfOthers) {
  const auto file = folder_.write("x.yaml", "evaluate: {metrics: ssim}\ngenerate: {crf: 9}\n");
  const std::vector<std::string> words = {"generate", "run", "x", "--config", file.string()};
  EXPECT_EQ(run(words, no_function), 0);
  ProgramHooks front;
  front.become = [](const std::string&, char**) { FAIL() << "the verb names no program"; };
  EXPECT_EQ(run(words, no_function, front), 2);
  EXPECT_THAT(error_, HasSubstr("unknown configuration key 'evaluate.metrics'"));
}

TEST_F(RunProgramTest, VersionNamesTheCommit) {
  EXPECT_EQ(run({"--version"}, no_function), 0);
  EXPECT_THAT(out_, HasSubstr("tool 0."));
}

}  // namespace
}  // namespace changeling
