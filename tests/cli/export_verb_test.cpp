// `changeling export ...` and `changeling keys ...` with the real program: outputs and exit codes.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "tests/cli/run_program.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class ExportVerb : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = new TempDir;
    ExportCatalog(base_->path());
    write_file_atomically(base_->path() / "spec.yaml",
                          "export:\n  name: faces\n  version: 1.0.0\n  formats: [webdataset]\n");
  }

  static void TearDownTestSuite() { delete base_; }

  static ProcessResult run(std::vector<std::string> words) {
    words.insert(words.end(), {"--catalog", (base_->path() / "catalog.db").string()});
    return run_changeling(words);
  }

  static std::string spec() { return base_->path() / "spec.yaml"; }

  static TempDir* base_;
  TempDir out_;
};

TempDir* ExportVerb::base_ = nullptr;

TEST_F(ExportVerb, WritesVerifiesAndLists) {
  const ProcessResult made =
      run({"export", spec(), "--out", out_.path(), "--no-progress", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const json result = json::parse(made.out);
  EXPECT_EQ(result.at("counts").at("train").at("fake"), 2);
  const std::string folder = result.at("folder").get<std::string>();
  EXPECT_EQ(run({"export", "verify", folder}).exit_code, 0);
  EXPECT_THAT(run({"export", "list"}).out, HasSubstr("faces  1.0.0"));
  EXPECT_EQ(run({"export", "diff", "faces@1.0.0", folder}).out, "");
  const ProcessResult again = run({"export", spec(), "--out", out_.path()});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
}

TEST_F(ExportVerb, TheCommandLineOverridesTheSpec) {
  const ProcessResult result =
      run({"export", spec(), "--out", out_.path(), "--set", "export.version=7.0.0", "-n"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("faces@7.0.0"));
  EXPECT_TRUE(fs::is_empty(out_.path()));
}

TEST_F(ExportVerb, VerifyExits4AndNamesTheFault) {
  ASSERT_EQ(run({"export", spec(), "--out", out_.path(), "-q"}).exit_code, 0);
  const fs::path folder = out_.path() / "faces-1.0.0";
  write_file_atomically(folder / "extra", "x");
  const ProcessResult result = run({"export", "verify", folder});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.out, HasSubstr("'extra' is not part of the export"));
  EXPECT_EQ(run({"export", "verify", out_.path()}).exit_code, 2);
}

TEST_F(ExportVerb, ARefusalExits4NamesTheOffenderAndPromisesNothing) {
  const ProcessResult result =
      run({"export", spec(), "--out", out_.path(), "--set", "export.version=8.0.0", "--set",
           "export.limits.max_class_ratio=0.5", "--dry-run"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("refused (class_balance): part train has 2 fake and 2 real"));
  EXPECT_THAT(result.out, HasSubstr("refused, nothing was written"));
  EXPECT_THAT(result.out, Not(HasSubstr("would write")));
}

TEST_F(ExportVerb, TheExampleTrainsFromThreeFormats) {
  const std::string python = "/usr/bin/python3";
  if (!fs::exists(python) || run_process({python, "-c", "import torch, numpy"}).exit_code != 0) {
    GTEST_SKIP() << "no PyTorch (script/bootstrap installs python3-torch)";
  }
  const std::string formats = "export.formats=videofolder,webdataset,frames";
  const ProcessResult made = run({"export", spec(), "--out", out_.path(), "-q", "--set", formats,
                                  "--set", "export.version=3.0.0"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const fs::path example = fs::path(CHANGELING_SOURCE_DIR) / "docs/examples/train_detector.py";
  // Two controls of twelve frames, two fakes of nine swapped ones.
  for (const auto& [format, examples] :
       {std::pair("videofolder", 4), std::pair("webdataset", 4), std::pair("frames", 42)}) {
    const ProcessResult trained =
        run_process({python, example, out_.path() / "faces-3.0.0", format});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    const json result = json::parse(trained.out);
    EXPECT_EQ(result.at("examples"), examples) << format;
    EXPECT_GT(result.at("loss"), 0) << format;
  }
}

TEST_F(ExportVerb, MistakesExit2) {
  EXPECT_EQ(run({"export"}).exit_code, 2);
  EXPECT_EQ(run({"export", out_ / "none.yaml"}).exit_code, 2);
  EXPECT_EQ(run({"export", "diff", "faces@8.0.0", "faces@9.0.0"}).exit_code, 2);
  write_file_atomically(out_ / "bad.yaml", "export:\n  nmae: faces\n");
  const ProcessResult key = run({"export", out_ / "bad.yaml"});
  EXPECT_EQ(key.exit_code, 2);
  EXPECT_THAT(key.err, HasSubstr("export.name"));
}

TEST_F(ExportVerb, KeysAreMadeOnceAndListed) {
  const std::string dir = "keys.dir=" + (out_.path() / "keys").string();
  const ProcessResult none = run({"export", spec(), "--set", dir});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("changeling keys make"));
  const ProcessResult made = run({"keys", "make", "--set", dir, "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string id = json::parse(made.out).at("key_id").get<std::string>();
  EXPECT_EQ(run({"keys", "make", "--set", dir}).exit_code, 2);
  EXPECT_THAT(run({"keys", "list", "--set", dir}).out, HasSubstr(id + "  signs"));
  EXPECT_EQ(run({"keys", "make", "--replace", "--set", dir}).exit_code, 0);
  EXPECT_THAT(run({"keys", "list", "--set", dir}).out, HasSubstr(id + "  replaced"));
}

}  // namespace
}  // namespace changeling
