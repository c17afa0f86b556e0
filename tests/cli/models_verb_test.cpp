// `changeling models` on packages made on the spot, and the script that unpacks them.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/digest.h"
#include "common/weights/imported_model.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

ProcessResult models(const std::vector<std::string>& words, const Environment& environment) {
  std::vector<std::string> argv = {built_program("changeling"), "models"};
  argv.insert(argv.end(), words.begin(), words.end());
  return run_process(argv, environment);
}

class ModelsVerb : public testing::Test {
 protected:
  ProcessResult run(const std::vector<std::string>& words) const {
    return models(words, {{"CHANGELING_ASSETS_DIR", (folder_ / "assets").string()}});
  }

  TempDir folder_;
};

TEST_F(ModelsVerb, ListShowsTermsAndWhatIsMissing) {
  const ProcessResult result = run({"list", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json document = nlohmann::json::parse(result.out);
  ASSERT_EQ(document.at("models").size(), 7U);
  for (const nlohmann::json& model : document.at("models")) {
    EXPECT_EQ(model.at("imported"), "no");
    EXPECT_FALSE(model.at("licence").get<std::string>().empty());
    EXPECT_FALSE(model.at("trained_on").get<std::string>().empty());
  }
  EXPECT_THAT(run({"list", "lmk68"}).out, HasSubstr("faceplugin-face-recognition-js"));
}

TEST_F(ModelsVerb, UnknownNetworkIsAUsageError) {
  const ProcessResult result = run({"list", "lmk69"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("no model 'lmk69'; known: det_rfb320"));
}

TEST_F(ModelsVerb, ImportWithoutPackagesNamesTheFetchCommand) {
  const ProcessResult result = run({"import"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("run 'changeling models fetch'"));
}

TEST_F(ModelsVerb, ImportRefusesAnotherFile) {
  write_file_atomically(
      folder_ / "assets/npm/faceplugin-face-recognition-js/model/fr_landmark.onnx",
      "not the network");
  const ProcessResult result = run({"import", "lmk68"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("the manifest wants f10b0ba1"));
  EXPECT_FALSE(fs::exists(folder_ / "assets/models/lmk68.safetensors"));
}

TEST_F(ModelsVerb, VerifyNamesTheWrongFile) {
  const ProcessResult missing = run({"verify", "lmk68"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("lmk68"));
  write_imported_model(folder_ / "assets/models/lmk68.safetensors",
                       {"lmk68", sha256("another"), "MIT", "unknown"}, {}, {});
  const ProcessResult wrong = run({"verify", "lmk68"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("lmk68.safetensors"));
  EXPECT_THAT(wrong.err, HasSubstr("the manifest names f10b0ba1"));
}

/// A lock file, a tarball and a copy of the script, away from the source tree.
class FetchAssets : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomically(folder_ / "pack/package/file.txt", "content");
    fs::create_directories(folder_ / "tarballs");
    ASSERT_EQ(run_process(
                  {"tar", "-czf", tarball().string(), "-C", (folder_ / "pack").string(), "package"})
                  .exit_code,
              0);
    const ProcessResult digest = run_process(
        {"bash", "-c",
         "openssl dgst -sha512 -binary '" + tarball().string() + "' | openssl base64 -A"});
    write_lock(digest.out);
    fs::copy_file(fs::path(CHANGELING_SOURCE_DIR) / "script/fetch-assets",
                  folder_ / "fetch-assets");
  }

  fs::path tarball() const { return folder_ / "tarballs/scope-tiny-1.0.0.tgz"; }

  fs::path unpacked() const { return folder_ / "assets/npm/@scope/tiny/file.txt"; }

  void write_lock(const std::string& digest) const {
    write_file_atomically(folder_ / "assets.lock", "# pinned\n@scope/tiny 1.0.0 " + digest + "\n");
  }

  ProcessResult run(const std::vector<std::string>& words = {}) const {
    std::vector<std::string> argv = {(folder_ / "fetch-assets").string()};
    argv.insert(argv.end(), words.begin(), words.end());
    return run_process(argv, {{"CHANGELING_ASSETS_DIR", (folder_ / "assets").string()},
                              {"CHANGELING_TARBALL_DIR", (folder_ / "tarballs").string()}});
  }

  TempDir folder_;
};

TEST_F(FetchAssets, UnpacksOnceAndLeavesNoScratch) {
  const ProcessResult first = run();
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "fetched @scope/tiny@1.0.0\n");
  EXPECT_EQ(read_file(unpacked()), "content");
  fs::remove(tarball());
  const ProcessResult second = run();
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(second.out, "") << "what is there is not fetched again";
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "assets/npm/@scope"), {}), 1);
}

TEST_F(FetchAssets, RefusesATarballWithAnotherDigest) {
  std::ofstream(tarball(), std::ios::app) << "x";
  const ProcessResult result = run();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("@scope/tiny@1.0.0: SHA-512 of the tarball is"));
  EXPECT_FALSE(fs::exists(unpacked()));
}

TEST_F(FetchAssets, ReplacesAPackageOfAnotherVersion) {
  ASSERT_EQ(run().exit_code, 0);
  write_file_atomically(folder_ / "assets/npm/@scope/tiny/.sha512", "older\n");
  write_file_atomically(folder_ / "assets/npm/@scope/tiny/left_over.txt", "x");
  EXPECT_EQ(run().exit_code, 0);
  EXPECT_TRUE(fs::exists(unpacked()));
  EXPECT_FALSE(fs::exists(folder_ / "assets/npm/@scope/tiny/left_over.txt"));
}

TEST_F(FetchAssets, NamesWhatIsWrong) {
  EXPECT_THAT(run({"other"}).err, HasSubstr("'other' is not in assets.lock"));
  write_lock("");
  EXPECT_THAT(run().err, HasSubstr("bad line for '@scope/tiny'"));
  fs::remove(folder_ / "assets.lock");
  EXPECT_THAT(run().err, HasSubstr("cannot find assets.lock"));
}

TEST_F(FetchAssets, NamesThePackageThatBringsNpm) {
  fs::remove(tarball());
  fs::create_directories(folder_ / "bin");
  for (const char* tool : {"bash", "openssl", "dirname", "mkdir", "mktemp", "rm", "cat", "grep"}) {
    const ProcessResult where = run_process({"bash", "-c", std::string("command -v ") + tool});
    fs::create_symlink(where.out.substr(0, where.out.find('\n')), folder_ / "bin" / tool);
  }
  const ProcessResult result =
      run_process({(folder_ / "bin/bash").string(), (folder_ / "fetch-assets").string()},
                  {{"CHANGELING_ASSETS_DIR", (folder_ / "assets").string()},
                   {"PATH", (folder_ / "bin").string()}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("install the Debian package 'npm'"));
}

}  // namespace
}  // namespace changeling
