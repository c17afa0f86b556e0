// The area under the ROC curve of a detector as a gated metric: compared pair by pair, over people.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/gate_store.h"
#include "catalog/store/sql_query.h"
#include "reports/model/compare_runs.h"
#include "reports/model/gate.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

constexpr const char* kArea = "detector_auc:meso@1";

GateRules rules() {
  GateRules rules;
  rules.tolerances = parse_tolerances({"lmk_nme=1%", "detector_auc=0.01"});
  rules.replicates = 400;
  return rules;
}

SimulatedRun nightly() {
  SimulatedRun run;
  run.suite = "nightly";
  return run;
}

class DetectorGate : public testing::Test {
 protected:
  DetectorGate() {
    base_ = catalog_.add_run(nightly());
    GateStore(catalog_.database()).set_baseline("nightly", base_, "me", "first");
    run_ = catalog_.add_run(nightly());
  }

  GateModel judge() { return judge_run(catalog_.database(), {run_, "", false, rules()}); }

  /// The line of the detector; without a verdict when there is none.
  static GateLine area(const GateModel& model) {
    for (const GateLine& line : model.lines) {
      if (line.metric == kArea) {
        return line;
      }
    }
    return {};
  }

  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 40, 300};
  std::string base_, run_;
};

TEST_F(DetectorGate, PassesFakesThatAreFoundAsEasilyAsBefore) {
  catalog_.add_detector_run(base_, {});
  SimulatedDetector again;
  again.noise_seed = 2;
  again.sd_noise = 0.02;
  catalog_.add_detector_run(run_, again);
  const GateLine line = area(judge());
  EXPECT_EQ(line.delta.verdict, Verdict::kPass) << line.delta.note;
  EXPECT_EQ(line.delta.n_pairs, 300);
  EXPECT_LE(line.delta.n_people, 40);
  EXPECT_EQ(line.coverage, 1);
  EXPECT_NEAR(*line.delta.delta, 0, 0.01);
  EXPECT_NEAR(*line.delta.delta, *line.baseline_mean - *line.mean, 1e-12);
}

TEST_F(DetectorGate, FailsFakesThatAreFoundMoreEasilyAndLetsHarderOnesThrough) {
  SimulatedDetector before, after;
  after.separation = 1.6;
  catalog_.add_detector_run(base_, before);
  catalog_.add_detector_run(run_, after);
  const GateModel worse = judge();
  EXPECT_EQ(area(worse).delta.verdict, Verdict::kFail);
  EXPECT_LT(*area(worse).delta.high, -0.01);
  EXPECT_EQ(worse.verdict, Verdict::kFail);
  EXPECT_FALSE(worse.is_open);
  after.separation = 0.4;
  catalog_.add_detector_run(run_, after);  // the newest run of a detector counts
  GateRules wide = rules();
  wide.tolerances["detector_auc"] = {0.03, false};
  const GateLine harder = area(judge_run(catalog_.database(), {run_, "", false, wide}));
  EXPECT_EQ(harder.delta.verdict, Verdict::kPass);
  EXPECT_THAT(harder.delta.note, HasSubstr("Improved"));
}

TEST_F(DetectorGate, CountsInHolmWithTheOtherGatedMetrics) {
  SimulatedDetector after;
  after.separation = 1.6;
  catalog_.add_detector_run(base_, {});
  catalog_.add_detector_run(run_, after);
  GateRules alone = rules();
  alone.tolerances.erase("lmk_nme");
  const GateModel one = judge_run(catalog_.database(), {run_, "", false, alone});
  EXPECT_EQ(area(one).delta.p_holm, area(one).delta.p_value);
  EXPECT_EQ(area(judge()).delta.p_holm, 2 * *area(one).delta.p_value);
}

TEST_F(DetectorGate, AWarningIsAMeanBeyondTheToleranceThatMayBeChance) {
  SimulatedDetector noisy;
  noisy.sd_noise = 2.5;
  catalog_.add_detector_run(base_, noisy);
  SimulatedDetector other = noisy;
  other.noise_seed = 3;
  other.separation = 1.6;
  catalog_.add_detector_run(run_, other);
  const GateLine line = area(judge());
  EXPECT_LT(*line.delta.delta, -0.01);
  EXPECT_EQ(line.delta.verdict, Verdict::kWarn) << line.delta.note;
}

TEST_F(DetectorGate, ClipsWithoutAScoreAreLeftOutAndGateTheCoverage) {
  catalog_.add_detector_run(base_, {});
  SimulatedDetector blind;
  blind.missing_share = 0.2;
  catalog_.add_detector_run(run_, blind);
  const GateLine line = area(judge());
  EXPECT_NEAR(line.coverage, 0.8, 0.01);
  EXPECT_EQ(line.delta.verdict, Verdict::kInconclusive);
  EXPECT_THAT(line.delta.note, HasSubstr("Coverage differs by"));
  EXPECT_EQ(*line.delta.delta, 0);  // over the clips that both have
}

TEST_F(DetectorGate, ScoresOfOneRunAloneAreInconclusiveAndOfNoneARemark) {
  GateModel model = judge();
  EXPECT_FALSE(area(model).delta.verdict);
  EXPECT_THAT(model.remarks, testing::Contains(HasSubstr("No detector has scored")));
  catalog_.add_detector_run(run_, {});
  model = judge();
  EXPECT_EQ(area(model).delta.verdict, Verdict::kInconclusive);
  EXPECT_THAT(area(model).delta.note, HasSubstr("one column only"));
}

TEST_F(DetectorGate, OtherWeightsOfThatNameAreNotCompared) {
  SimulatedDetector trained;
  trained.weights = "first";
  catalog_.add_detector_run(base_, trained);
  catalog_.add_detector_run(run_, trained);
  EXPECT_EQ(area(judge()).delta.verdict, Verdict::kPass);
  trained.weights = "second";
  catalog_.add_detector_run(run_, trained);
  EXPECT_EQ(area(judge()).delta.verdict, Verdict::kInconclusive);
  EXPECT_THAT(area(judge()).delta.note, HasSubstr("other weights"));
}

TEST_F(DetectorGate, IsStoredAndItsQueryGivesTheAreasOfThePage) {
  SimulatedRun two = nightly();
  two.methods = {"fsgan", "mesh_swap"};
  run_ = catalog_.add_run(two);
  catalog_.add_detector_run(run_, {});
  const ComparisonModel model =
      compare_runs(catalog_.database(), {{run_, "fsgan"}, {run_, "mesh_swap"}}, rules());
  const auto found = std::find_if(model.metrics.begin(), model.metrics.end(),
                                  [](const ComparedMetric& m) { return m.name == kArea; });
  ASSERT_NE(found, model.metrics.end());
  const ComparedMetric& metric = *found;
  EXPECT_NE(metric.sides[0].mean, metric.sides[1].mean);
  std::vector<double> areas;
  for (const ReportQuery& query : model.queries) {
    if (query.id == "q-" + metric.name) {
      run_sql_query(catalog_.database(), query.sql,
                    [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                      areas.push_back(std::get<double>(row.at(2)));
                    });
    }
  }
  ASSERT_EQ(areas.size(), 2U);
  EXPECT_NEAR(areas[0], *metric.sides[0].mean, 1e-12);
  EXPECT_NEAR(areas[1], *metric.sides[1].mean, 1e-12);
  EXPECT_THAT(render_html(model), HasSubstr("Detector AUC, meso@1"));
  EXPECT_EQ(render_json(
                compare_runs(catalog_.database(), {{run_, "fsgan"}, {run_, "mesh_swap"}}, rules())),
            render_json(model));
}

TEST_F(DetectorGate, VerdictComesBackFromTheCatalog) {
  catalog_.add_detector_run(base_, {});
  catalog_.add_detector_run(run_, {});
  record_gate(catalog_.database(), judge());
  const ReportGate gate = *read_gate(catalog_.database(), run_);
  const auto row = std::find_if(gate.rows.begin(), gate.rows.end(),
                                [](const ReportGateRow& line) { return line.metric == kArea; });
  ASSERT_NE(row, gate.rows.end());
  EXPECT_EQ(row->verdict, "pass");
  EXPECT_EQ(row->tolerance, 0.01);
}

}  // namespace
}  // namespace changeling
