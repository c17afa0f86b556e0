// `changeling export ...` and `changeling keys ...` with the real program: outputs and exit codes.
#include <algorithm>
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
    return run_changeling(words, {{"CHANGELING_KEYS__DIR", (base_->path() / "keys").string()}});
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
  for (const char* switch_word : {"--dry-run", "--no-progress"}) {
    const ProcessResult elsewhere =
        run({"export", spec(), "--out", out_ / "elsewhere", switch_word});
    EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.err;
    EXPECT_THAT(elsewhere.out, HasSubstr("faces@1.0.0 was frozen before: its items are those"));
  }
}

TEST_F(ExportVerb, AVersionAndACorpusHaveACard) {
  ASSERT_EQ(run({"export", spec(), "--out", out_.path(), "-q"}).exit_code, 0);
  for (const char* what : {"faces@1.0.0", "corpus:faces"}) {
    const fs::path folder = out_.path() / "card" / what;
    const ProcessResult made = run({"report", "card", what, "--out", folder, "--json"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    EXPECT_EQ(json::parse(made.out).at("report"), (folder / "index.html").string());
    EXPECT_EQ(json::parse(read_file(folder / "report.json")).at("schema_version"), 1);
    EXPECT_THAT(read_file(folder / "index.md"), HasSubstr("| mesh_swap"));
    EXPECT_THAT(read_file(folder / "index.html"), HasSubstr("</html>"));
  }
  EXPECT_EQ(run({"report", "card", "faces@1.0.0", "--out", out_.path() / "none", "-n"}).exit_code,
            0);
  EXPECT_FALSE(fs::exists(out_.path() / "none"));
}

TEST_F(ExportVerb, ACardOfNothingIsAUsageError) {
  for (const auto& [what, words] : {std::pair("other@1.0.0", "no version 'other@1.0.0'"),
                                    std::pair("corpus:other", "no corpus 'other'")}) {
    const ProcessResult result = run({"report", "card", what, "--out", out_.path()});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr(words));
  }
  EXPECT_TRUE(fs::is_empty(out_.path()));
}

TEST_F(ExportVerb, TheCommandLineOverridesTheSpec) {
  const ProcessResult result =
      run({"export", spec(), "--out", out_.path(), "--set", "export.version=7.0.0", "-n"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("faces@7.0.0"));
  EXPECT_TRUE(fs::is_empty(out_.path()));
}

TEST_F(ExportVerb, ListsMayStandInBrackets) {
  const ProcessResult result =
      run({"export", spec(), "--out", out_.path(), "--set", "export.version=7.0.2", "--set",
           "export.formats=[webdataset, videofolder]", "-n"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(ExportVerb, ARefusalMakesNoKeyAndNoVersion) {
  const fs::path keys = out_ / "keys";
  const auto export_with = [&](const std::string& setting) {
    return run_changeling({"export", spec(), "--out", out_ / "sets", "--set", setting, "--set",
                           "export.name=refused", "--catalog", base_->path() / "catalog.db"},
                          {{"CHANGELING_KEYS__DIR", keys.string()}});
  };
  EXPECT_EQ(export_with("export.formats=nonsense").exit_code, 2);
  EXPECT_EQ(export_with("export.limits.max_class_ratio=0.5").exit_code, 4);
  fs::create_directories(out_ / "sets/refused-1.0.0");
  const ProcessResult taken = export_with("seed=1");
  EXPECT_EQ(taken.exit_code, 2);
  EXPECT_THAT(taken.err, HasSubstr("exists already"));
  EXPECT_FALSE(fs::exists(keys));
  EXPECT_THAT(run({"export", "list"}).out, Not(HasSubstr("refused")));
  fs::remove_all(out_ / "sets");
  EXPECT_EQ(export_with("seed=1").exit_code, 0);
  EXPECT_TRUE(fs::exists(keys / "current"));
}

TEST_F(ExportVerb, FilesOfConfigComeAfterTheSpec) {
  write_file_atomically(out_.path() / "extra.yaml", "export: {version: 7.0.1}\n");
  const ProcessResult result = run({"export", spec(), "--out", out_.path(), "--config",
                                    out_.path() / "extra.yaml", "-n", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out).at("version"), "7.0.1");
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
      run({"export", spec(), "--out", out_.path(), "--set", "export.version=40.0.0", "--set",
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
  // Two fakes with nine swapped frames each, and the same frames of their two controls.
  for (const auto& [format, examples] :
       {std::pair("videofolder", 4), std::pair("webdataset", 4), std::pair("frames", 36)}) {
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

TEST_F(ExportVerb, KeysAreMadeOnceListedRotatedAndRevoked) {
  const std::string dir = (out_.path() / "keys").string();
  const auto keys = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "keys");
    words.insert(words.end(), {"--keys-dir", dir, "--catalog", (out_ / "c.db").string()});
    return run_changeling(words);
  };
  ASSERT_EQ(run_changeling({"catalog", "init", "--catalog", out_ / "c.db"}).exit_code, 0);
  EXPECT_EQ(keys({"rotate"}).exit_code, 2);
  const ProcessResult made = keys({"init", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string id = json::parse(made.out).at("key_id").get<std::string>();
  const ProcessResult twice = keys({"init"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("keys rotate"));
  EXPECT_THAT(keys({"show"}).out, HasSubstr(id + "  signs"));

  const ProcessResult rotated = keys({"rotate", "--json"});
  ASSERT_EQ(rotated.exit_code, 0) << rotated.err;
  EXPECT_THAT(keys({"show"}).out, HasSubstr(id + "  replaced"));
  EXPECT_EQ(keys({"revoke", id}).exit_code, 2) << "a reason is needed";
  EXPECT_EQ(keys({"revoke", "0123456789abcdef", "--reason", "r"}).exit_code, 2);
  EXPECT_EQ(keys({"revoke", id, "--reason", "stolen"}).exit_code, 0);
  const json shown = json::parse(keys({"show", "--json"}).out);
  ASSERT_EQ(shown.at("catalog").size(), 2U);
  for (const json& key : shown.at("catalog")) {
    EXPECT_EQ(key.at("key_id") == id, key.at("revoke_reason") == "stolen");
    EXPECT_EQ(key.at("key_id") == id, key.at("retired_at").is_string());
  }
}

TEST_F(ExportVerb, ClipsAreSignedOnceAndTheirManifestsChecked) {
  const ProcessResult before = run({"catalog", "verify", "--signatures"});
  EXPECT_EQ(before.exit_code, 4);
  EXPECT_THAT(before.out, HasSubstr("missing_manifest: job 1 fake_video"));
  EXPECT_THAT(run({"catalog", "sign", "-n"}).out, HasSubstr("would sign 12 clips"));
  const ProcessResult made = run({"catalog", "sign", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(json::parse(made.out).at("signed"), 12);
  EXPECT_THAT(run({"catalog", "sign"}).out, HasSubstr("signed 0 clips, 12 were signed before"));
  const ProcessResult after = run({"catalog", "verify", "--signatures", "--json"});
  const json checked = json::parse(after.out).at("signatures");
  EXPECT_EQ(checked.at("clips"), 12);
  EXPECT_EQ(checked.at("faults").size(), 0U);
  EXPECT_EQ(after.exit_code, 0) << after.out;
}

/// Stands in for c2patool: notes its arguments, copies the clip.
std::string stand_in(const fs::path& folder, const std::string& body) {
  const fs::path tool = folder / "c2patool";
  write_file_atomically(
      tool, "#!/bin/sh\necho \"$@\" >> " + (folder / "calls").string() + "\n" + body + "\n", 0755);
  return tool;
}

TEST_F(ExportVerb, HandsFakesToAC2paTool) {
  ASSERT_EQ(run({"export", spec(), "--out", out_.path(), "-q", "--set", "export.version=12.0.0",
                 "--set", "export.formats=videofolder"})
                .exit_code,
            0);
  const std::string folder = out_.path() / "faces-12.0.0";
  const std::string good = stand_in(out_.path(), "cp \"$1\" \"$5\"");
  const ProcessResult made =
      run({"export", "c2pa", folder, out_ / "release", "--c2patool", good, "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(json::parse(made.out).at("labelled"), 6);
  const std::string calls = read_file(out_ / "calls");
  EXPECT_EQ(std::count(calls.begin(), calls.end(), '\n'), 6);
  EXPECT_THAT(calls, HasSubstr(".c2pa.json --output " + (out_.path() / "release/").string()));
  EXPECT_THAT(calls, HasSubstr("/fake/"));
  EXPECT_THAT(calls, Not(HasSubstr("/real/")));
  for (const fs::directory_entry& entry : fs::directory_iterator(out_ / "release")) {
    if (entry.path().extension() == ".json") {
      const json definition = json::parse(read_file(entry.path()));
      EXPECT_EQ(definition.at("assertions")[0].at("data").at("actions")[0].at("digitalSourceType"),
                "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture");
    }
  }
  EXPECT_EQ(run({"export", "verify", folder}).exit_code, 0) << "the export itself is untouched";

  const auto fails = [&](const std::string& body, const std::string& why) {
    fs::remove_all(out_ / "release");
    const std::string bad = stand_in(out_.path(), body);
    const ProcessResult result =
        run({"export", "c2pa", folder, out_ / "release", "--c2patool", bad});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.err, HasSubstr(why));
  };
  fails("exit 7", "ended with 7");
  fails("true", "did not leave the same video");
  fails("ffmpeg -v error -i \"$1\" -t 0.1 -c copy \"$5\"", "did not leave the same video");
  fs::remove_all(out_ / "release");
  const ProcessResult absent =
      run({"export", "c2pa", folder, out_ / "release", "--c2patool", "/nonexistent/c2patool"});
  EXPECT_EQ(absent.exit_code, 3);
  EXPECT_THAT(absent.err, HasSubstr("cannot start"));
  EXPECT_EQ(run({"export", "c2pa", out_.path(), out_ / "release"}).exit_code, 2);
}

TEST_F(ExportVerb, AChangedManifestIsHandedToNoC2paTool) {
  ASSERT_EQ(run({"export", spec(), "--out", out_.path(), "-q", "--set", "export.version=14.0.0",
                 "--set", "export.formats=videofolder"})
                .exit_code,
            0);
  const fs::path folder = out_.path() / "faces-14.0.0";
  std::string manifests = read_file(folder / "manifests.jsonl");
  manifests.replace(manifests.find("compositeCapture"), 16, "digitalCapture  ");
  write_file_atomically(folder / "manifests.jsonl", manifests);
  const std::string tool = stand_in(out_.path(), "cp \"$1\" \"$5\"");
  const ProcessResult result =
      run({"export", "c2pa", folder, out_ / "release", "--c2patool", tool});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("manifests.jsonl"));
  EXPECT_FALSE(fs::exists(out_ / "calls"));
}

TEST_F(ExportVerb, TheRealC2paToolTakesTheDefinition) {
  if (run_process({"/bin/sh", "-c", "command -v c2patool"}).exit_code != 0) {
    GTEST_SKIP() << "c2patool is not installed (no package of Debian 12)";
  }
  ASSERT_EQ(run({"export", spec(), "--out", out_.path(), "-q", "--set", "export.version=13.0.0",
                 "--set", "export.formats=videofolder"})
                .exit_code,
            0);
  const ProcessResult made =
      run({"export", "c2pa", out_.path() / "faces-13.0.0", out_ / "release"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
}

TEST_F(ExportVerb, MakesAKeyWhereThereHasNeverBeenOneAndSaysSo) {
  const std::string dir = (out_.path() / "keys").string();
  const auto export_with = [&](const std::string& version) {
    return run({"export", spec(), "--out", out_.path(), "--no-progress", "--keys-dir", dir, "--set",
                "export.version=" + version});
  };
  const ProcessResult first = export_with("20.0.0");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("signing_key_made"));
  EXPECT_THAT(export_with("20.0.1").err, Not(HasSubstr("signing_key_made")));
}

TEST_F(ExportVerb, ADryRunNeedsNoKeyAndMakesNone) {
  const std::string keys = out_.path() / "none";
  const ProcessResult result = run_changeling(
      {"export", spec(), "--out", out_.path() / "x", "--set", "export.version=40.0.0", "--dry-run",
       "--catalog", (base_->path() / "catalog.db").string()},
      {{"CHANGELING_KEYS__DIR", keys}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_FALSE(fs::exists(keys));
}

TEST_F(ExportVerb, APrivateKeyThatOthersMayReadIsRefused) {
  const fs::path dir = out_.path() / "keys";
  ASSERT_EQ(run_changeling({"keys", "init", "--keys-dir", dir}).exit_code, 0);
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    fs::permissions(entry.path(), fs::perms::others_read, fs::perm_options::add);
  }
  const ProcessResult result = run({"export", spec(), "--out", out_.path(), "--keys-dir", dir,
                                    "--set", "export.version=30.0.0"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("open to others than its owner"));
}

}  // namespace
}  // namespace changeling
