// `changeling report gate`, `baseline` and `nightly` with the real program: outputs and exit codes.
#include <csignal>
#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/database.h"
#include "catalog/store/run_store.h"
#include "common/base/atomic_file.h"
#include "common/base/writer_lock.h"
#include "tests/cli/run_program.h"
#include "tests/support/export_catalog.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using nlohmann::json;
using testing::HasSubstr;

SimulatedRun run_of(const std::string& suite) {
  SimulatedRun run;
  run.suite = suite;
  return run;
}

class GateVerb : public testing::Test {
 protected:
  GateVerb() {
    SimulatedCatalog catalog(folder_.path(), 24, 60);
    first_ = catalog.add_run(run_of("nightly"));
    equal_ = catalog.add_run(run_of("nightly"));
    SimulatedRun worse = run_of("nightly");
    worse.shifts = {{"lmk_nme", 0.2}};
    worse_ = catalog.add_run(worse);
    other_ = catalog.add_run(run_of("other"));
  }

  ProcessResult run(std::vector<std::string> words) {
    words.insert(words.end(), {"--catalog", (folder_ / "catalog.db").string()});
    return run_changeling(words);
  }

  ProcessResult gate(const std::string& run_id, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"report",         "gate",         run_id, "--out",
                                      folder_ / "gate", "--replicates", "1000"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  ProcessResult set(const std::string& suite, const std::string& run_id) {
    return run({"baseline", "set", suite, run_id, "--reason", "a test", "--by", "ann"});
  }

  TempDir folder_;
  std::string first_, equal_, worse_, other_;
};

TEST_F(GateVerb, PagesStopOnASignalAndLeaveNothing) {
  ASSERT_EQ(set("nightly", first_).exit_code, 0);
  const std::string many = "1000000";  // more than a minute of draws
  const std::vector<std::vector<std::string>> verbs = {
      {"compare", first_, equal_}, {"gate", equal_, "--no-probes"}, {"trend", "nightly"}};
  for (const std::vector<std::string>& verb : verbs) {
    for (const bool is_dry : {false, true}) {
      std::vector<std::string> words = {built_program("changeling"), "report"};
      words.insert(words.end(), verb.begin(), verb.end());
      words.insert(words.end(), {"--replicates", many, "--out", folder_ / "stopped", "--catalog",
                                 (folder_ / "catalog.db").string()});
      if (is_dry) {
        words.emplace_back("--dry-run");
      }
      const std::string log = folder_ / (verb.front() + (is_dry ? "-dry" : ""));
      BackgroundProcess page(words, log);
      page.wait_until_it_catches(SIGTERM);
      page.signal(SIGTERM);
      EXPECT_EQ(page.wait(), 143) << verb.front();
      EXPECT_THAT(read_file(log), HasSubstr("stopped by request")) << verb.front();
      EXPECT_FALSE(std::filesystem::exists(folder_ / "stopped")) << verb.front();
    }
  }
}

TEST_F(GateVerb, Exits4OnlyWhenItFailsAndWritesEveryFormat) {
  EXPECT_THAT(gate(equal_).out, HasSubstr("inconclusive"));  // no baseline yet
  ASSERT_EQ(set("nightly", first_).exit_code, 0);
  // The made runs have no auto_reject, which is judged unless told otherwise.
  const ProcessResult open = gate(equal_, {"--json"});
  EXPECT_EQ(open.exit_code, 0) << open.err;
  EXPECT_EQ(json::parse(open.out).at("verdict"), "inconclusive");
  const ProcessResult good =
      gate(equal_, {"--json", "--tolerances", "id_margin=0.01,lmk_nme=1%,ewarp_ratio=0.03"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_EQ(json::parse(good.out).at("verdict"), "pass");
  const ProcessResult bad = gate(worse_);
  EXPECT_EQ(bad.exit_code, 4);
  EXPECT_THAT(bad.out, HasSubstr("lmk_nme"));
  for (const char* file : {"gate.json", "gate.xml", "index.md", "index.html",
                           "compare-mesh_swap/index.html", "compare-mesh_swap/report.json"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / "gate" / file)) << file;
  }
  EXPECT_THAT(run({"catalog", "verify"}).out, testing::Not(HasSubstr("audit")));
}

TEST_F(GateVerb, RefusesWhatCannotBeABaselineWith2) {
  ASSERT_EQ(set("nightly", first_).exit_code, 0);
  EXPECT_EQ(gate(worse_).exit_code, 4);
  const ProcessResult failing = set("nightly", worse_);
  EXPECT_EQ(failing.exit_code, 2);
  EXPECT_THAT(failing.err, HasSubstr("failing verdict"));
  EXPECT_THAT(set("nightly", other_).err, HasSubstr("belongs to suite 'other'"));
  const ProcessResult foreign = gate(equal_, {"--against", other_});
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.err, HasSubstr("is of suite 'other'"));
  EXPECT_EQ(run({"baseline", "set", "nightly", equal_}).exit_code, 2);  // no reason
  EXPECT_EQ(run({"baseline", "set", "nightly", equal_, "--reason", ""}).exit_code, 2);
  const json shown = json::parse(run({"baseline", "show", "nightly", "--json"}).out);
  ASSERT_EQ(shown.at("baselines").size(), 1U);
  EXPECT_EQ(shown.at("baselines")[0].at("approved_by"), "ann");
}

TEST_F(GateVerb, RefusesTolerancesOfNamesThatCannotBeJudgedWith2) {
  ASSERT_EQ(set("nightly", first_).exit_code, 0);
  const ProcessResult typo = gate(equal_, {"--tolerances", "lmk_nne=1%"});
  EXPECT_EQ(typo.exit_code, 2);
  EXPECT_THAT(typo.err, HasSubstr("did you mean 'lmk_nme'?"));
  EXPECT_EQ(gate(equal_, {"--tolerances", "kid_dn121x=0.002"}).exit_code, 2);
  EXPECT_EQ(gate(equal_, {"--tolerances", "lmk_nme=1%"}).exit_code, 0);
}

TEST_F(GateVerb, JudgesTheWarpErrorUnlessToldOtherwise) {
  ASSERT_EQ(set("nightly", first_).exit_code, 0);
  EXPECT_THAT(gate(equal_).out, HasSubstr("ewarp_ratio"));
}

TEST_F(GateVerb, DryRunChangesNothing) {
  EXPECT_EQ(gate(equal_, {"--dry-run"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "gate"));
  EXPECT_EQ(run({"baseline", "set", "nightly", first_, "--reason", "r", "--dry-run"}).exit_code, 0);
  EXPECT_EQ(json::parse(run({"baseline", "show", "--json"}).out).at("baselines").size(), 0U);
}

/// The gate over clips of people, 40 unless told, of which the fakes may have another CRF.
ProcessResult gate_of_clips(int fakes_crf, int people = 40) {
  const TempDir folder;
  ExportCatalogSpec spec;
  spec.parts = {"train"};
  spec.people_per_part = people;
  spec.suite = "leaks";
  spec.fakes_crf = fakes_crf;
  ExportCatalog catalog(folder.path(), spec);
  const std::string file = catalog.file();
  catalog.close();
  ProcessResult result =
      run_changeling({"report", "gate", "--catalog", file, "--out", folder / "gate"});
  result.out += read_file(folder / "gate/index.md");
  return result;
}

TEST(GateProbes, ACodecThatTellsTheFakesClosesTheGate) {
  const ProcessResult planted = gate_of_clips(40);
  EXPECT_EQ(planted.exit_code, 4) << planted.err;
  EXPECT_THAT(planted.out, HasSubstr("does not hold: Probe codec tells fakes from controls"));
  EXPECT_THAT(planted.out, HasSubstr("people, most telling"));
}

TEST(GateProbes, CleanClipsPassThem) {
  const ProcessResult clean = gate_of_clips(-1);
  EXPECT_THAT(clean.out, testing::Not(HasSubstr("does not hold: Probe"))) << clean.err;
  EXPECT_THAT(clean.out, testing::Not(HasSubstr("Leak probes")));
  EXPECT_THAT(clean.out, HasSubstr("people, nothing varies |"));
}

TEST(GateProbes, TooFewPeopleAreARemarkAndNoCheckThatHolds) {
  const ProcessResult few = gate_of_clips(-1, 4);
  EXPECT_THAT(few.out, HasSubstr("Leak probe codec was not judged: 4 people, 10 are needed."));
  EXPECT_THAT(few.out, testing::Not(HasSubstr("no better than chance"))) << few.err;
}

TEST_F(GateVerb, SaysWhyProbesWereNotRun) {
  EXPECT_THAT(gate(equal_).out, HasSubstr("Leak probes were not run: "));
  EXPECT_THAT(gate(equal_, {"--no-probes"}).out, testing::Not(HasSubstr("Leak probes")));
}

TEST_F(GateVerb, NightlyRefusesWithoutSuiteAndStopsAtThePreflight) {
  write_file_atomically(folder_ / "bare.yaml", "seed: 1\n");
  const ProcessResult bare = run({"nightly", folder_ / "bare.yaml"});
  EXPECT_EQ(bare.exit_code, 2);
  EXPECT_THAT(bare.err, HasSubstr("nightly.suite"));
  write_file_atomically(folder_ / "full.yaml",
                        "nightly: {suite: s, min_free_gib: 1000000, detectors: [ghost@1]}\n"
                        "device: 'cuda:7'\n");
  const ProcessResult full =
      run({"nightly", folder_ / "full.yaml", "--models-dir", folder_ / "no_models"});
  EXPECT_EQ(full.exit_code, 1);
  for (const char* what :
       {"preflight", "MiB free", "cuda:7 is not among", "no_models", "no detector 'ghost@1'"}) {
    EXPECT_THAT(full.err, HasSubstr(what));
  }
}

TEST_F(GateVerb, NightlyPrintsItsObjectAlsoWhereItsPreflightFails) {
  write_file_atomically(folder_ / "night.yaml", "nightly: {suite: s, min_free_gib: 1000000}\n");
  write_file_atomically(folder_ / "bad/catalog.db", "this is no catalog");
  for (const char* catalog : {"catalog.db", "bad/catalog.db", "none/catalog.db"}) {
    const ProcessResult night = run_changeling(
        {"nightly", folder_ / "night.yaml", "--json", "--catalog", folder_ / catalog});
    EXPECT_EQ(night.exit_code, 1);
    const json printed = json::parse(night.out, nullptr, false);
    ASSERT_TRUE(printed.is_object()) << night.out;
    EXPECT_EQ(printed.at("status"), "failed");
    EXPECT_EQ(printed.at("exit_code"), 1);
    EXPECT_THAT(printed.at("reason").get<std::string>(), HasSubstr("MiB free"));
    EXPECT_EQ(printed.at("run_id"), "");
  }
}

TEST_F(GateVerb, NightlyPrintsItsObjectAlsoWhereItsSettingsAreWrong) {
  write_file_atomically(folder_ / "bad_name.yaml", "nightly: {suite: Old one}\n");
  write_file_atomically(folder_ / "bare.yaml", "nightly: {min_free_gib: 1}\n");
  write_file_atomically(folder_ / "unknown.yaml", "nightly: {suit: s}\n");
  const std::map<std::string, std::string> reasons = {{"bad_name.yaml", "nightly.suite 'Old one'"},
                                                      {"bare.yaml", "nightly.suite"},
                                                      {"unknown.yaml", "suit"},
                                                      {"none.yaml", "none.yaml"}};
  for (const auto& [file, reason] : reasons) {
    const ProcessResult night = run({"nightly", folder_ / file, "--json"});
    EXPECT_EQ(night.exit_code, 2) << file;
    const json printed = json::parse(night.out, nullptr, false);
    ASSERT_TRUE(printed.is_object()) << file << ": " << night.out;
    EXPECT_EQ(printed.at("status"), "failed");
    EXPECT_EQ(printed.at("exit_code"), 2);
    EXPECT_THAT(printed.at("reason").get<std::string>(), HasSubstr(reason));
    EXPECT_EQ(printed.at("steps"), json::array());
  }
}

TEST_F(GateVerb, NightlyNamesABadCatalogAmongAllThatFailed) {
  write_file_atomically(folder_ / "night.yaml", "nightly: {suite: s, min_free_gib: 1000000}\n");
  write_file_atomically(folder_ / "bad/catalog.db", "this is no catalog");
  const ProcessResult bad =
      run_changeling({"nightly", folder_ / "night.yaml", "--catalog", folder_ / "bad/catalog.db"});
  EXPECT_EQ(bad.exit_code, 1) << "5 means that another night is at work";
  for (const char* what : {"preflight", "catalog: ", "MiB free"}) {
    EXPECT_THAT(bad.err, HasSubstr(what));
  }
}

TEST_F(GateVerb, NightlyRefusesANewSuiteOfABadNameBeforeItsFirstStep) {
  const std::string file = folder_ / "bad.yaml";
  write_file_atomically(file, "nightly: {suite: Old one, min_free_gib: 1000000}\n");
  const ProcessResult refused = run({"nightly", file, "--dry-run"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("nightly.suite 'Old one'"));
  {
    Database database = Database::open_writer(folder_ / "catalog.db");
    RunRow old = *RunStore(database).find_run(other_);
    old.run_id.clear();
    old.suite = "Old one";
    RunStore(database).begin(old);
  }
  EXPECT_THAT(run({"nightly", file, "--dry-run"}).err, HasSubstr("preflight"));
}

TEST_F(GateVerb, NightlyTakesFilesOfConfigAboveItsOwn) {
  const auto room_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"nightly", folder_ / "own.yaml", "--config",
                                      folder_ / "extra.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words).err;
  };
  write_file_atomically(folder_ / "own.yaml", "nightly: {suite: s, min_free_gib: 999997}\n");
  write_file_atomically(folder_ / "extra.yaml", "nightly: {min_free_gib: 999998}\n");
  EXPECT_THAT(room_of({}), HasSubstr("min_free_gib is 999998"));
  EXPECT_THAT(room_of({"--set", "nightly.min_free_gib=999999"}),
              HasSubstr("min_free_gib is 999999"));
}

/// Reports of several kinds without --out.
TEST_F(GateVerb, ReportsOfSeveralKindsLieSideBySide) {
  const std::string root = folder_ / "work";
  std::filesystem::create_directories(root);
  const auto in_folder = [&](const std::string& words) {
    const ProcessResult result =
        run_in_clean_environment({"/bin/sh", "-c",
                                  "cd '" + root + "' && '" + built_program("changeling") +
                                      "' report " + words + " --quiet --catalog ../catalog.db"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, "") << words;
  };
  in_folder("build " + first_.substr(0, 13) + " --dry-run");
  in_folder("build " + first_);
  const std::string report = read_file(root + "/report/index.html");
  in_folder("compare " + first_ + " " + equal_);
  in_folder("gate " + first_ + " --no-probes");
  in_folder("trend nightly");
  EXPECT_EQ(read_file(root + "/report/index.html"), report);
  for (const char* page : {"compare", "gate", "trend"}) {
    EXPECT_TRUE(std::filesystem::exists(root + "/report/" + page + "/index.html")) << page;
  }
}

TEST_F(GateVerb, ABuiltReportCountsTheClipsThatItShows) {
  const ProcessResult built = run({"report", "build", "latest", "--out", folder_ / "report"});
  EXPECT_EQ(built.exit_code, 0) << built.err;
  EXPECT_THAT(built.out, HasSubstr(" 0 clips shown"));  // the catalog has rows without files
  EXPECT_THAT(read_file(folder_ / "report" / "metrics.csv"), HasSubstr("\nlmk_nme,1,,,all,"));
}

TEST_F(GateVerb, ASecondNightOnTheCatalogIsRefusedWith5AtOnce) {
  write_file_atomically(folder_ / "night.yaml", "nightly: {suite: s, min_free_gib: 1000000}\n");
  {
    const WriterLock night(folder_ / "catalog.db", "catalog", ErrorKind::kCatalog, "night");
    const ProcessResult second = run({"nightly", folder_ / "night.yaml"});
    EXPECT_EQ(second.exit_code, 5);
    EXPECT_THAT(second.err, HasSubstr("is locked by another night (process "));
    EXPECT_EQ(run({"nightly", folder_ / "night.yaml", "--dry-run"}).exit_code, 1);  // no room
  }
  EXPECT_THAT(run({"nightly", folder_ / "night.yaml"}).err, HasSubstr("room: "));
}

TEST(NightlyPreflight, PassesOverPairsOfSomebodyWithdrawn) {
  TempDir folder;
  ExportCatalogSpec spec;
  spec.parts = {"train", "test"};
  spec.n_frames = 6;
  ExportCatalog catalog(folder.path(), spec);
  ModelRow model;
  model.role = "detector";
  model.name = "d";
  model.version = "1";
  model.sha256 = sha256("d");
  RunStore(catalog.database()).ensure_model(model, 1);
  const std::string file = catalog.file();
  catalog.close();
  write_file_atomically(folder / "night.yaml",
                        "nightly: {suite: s, min_free_gib: 1000000, detectors: [d@1]}\n");
  const auto night_without = [&](const std::string& person, const std::string& clip) {
    const ProcessResult forgotten = run_changeling(
        {"corpus", "forget-subject", "faces", person, "--reason", "a letter", "--catalog", file});
    EXPECT_EQ(forgotten.exit_code, 0) << forgotten.err;
    EXPECT_TRUE(std::filesystem::remove(folder / "clips" / clip));
    return run_changeling({"nightly", folder / "night.yaml", "--catalog", file}).err;
  };
  const std::string some = night_without("person-1", "clip-1.mp4");  // of the first pair
  EXPECT_THAT(some, HasSubstr("room: "));
  EXPECT_THAT(some, testing::Not(HasSubstr("decode: ")));
  EXPECT_THAT(some, testing::Not(HasSubstr("detectors: ")));
  EXPECT_THAT(night_without("person-3", "clip-3.mp4"), HasSubstr("have none of part test"));
}

}  // namespace
}  // namespace changeling
