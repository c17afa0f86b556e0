#include "reports/model/gate.h"

#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/audit_log.h"
#include "catalog/store/blob_store.h"
#include "catalog/store/gate_store.h"
#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "reports/model/build_report.h"
#include "reports/renderers/gate_renderer.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/process.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GateRules rules() {
  GateRules rules;
  rules.tolerances =
      parse_tolerances({"yield=0.01", "coverage=0.005", "lmk_nme=1%", "ssim_bg=0.002"});
  rules.replicates = 500;
  return rules;
}

SimulatedRun nightly(std::uint64_t noise_seed = 1) {
  SimulatedRun run;
  run.suite = "nightly";
  run.noise_seed = noise_seed;
  return run;
}

class Gate : public testing::Test {
 protected:
  GateModel judge(const std::string& run, const std::string& against = "",
                  bool is_release = false) {
    return judge_run(catalog_.database(), {run, against, is_release, rules()});
  }

  void set_baseline(const std::string& run) {
    GateStore(catalog_.database()).set_baseline("nightly", run, "me", "first");
  }

  std::string baseline() {
    const std::string run = catalog_.add_run(nightly());
    set_baseline(run);
    return run;
  }

  /// A run at half the speed of its baseline.
  std::string slow_on_a_gpu() {
    SimulatedRun fast = nightly();
    fast.device = "cuda:0";
    set_baseline(catalog_.add_run(fast));
    SimulatedRun slow = fast;
    slow.speed = 0.5;
    return catalog_.add_run(slow);
  }

  std::string refusal(const std::string& run, const std::string& against = "") {
    try {
      (void)judge(run, against);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      return error.what();
    }
    return "judged";
  }

  static const GateLine& line(const GateModel& model, std::string_view metric) {
    for (const GateLine& line : model.lines) {
      if (line.metric == metric) {
        return line;
      }
    }
    throw std::runtime_error("no line " + std::string(metric));
  }

  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 24, 60};
};

TEST_F(Gate, PassesARunLikeTheBaseline) {
  baseline();
  const GateModel model = judge(catalog_.add_run(nightly()));
  EXPECT_EQ(model.verdict, Verdict::kPass);
  EXPECT_TRUE(model.is_open);
  EXPECT_EQ(model.baseline->approved_by, "me");
  EXPECT_EQ(line(model, "lmk_nme").delta.delta, 0.0);
  EXPECT_EQ(line(model, "throughput_swap_cpu").delta.verdict, Verdict::kPass);
}

TEST_F(Gate, FailsAPlantedShiftAndKeepsItFromBecomingABaseline) {
  baseline();
  SimulatedRun worse = nightly(2);
  worse.shifts = {{"lmk_nme", 0.2}};
  const std::string run = catalog_.add_run(worse);
  const GateModel model = judge(run);
  EXPECT_EQ(model.verdict, Verdict::kFail);
  EXPECT_FALSE(model.is_open);
  EXPECT_EQ(line(model, "lmk_nme").delta.verdict, Verdict::kFail);
  EXPECT_EQ(line(model, "ssim_bg").delta.verdict, Verdict::kPass);
  record_gate(catalog_.database(), model);
  EXPECT_THROW(GateStore(catalog_.database()).set_baseline("nightly", run, "me", "no"), Error);
}

TEST_F(Gate, EqualJobsMustGiveEqualFakesAndNoneAreARemark) {
  baseline();
  const auto of_fakes = [](const GateModel& model) {
    std::vector<std::string> checks;
    for (const ReportCheck& check : model.checks) {
      if (check.name == "Equal jobs of one build gave equal fakes, mesh_swap") {
        checks.push_back(check.detail + (check.holds ? ", holds" : ", fails"));
      }
    }
    return checks;
  };
  const GateModel same = judge(catalog_.add_run(nightly()));
  EXPECT_THAT(of_fakes(same), ElementsAre("60 of 60 fakes, holds"));
  SimulatedRun later = nightly();
  later.commit = std::string(40, 'f');
  const GateModel other = judge(catalog_.add_run(later));
  EXPECT_THAT(of_fakes(other), IsEmpty());
  EXPECT_THAT(other.remarks, Contains(HasSubstr("mesh_swap: No job is the same in both runs")));
  EXPECT_EQ(other.verdict, same.verdict);
  EXPECT_THAT(other.comparisons.front().model.not_measured,
              Contains(HasSubstr("No job is the same in both runs")));
}

TEST_F(Gate, FailsASlowRunOnAnEqualMachine) {
  baseline();
  SimulatedRun slow = nightly(2);
  slow.speed = 0.7;
  const GateModel model = judge(catalog_.add_run(slow));
  EXPECT_EQ(line(model, "throughput_swap_cpu").delta.verdict, Verdict::kFail);
  EXPECT_EQ(model.verdict, Verdict::kFail);
}

TEST_F(Gate, OtherLoadOnTheMachineFailsNothing) {
  baseline();
  SimulatedRun beside = nightly();
  beside.load = 2.5;
  const std::string run = catalog_.add_run(beside);
  const GateModel model = judge(run);
  const GateLine& speed = line(model, "throughput_swap_cpu");
  EXPECT_EQ(speed.delta.verdict, Verdict::kPass) << speed.delta.note;
  EXPECT_EQ(speed.version, 4);
  EXPECT_THAT(speed.title, HasSubstr("per second of CPU time"));
  EXPECT_EQ(model.verdict, Verdict::kPass);
  record_gate(catalog_.database(), model);
  GateStore(catalog_.database()).set_baseline("nightly", run, "me", "may become one");
}

TEST_F(Gate, WallTimeWarnsAtMost) {
  const GateModel model = judge(slow_on_a_gpu());
  const GateLine& speed = line(model, "throughput_swap_cuda:0");
  EXPECT_EQ(speed.delta.verdict, Verdict::kWarn);
  EXPECT_THAT(speed.delta.note, HasSubstr("Slower in wall time by more than 5 %"));
  EXPECT_EQ(speed.version, 3);
  EXPECT_TRUE(model.is_open);
}

TEST_F(Gate, SaysThatSpeedOnAnotherDeviceIsNotJudged) {
  baseline();
  SimulatedRun moved = nightly();
  moved.device = "cuda:0";
  const GateModel model = judge(catalog_.add_run(moved));
  EXPECT_THAT(model.remarks, testing::Contains(HasSubstr(
                                 "stage swap: Not judged: timed as swap on cuda:0, what it is "
                                 "compared with as swap on cpu.")));
  EXPECT_THAT(judge(catalog_.add_run(nightly())).remarks,
              testing::Not(testing::Contains(HasSubstr("Not judged: timed"))));
}

TEST_F(Gate, SaysOfWhatDistancesADifferenceIs) {
  baseline();
  GateRules of_steadiness = rules();
  of_steadiness.tolerances = parse_tolerances({"ewarp_ratio=0.05"});
  const std::string run = catalog_.add_run(nightly(2));
  const GateModel model = judge_run(catalog_.database(), {run, "", false, of_steadiness});
  const auto document = nlohmann::json::parse(render_json(model));
  ASSERT_EQ(document.at("metrics").size(), 2U);  // and speed
  for (const auto& metric : document.at("metrics")) {
    EXPECT_EQ(metric.at("delta_of"), metric.at("metric") == "ewarp_ratio" ? "|x - 1|" : "x");
  }
  EXPECT_THAT(render_markdown(model), HasSubstr(" of \\|x - 1\\| |"));
  EXPECT_THAT(render_html(model), HasSubstr("<span class=\"unit\">|x - 1|</span>"));
  record_gate(catalog_.database(), model);
  const ReportModel report = build_report(catalog_.database(), run);
  EXPECT_THAT(render_json(report), HasSubstr("\"delta_of\": \"|x - 1|\""));
  EXPECT_THAT(render_markdown(report), HasSubstr(" of \\|x - 1\\| |"));
}

TEST_F(Gate, MoreMethodsInOnePassAreNotSlowerCode) {
  baseline();
  SimulatedRun more = nightly();
  more.methods.insert(more.methods.begin() + 1, more.methods.front() + "_poisson");
  more.shares_pass = true;
  more.speed = 0.5;
  const GateModel model = judge(catalog_.add_run(more));
  EXPECT_EQ(model.verdict, Verdict::kPass);
  EXPECT_THAT(model.remarks,
              testing::Contains(HasSubstr("Speed of mesh_swap, stage swap: Not judged: timed as "
                                          "swap (mesh_swap, mesh_swap_poisson) on cpu, what it is "
                                          "compared with as swap on cpu.")));
}

TEST_F(Gate, SpeedOfAPassIsJudgedOnceAgainstThatOfEqualMethods) {
  SimulatedRun run = nightly();
  run.methods = {"fsgan", "fsgan_poisson"};
  run.shares_pass = true;
  set_baseline(catalog_.add_run(run));
  run.speed = 0.5;
  const GateModel model = judge(catalog_.add_run(run));
  const auto is_speed = [](const GateLine& each) { return each.metric == "throughput_swap_cpu"; };
  EXPECT_EQ(std::count_if(model.lines.begin(), model.lines.end(), is_speed), 1);
  const GateLine& speed = line(model, "throughput_swap_cpu");
  EXPECT_EQ(speed.method, "fsgan");
  EXPECT_EQ(speed.delta.verdict, Verdict::kFail);
  EXPECT_THAT(speed.title, HasSubstr("stage swap (fsgan, fsgan_poisson)"));
  record_gate(catalog_.database(), model);
}

TEST_F(Gate, APassOfAnEarlierProgramDoesNotSayWhatItMade) {
  SimulatedRun run = nightly();
  run.methods = {"fsgan", "fsgan_poisson"};
  run.shares_pass = true;
  run.names_pass = false;
  set_baseline(catalog_.add_run(run));
  SimulatedRun alone = nightly();
  alone.methods = {"fsgan"};
  alone.speed = 0.5;
  const GateModel model = judge(catalog_.add_run(alone));
  EXPECT_THAT(model.remarks, testing::Contains(HasSubstr("an earlier program made the fakes")));
}

TEST_F(Gate, AWarningDoesNotHideFromAReleaseWhatCouldNotBeJudged) {
  const std::string run = slow_on_a_gpu();
  GateRules unknown = rules();
  unknown.tolerances["nobody_knows"] = {0.1, false};
  const GateModel nightly_gate = judge_run(catalog_.database(), {run, "", false, unknown});
  EXPECT_EQ(nightly_gate.verdict, Verdict::kWarn);
  EXPECT_TRUE(nightly_gate.is_open);
  EXPECT_TRUE(judge(run, "", true).is_open) << "a warning alone";
  EXPECT_FALSE(judge_run(catalog_.database(), {run, "", true, unknown}).is_open);
}

TEST_F(Gate, MissingFileFailsWhateverTheNumbers) {
  baseline();
  SimulatedRun run = nightly();
  run.files = {{"mask_alpha", {sha256("gone"), 4, "video/x-matroska", "present"}}};
  const GateModel model = judge(catalog_.add_run(run));
  EXPECT_EQ(model.verdict, Verdict::kFail);
  EXPECT_THAT(
      render_markdown(model),
      HasSubstr("| Every file of the run is in its place and intact | does not hold | 240 of 300"));
}

TEST_F(Gate, ADamagedFileFailsAndKeepsTheRunFromBecomingABaseline) {
  BlobStore blobs(objects_folder(folder_ / "catalog.db"));
  SimulatedRun with_file = nightly();
  with_file.files = {{"mask_alpha", blobs.put_bytes("mask", "video/x-matroska")}};
  const std::string run = catalog_.add_run(with_file);
  EXPECT_EQ(judge(run).verdict, Verdict::kInconclusive);
  write_file_atomically(blobs.path(sha256("mask")), "risk");
  const GateModel model = judge(run);
  EXPECT_EQ(model.verdict, Verdict::kFail);
  record_gate(catalog_.database(), model);
  EXPECT_THROW(GateStore(catalog_.database()).set_baseline("nightly", run, "me", "no"), Error);
}

TEST_F(Gate, WithoutABaselineIsInconclusiveAndClosedForARelease) {
  const std::string run = catalog_.add_run(nightly());
  const GateModel model = judge(run);
  EXPECT_EQ(model.verdict, Verdict::kInconclusive);
  EXPECT_TRUE(model.is_open);
  EXPECT_THAT(model.remarks.front(), HasSubstr("no baseline yet"));
  EXPECT_FALSE(judge(run, "", true).is_open);
  record_gate(catalog_.database(), model);
  EXPECT_EQ(read_gate(catalog_.database(), run)->verdict, "inconclusive");
  EXPECT_EQ(read_gate(catalog_.database(), run)->baseline_run, "");
  GateStore(catalog_.database()).set_baseline("nightly", run, "me", "first");
  EXPECT_EQ(judge(run).verdict, Verdict::kPass);  // the baseline itself
}

TEST_F(Gate, RefusesARunWithoutSuiteAndBaselinesOfAnother) {
  const std::string first = baseline();
  SimulatedRun other = nightly();
  other.suite = "other";
  SimulatedRun bare;
  const std::string run = catalog_.add_run(nightly());
  EXPECT_THAT(refusal(catalog_.add_run(bare)), HasSubstr("belongs to no suite"));
  EXPECT_THAT(refusal(run, catalog_.add_run(other)), HasSubstr("is of suite 'other'"));
  EXPECT_THAT(refusal("nothing"), HasSubstr("no generate run"));
  EXPECT_EQ(refusal(run, first), "judged");
}

TEST_F(Gate, AMetricThatFailedOnEveryClipHasALineWithItsReason) {
  baseline();
  SimulatedRun bare = nightly();
  bare.is_evaluated = false;
  const GateModel model = judge(catalog_.add_run(bare));
  EXPECT_EQ(line(model, "ssim_bg").delta.verdict, Verdict::kInconclusive);
  EXPECT_THAT(line(model, "ssim_bg").delta.note, HasSubstr("No pair has a value in both"));
  EXPECT_EQ(model.verdict, Verdict::kInconclusive);
  GateRules unknown = rules();
  unknown.tolerances["nobody_knows"] = {0.1, false};
  const GateModel more = judge_run(catalog_.database(), {model.run_id, "", false, unknown});
  EXPECT_THAT(line(more, "nobody_knows").delta.note, HasSubstr("Neither run"));
}

TEST_F(Gate, AMethodThatIsGoneFailsAndANewOneIsNamed) {
  baseline();
  SimulatedRun changed = nightly();
  changed.methods = {"fsgan"};
  const GateModel model = judge(catalog_.add_run(changed));
  EXPECT_EQ(model.verdict, Verdict::kFail);
  EXPECT_THAT(model.remarks.front(), HasSubstr("no method fsgan"));
}

TEST_F(Gate, AdjustsOverTheGatedMetricsOfAllMethods) {
  SimulatedRun both = nightly();
  both.methods = {"fsgan", "mesh_swap"};
  GateStore(catalog_.database()).set_baseline("nightly", catalog_.add_run(both), "me", "first");
  both.noise_seed = 2;
  both.shifts = {{"fsgan:lmk_nme", 0.2}};
  GateRules landmarks;
  landmarks.tolerances = parse_tolerances({"lmk_nme=1%"});
  landmarks.replicates = 500;
  const GateModel model =
      judge_run(catalog_.database(), {catalog_.add_run(both), "", false, landmarks});
  const GateLine& worse = line(model, "lmk_nme");  // of fsgan, the first method
  EXPECT_EQ(worse.method, "fsgan");
  EXPECT_EQ(worse.delta.verdict, Verdict::kFail);
  EXPECT_DOUBLE_EQ(*worse.delta.p_holm, 2 * *worse.delta.p_value);
  // The page behind the method says the same.
  ASSERT_EQ(model.comparisons.size(), 2U);
  EXPECT_EQ(model.comparisons.front().model.verdicts.front(), Verdict::kFail);
  EXPECT_EQ(model.comparisons.back().model.verdicts.front(), Verdict::kPass);
}

TEST_F(Gate, IsStoredShownInTheReportAndGivesTheSameBytes) {
  const std::string first = baseline();
  const std::string run = catalog_.add_run(nightly(3));
  const GateModel model = judge(run);
  record_gate(catalog_.database(), model);
  EXPECT_EQ(render_json(judge(run)), render_json(model));
  EXPECT_EQ(render_junit(judge(run)), render_junit(model));
  const ReportGate gate = *read_gate(catalog_.database(), run);
  EXPECT_EQ(gate.verdict, to_string(model.verdict));
  EXPECT_EQ(gate.baseline_run, first);
  EXPECT_EQ(gate.rows.size(), model.lines.size());
  const ReportModel report = build_report(catalog_.database(), run);
  EXPECT_THAT(render_html(report), HasSubstr("<h2 id=\"gate\">Gate</h2>"));
  EXPECT_THAT(render_markdown(report), HasSubstr("## Gate"));
  EXPECT_EQ(nlohmann::json::parse(render_json(report))["gate"]["verdict"], gate.verdict);
  EXPECT_THAT(render_html(model), HasSubstr("compare-mesh_swap/index.html"));
  EXPECT_TRUE(AuditLog(catalog_.database()).verify().empty());
  for (const ReportMetric& metric : report.metrics) {
    EXPECT_NE(metric.name, "gate");  // metrics of the gate alone are no metrics of the run
  }
}

/// What continuous integration reads: Debian's junitparser, which follows the schema of Jenkins.
std::string counted_by_junitparser(const std::string& xml, const std::filesystem::path& file) {
  write_file_atomically(file, xml);
  return run_or_throw(
      {"/usr/bin/python3", "-c",
       "import sys\nfrom junitparser import JUnitXml\nx = JUnitXml.fromfile(sys.argv[1])\n"
       "cases = [c for s in x for c in s]\n"
       "said = (x.tests, x.failures, x.skipped, x.errors)\nx.update_statistics()\n"
       "assert said == (x.tests, x.failures, x.skipped, x.errors), said\n"
       "assert all(c.name and c.classname for c in cases)\n"
       "for c in cases:\n    for r in c.result: print(c.name, type(r).__name__, r.message)\n",
       file.string()});
}

TEST_F(Gate, JunitIsReadByAConsumer) {
  if (run_process({"/usr/bin/python3", "-c", "import junitparser"}).exit_code != 0) {
    GTEST_SKIP() << "python3-junitparser is missing (run script/bootstrap)";
  }
  baseline();
  SimulatedRun worse = nightly(2);
  worse.shifts = {{"lmk_nme", 0.2}};
  GateModel model = judge(catalog_.add_run(worse));
  model.lines.back().delta.note = "a < b & \"c\"\x01";
  model.lines.back().delta.verdict = Verdict::kInconclusive;
  const std::string read = counted_by_junitparser(render_junit(model), folder_ / "gate.xml");
  EXPECT_THAT(read, HasSubstr("lmk_nme@1 Failure Worse by more than the tolerance"));
  EXPECT_THAT(read, HasSubstr("Skipped a < b & \"c\" "));
  model.is_release = true;
  EXPECT_THAT(counted_by_junitparser(render_junit(model), folder_ / "gate.xml"),
              HasSubstr("Failure a < b"));
}

TEST(GateOfFewPeople, DrawsReplicatesEnoughForAFailWhateverIsGated) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 12, 90);
  const std::string first = catalog.add_run(nightly());
  GateStore(catalog.database()).set_baseline("nightly", first, "me", "first");
  SimulatedRun worse = nightly(2);
  worse.shifts = {{"psnr_bg", -9.3}};
  const std::string run = catalog.add_run(worse);
  for (const char* name : {"meso", "xception", "spectrum", "outside", "another"}) {
    for (const std::string& of : {first, run}) {
      SimulatedDetector detector;
      detector.name = name;
      catalog.add_detector_run(of, detector);
    }
  }
  GateRules many;
  many.tolerances =
      parse_tolerances({"yield=0.01", "coverage=0.005", "id_margin_dlib=0.01", "pose_l2_deg=0.1",
                        "lmk_nme=1%", "ssim_bg=0.002", "psnr_bg=0.5", "detector_auc=0.01"});
  many.replicates = 800;
  const GateModel model = judge_run(catalog.database(), {run, "", false, many});
  std::int64_t n_lines = 0;
  for (const GateLine& line : model.lines) {
    n_lines += line.delta.p_holm.has_value() ? 1 : 0;
    if (line.metric == "psnr_bg") {
      EXPECT_EQ(line.delta.verdict, Verdict::kFail) << line.delta.note;
      EXPECT_LT(*line.delta.p_holm, 0.05);
      EXPECT_GT(line.delta.replicates, 800);
    } else if (line.delta.p_holm) {
      EXPECT_EQ(line.delta.replicates, 800) << line.metric << " is nowhere near a loss";
    }
  }
  EXPECT_EQ(n_lines, 12);
  EXPECT_EQ(model.verdict, Verdict::kFail);
}

TEST(GateOfFewPeople, IsInconclusiveForOneClipAndOneSubject) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 2, 1);
  const std::string first = catalog.add_run(nightly());
  GateStore(catalog.database()).set_baseline("nightly", first, "me", "first");
  const GateModel model =
      judge_run(catalog.database(), {catalog.add_run(nightly()), "", false, rules()});
  EXPECT_EQ(model.verdict, Verdict::kInconclusive);
  for (const GateLine& line : model.lines) {
    EXPECT_EQ(line.delta.verdict, Verdict::kInconclusive) << line.metric;
    EXPECT_FALSE(line.delta.note.empty()) << line.metric;
  }
  for (const ComparedSlice& slice : model.comparisons.front().model.slices) {
    EXPECT_FALSE(slice.cells.back().mean.has_value());  // too few, listed all the same
  }
}

}  // namespace
}  // namespace changeling
