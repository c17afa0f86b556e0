// How the front program becomes a heavy one.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/run_program.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A copy of the front program in a folder of its own, with fake heavy programs around it.
class Dispatch : public testing::Test {
 protected:
  Dispatch() {
    fs::create_directories(folder_ / "bin");
    fs::copy_file(built_program("changeling"), program());
  }

  void install(const std::string& below, const std::string& body,
               const std::string& name = "changeling-generate") {
    const fs::path file = folder_ / below / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(file, fs::perms::owner_all);
  }

  std::string program() const { return (folder_ / "bin" / "changeling").string(); }

  ProcessResult generate(const Environment& variables = {}) {
    return run_in_clean_environment({program(), "generate", "run", "demo list", "--crf", "18"},
                                    variables);
  }

  /// Its checks by name.
  std::map<std::string, nlohmann::json> doctor() {
    const ProcessResult result = run_in_clean_environment({program(), "doctor", "--json"});
    const nlohmann::json document = nlohmann::json::parse(result.out);
    std::map<std::string, nlohmann::json> checks;
    for (const nlohmann::json& check : document.at("checks")) {
      checks[check.at("name").get<std::string>()] = check;
    }
    return checks;
  }

  TempDir folder_;
};

TEST_F(Dispatch, KeepsArgumentsAndExitStatus) {
  install("bin", "printf '[%s]' \"$@\"; exit 75");
  const ProcessResult result = generate();
  EXPECT_EQ(result.exit_code, 75);
  EXPECT_EQ(result.out, "[generate][run][demo list][--crf][18]");
}

TEST_F(Dispatch, LibrariesStartNoThreadsOfTheirOwnAccord) {
  install("bin", "echo $OMP_WAIT_POLICY $OPENBLAS_NUM_THREADS");
  EXPECT_EQ(generate({{"OPENBLAS_NUM_THREADS", "8"}}).out, "PASSIVE 1\n");
}

TEST_F(Dispatch, KeepsTheSignalThatEndedTheProgram) {
  install("bin", "kill -TERM $$");
  EXPECT_EQ(generate().exit_code, 128 + SIGTERM);
}

TEST_F(Dispatch, SearchesExecPathThenOwnFolderThenLibexec) {
  install("libexec/changeling", "echo libexec");
  EXPECT_EQ(generate().out, "libexec\n");
  install("bin", "echo beside");
  EXPECT_EQ(generate().out, "beside\n");
  install("named", "echo named");
  EXPECT_EQ(generate({{"CHANGELING_EXEC_PATH",
                       (folder_ / "none").string() + ":" + (folder_ / "named").string()}})
                .out,
            "named\n");
}

TEST_F(Dispatch, NamesAMissingProgramAndWhereItLooked) {
  const ProcessResult result = generate();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("'changeling-generate' is not installed"));
  EXPECT_THAT(result.err, HasSubstr((folder_ / "bin").string()));
  EXPECT_THAT(result.err, HasSubstr("CHANGELING_EXEC_PATH"));
}

TEST_F(Dispatch, VersionCarriesTheSelfReport) {
  install("bin", "[ \"$1\" = --self-report ] && echo '{\"versions\":{\"torch\":\"9.9\"}}'");
  const ProcessResult result = run_in_clean_environment({program(), "version", "--json"});
  EXPECT_EQ(
      nlohmann::json::parse(result.out)["programs"]["changeling-generate"]["versions"]["torch"],
      "9.9");
}

TEST_F(Dispatch, DoctorOnlyWarnsWithoutTheProgramThatTrains) {
  install("bin", "echo '{\"versions\":{\"torch\":\"9.9\"}}'");
  std::map<std::string, nlohmann::json> checks = doctor();
  EXPECT_EQ(checks.at("changeling-generate").at("status"), "ok");
  EXPECT_EQ(checks.at("changeling-evaluate").at("status"), "fail");
  EXPECT_EQ(checks.at("changeling-train").at("status"), "warn");
  EXPECT_THAT(checks.at("changeling-train").at("detail").get<std::string>(),
              HasSubstr("script/build changeling-train"));
  for (const char* name :
       {"changeling-train", "changeling-evaluate"}) {  // from before self-reports
    install("bin", "exit 2", name);
  }
  checks = doctor();
  EXPECT_EQ(checks.at("changeling-evaluate").at("status"), "fail");
  EXPECT_EQ(checks.at("changeling-train").at("status"), "warn");
  EXPECT_THAT(checks.at("changeling-train").at("detail").get<std::string>(),
              HasSubstr("does not start"));
}

TEST_F(Dispatch, ABrokenSelfReportIsLeftOut) {
  install("bin", "echo 'no json'");
  const ProcessResult result = run_in_clean_environment({program(), "version", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(nlohmann::json::parse(result.out)["programs"].empty());
}

}  // namespace
}  // namespace changeling
