#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/sql_query.h"
#include "common/base/error.h"
#include "common/statistics/cluster_bootstrap.h"
#include "reports/model/build_report.h"
#include "reports/model/compare_runs.h"
#include "reports/model/number_format.h"
#include "reports/model/run_data.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

GateRules rules() {
  GateRules rules;
  rules.tolerances = parse_tolerances(
      {"yield=0.01", "coverage=0.005", "id_margin_dlib=0.01", "lmk_nme=1%", "ssim_bg=0.002"});
  rules.replicates = 300;
  return rules;
}

const ComparedMetric& find_metric(const ComparisonModel& model, std::string_view name) {
  for (const ComparedMetric& metric : model.metrics) {
    if (metric.name == name) {
      return metric;
    }
  }
  throw std::runtime_error("no metric " + std::string(name));
}

ComparisonModel compare(SimulatedCatalog& catalog, const std::vector<std::string>& columns,
                        const GateRules& gate = rules()) {
  return compare_runs(catalog.database(), resolve_sides(catalog.database(), columns), gate);
}

class Comparison : public testing::Test {
 protected:
  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 24, 60};
};

TEST_F(Comparison, OfARunWithARepeatedMeasurementIsZeroAndPasses) {
  const std::string a = catalog_.add_run({});
  const std::string b = catalog_.add_run({});
  const ComparisonModel model = compare(catalog_, {a, b});
  EXPECT_EQ(model.verdict, Verdict::kPass);
  for (const ComparedMetric& metric : model.metrics) {
    EXPECT_EQ(metric.deltas.front().delta, 0.0) << metric.name;
    EXPECT_EQ(metric.deltas.front().low, 0.0) << metric.name;
    EXPECT_EQ(metric.deltas.front().n_pairs, 60) << metric.name;
  }
}

TEST_F(Comparison, FailsAPlantedShiftAndOnlyThatMetric) {
  const std::string a = catalog_.add_run({});
  SimulatedRun worse;
  worse.noise_seed = 2;
  worse.shifts = {{"lmk_nme", 0.2}};  // 6 % of the mean, tolerance 1 %
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(worse)});
  EXPECT_EQ(model.verdict, Verdict::kFail);
  const PairedDelta& landmarks = find_metric(model, "lmk_nme").deltas.front();
  EXPECT_EQ(landmarks.verdict, Verdict::kFail);
  EXPECT_NEAR(*landmarks.delta, -0.2, 0.02);  // lower is better: worse is negative
  EXPECT_LT(*landmarks.p_holm, 0.05);
  EXPECT_GE(*landmarks.p_holm, *landmarks.p_value);
  EXPECT_EQ(find_metric(model, "ssim_bg").deltas.front().verdict, Verdict::kPass);
  EXPECT_FALSE(find_metric(model, "psnr_bg").deltas.front().verdict.has_value());
}

TEST_F(Comparison, OfTwoMethodsOfOneRunAlignsTheirPairs) {
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  run.shifts = {{"fsgan:id_margin_dlib", 0.05}};
  const std::string id = catalog_.add_run(run);
  const ComparisonModel model = compare(catalog_, {"latest:mesh_swap", "latest:fsgan"});
  EXPECT_EQ(model.sides[0].method, "mesh_swap");
  EXPECT_EQ(model.sides[1].run_id, id);
  EXPECT_NEAR(*find_metric(model, "id_margin_dlib").deltas.front().delta, 0.05, 0.005);
  EXPECT_EQ(compare(catalog_, {id}).sides.size(), 2U);  // every method becomes a column
}

TEST_F(Comparison, ShowsTheBaselinesOfTheFirstColumn) {
  const std::string a = catalog_.add_run({});
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run({})});
  const ComparedMetric& ssim = find_metric(model, "ssim_bg");
  ASSERT_EQ(ssim.baselines.size(), 1U);
  EXPECT_EQ(ssim.baselines.front().name, "copy_target");
  EXPECT_NEAR(*ssim.baselines.front().mean, *ssim.sides.front().mean - 1, 0.02);
  EXPECT_THAT(render_html(model), HasSubstr("<h2 id=\"means\">"));
  EXPECT_THAT(render_markdown(model), HasSubstr("## Means and baselines"));
}

TEST_F(Comparison, ShowsDistancesOfWholeSetsWithoutAVerdict) {
  SimulatedRun run;
  run.set_values = {{"kid_dn121x", 0.0125}};
  const std::string a = catalog_.add_run(run);
  run.set_values = {{"kid_dn121x", 0.5}};
  GateRules gate = rules();
  gate.tolerances["kid_dn121x"] = {0.002, false};  // refused when read; set here, it judges nothing
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(run)}, gate);
  EXPECT_EQ(model.verdict, Verdict::kPass);
  const ComparedMetric& distance = find_metric(model, "kid_dn121x");
  EXPECT_FALSE(distance.is_gated);
  EXPECT_EQ(distance.sides[0].mean, 0.0125);
  EXPECT_EQ(distance.sides[1].mean, 0.5);
  EXPECT_EQ(distance.sides[1].n_clips, kSimulatedFaces);
  EXPECT_FALSE(distance.deltas.front().delta.has_value());
  EXPECT_FALSE(distance.deltas.front().verdict.has_value());
  EXPECT_THAT(render_html(model), HasSubstr("One number of the whole set: shown, not judged."));
  EXPECT_THAT(render_markdown(model), HasSubstr("0.0125"));
  std::vector<double> values;
  for (const ReportQuery& query : model.queries) {
    if (query.id == "q-kid_dn121x") {
      run_sql_query(catalog_.database(), query.sql,
                    [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                      values.push_back(std::get<double>(row[2]));
                    });
    }
  }
  EXPECT_THAT(values, testing::ElementsAre(0.0125, 0.5));
}

TEST_F(Comparison, LeavesOutDistancesThatNoColumnHas) {
  SimulatedRun other;
  other.set_values = {{"kid_dn121x", 0.5}};
  catalog_.add_run(other);  // the catalog knows the metric now
  const ComparisonModel model = compare(catalog_, {catalog_.add_run({}), catalog_.add_run({})});
  EXPECT_THROW((void)find_metric(model, "kid_dn121x"), std::runtime_error);
}

TEST_F(Comparison, ReportOfOneRunShowsWhatWasStoredForEachMethod) {
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  run.shifts = {{"fsgan:ssim_bg", -0.02}};
  const std::string id = catalog_.add_run(run);
  std::map<std::string, double> means;
  for (const ReportMetric& metric : build_report(catalog_.database(), id).metrics) {
    if (metric.name == "ssim_bg") {
      EXPECT_TRUE(metric.low && *metric.low < *metric.mean) << metric.method;
      means[metric.method] = *metric.mean;
    }
  }
  ASSERT_EQ(means.size(), 2U);
  EXPECT_NEAR(means["mesh_swap"] - means["fsgan"], 0.02, 0.001);
}

TEST_F(Comparison, ThreeColumnsHaveRungsAgainstTheColumnBefore) {
  SimulatedRun run;
  run.methods = {"a", "b", "c"};
  run.shifts = {{"b:ssim_bg", 0.002}, {"c:ssim_bg", 0.005}};
  catalog_.add_run(run);
  const ComparedMetric ssim = find_metric(compare(catalog_, {"latest"}), "ssim_bg");
  ASSERT_EQ(ssim.rungs.size(), 2U);
  EXPECT_NEAR(*ssim.rungs[0].delta, 0.002, 0.0005);
  EXPECT_NEAR(*ssim.rungs[1].delta, 0.003, 0.0005);
  EXPECT_NEAR(*ssim.deltas[1].delta, 0.005, 0.0005);
}

TEST_F(Comparison, ListsPairsThatLostTheirFake) {
  const std::string a = catalog_.add_run({});
  SimulatedRun fewer;
  fewer.skipped_share = 0.4;
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(fewer)});
  const auto lost = std::count_if(model.flips.begin(), model.flips.end(), [](const auto& flip) {
    return flip.what == "fake lost" && flip.after == "skipped: face_small";
  });
  EXPECT_EQ(lost, 24);
  const PairedDelta& yield = find_metric(model, "yield").deltas.front();
  EXPECT_NEAR(*yield.delta, -0.4, 1e-12);
  EXPECT_EQ(yield.verdict, Verdict::kFail);
  EXPECT_EQ(find_metric(model, "ssim_bg").deltas.front().n_pairs, 36);
}

TEST_F(Comparison, ShowsWorstBestAndMostChangedPairs) {
  const std::string a = catalog_.add_run({});
  SimulatedRun other;
  other.noise_seed = 2;
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(other)});
  ASSERT_EQ(model.exemplars.size(), 30U);
  EXPECT_EQ(model.exemplar_metric, "id_margin_dlib");
  EXPECT_EQ(model.exemplars[0].rank, "worst 1");
  EXPECT_EQ(model.exemplars[10].rank, "best 1");
  EXPECT_EQ(model.exemplars[20].rank, "most changed 1");
  EXPECT_EQ(model.exemplars[0].fakes.size(), 2U);
}

TEST_F(Comparison, SuppressesSmallSlicesButListsThem) {
  const std::string a = catalog_.add_run({});
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run({})});
  bool has_shown = false;
  bool has_suppressed = false;
  for (const ComparedSlice& slice : model.slices) {
    for (const SliceCell& cell : slice.cells) {
      EXPECT_EQ(cell.mean.has_value(), cell.n_clips >= 30 && cell.n_people >= 10)
          << slice.group << " " << slice.bin;
      has_shown = has_shown || cell.mean;
      has_suppressed = has_suppressed || !cell.mean;
    }
  }
  EXPECT_TRUE(has_shown);
  EXPECT_TRUE(has_suppressed);
}

TEST_F(Comparison, SlicesAreOfTheFacesThatWereSwappedAfterAnotherAnalysis) {
  const std::string a = catalog_.add_run({});
  const std::string b = catalog_.add_run({});
  const auto groups = [&] {
    std::map<std::pair<std::string, std::string>, std::int64_t> clips;
    for (const ComparedSlice& slice : compare(catalog_, {a, b}).slices) {
      clips[{slice.group, slice.bin}] = slice.cells.front().n_clips;
    }
    return clips;
  };
  const auto before = groups();
  ASSERT_EQ(before.count({"face size", "96-192 px"}), 1U);
  catalog_.analyse_again();
  EXPECT_EQ(groups(), before);
}

TEST_F(Comparison, JudgesSpeedOnEqualMachinesOnly) {
  const std::string a = catalog_.add_run({});
  SimulatedRun slow;
  slow.speed = 0.7;
  slow.noise_seed = 2;
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(slow)});
  const auto swap = std::find_if(model.throughput.begin(), model.throughput.end(),
                                 [](const auto& delta) { return delta.stage == "swap"; });
  ASSERT_NE(swap, model.throughput.end());
  EXPECT_EQ(swap->verdict, Verdict::kFail);
  EXPECT_NEAR(*swap->ratio, 0.7, 0.02);
  EXPECT_EQ(swap->measure, "CPU time");
  EXPECT_EQ(std::next(swap)->measure, "wall time");
  EXPECT_FALSE(std::next(swap)->verdict.has_value()) << "shown beside it";
  EXPECT_THAT(render_html(model), HasSubstr("1 fail (under Throughput)"));
  EXPECT_THAT(render_markdown(model), HasSubstr("| swap | cpu | CPU time | B | fail |"));
  EXPECT_FALSE(model.throughput.front().verdict.has_value());  // decode is shown only
}

/// Frames per second of CPU time of the swaps of a run, but for its first clip.
std::vector<double> swap_speeds(Database& database, const std::string& run) {
  std::vector<double> speeds;
  for (const JobData& job : read_run_data(database, run).jobs) {
    for (const StageTiming& timing : job.timings) {
      if (timing.stage == "swap") {
        speeds.push_back(static_cast<double>(timing.frames) * 1e6 /
                         static_cast<double>(timing.cpu_us));
      }
    }
  }
  speeds.erase(speeds.begin());
  return speeds;
}

TEST_F(Comparison, SpeedIsTheGeometricMeanOfAllClipsAfterTheFirst) {
  TempDir folder;
  SimulatedCatalog few(folder.path(), 8, 7);
  SimulatedRun other;
  other.noise_seed = 2;
  const std::string a = few.add_run({});
  const std::string b = few.add_run(other);
  const ComparisonModel model = compare(few, {a, b});
  const std::vector<double> before = swap_speeds(few.database(), a);
  const std::vector<double> now = swap_speeds(few.database(), b);
  double sum = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    sum += std::log(now[i] / before[i]);
  }
  const auto swap = std::find_if(model.throughput.begin(), model.throughput.end(),
                                 [](const auto& delta) { return delta.stage == "swap"; });
  ASSERT_NE(swap, model.throughput.end());
  EXPECT_EQ(swap->n_pairs, 6);
  EXPECT_EQ(swap->verdict, Verdict::kPass) << "six clips are enough";
  EXPECT_NEAR(*swap->ratio, std::exp(sum / static_cast<double>(before.size())), 1e-9);
}

std::string signed_text(double value) {
  return (value > 0 ? "+" : "") + format_number(value);
}

TEST_F(Comparison, SaysOfWhatDistancesADifferenceIs) {
  const std::string a = catalog_.add_run({});
  SimulatedRun other;
  other.noise_seed = 2;
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(other)});
  const auto document = nlohmann::json::parse(render_json(model));
  const auto of = [&](const std::string& name) {
    for (const auto& metric : document.at("metrics")) {
      if (metric.at("name") == name) {
        return metric.at("delta_of").get<std::string>();
      }
    }
    return std::string("no metric");
  };
  EXPECT_EQ(of("ewarp_ratio"), "|x - 1|");
  EXPECT_EQ(of("lmk_nme"), "x");
  const std::string delta = signed_text(*find_metric(model, "ewarp_ratio").deltas.front().delta);
  EXPECT_THAT(render_html(model), HasSubstr(delta + "</a><span class=\"unit\">|x - 1|</span>"));
  EXPECT_THAT(render_markdown(model), HasSubstr("| " + delta + " of \\|x - 1\\| |"));
  for (const std::string& text : {render_html(model), render_markdown(model)}) {
    EXPECT_THAT(text, HasSubstr("distances from 0 or 1, pair by pair"));
  }
}

TEST_F(Comparison, ResamplesTheSourcesOfEveryMetric) {
  const std::string a = catalog_.add_run({});
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run({})});
  for (const char* name : {"lmk_nme", "id_margin"}) {
    const ComparedMetric& metric = find_metric(model, name);
    std::vector<ClusteredValue> of_targets;
    for (std::size_t i = 0; i < metric.clips.size(); ++i) {
      of_targets.push_back(
          {*metric.clips[i].values.front(), catalog_.pairs()[i].target_subject.value});
    }
    const Interval one_way = *bootstrap_mean(of_targets, {"one-way", name, "all"}).interval;
    const SideMetric& side = metric.sides.front();
    EXPECT_GT(*side.high - *side.low, 2.2 * one_way.half_width()) << name;
  }
}

TEST_F(Comparison, MeansOfClipsThatAreAllAlikeHaveNoInterval) {
  const std::string a = catalog_.add_run({});
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run({})});
  const SideMetric& yield = find_metric(model, "yield").sides.front();
  EXPECT_EQ(yield.mean, 1);
  EXPECT_FALSE(yield.low.has_value() || yield.high.has_value());
}

TEST_F(Comparison, RefusesOneColumnTwoSuitesAndRepeats) {
  SimulatedRun one;
  one.suite = "one";
  SimulatedRun two;
  two.suite = "two";
  const std::string a = catalog_.add_run(one);
  const std::string b = catalog_.add_run(two);
  const auto refusal = [&](const std::vector<std::string>& columns) -> std::string {
    try {
      (void)compare(catalog_, columns);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfig);
      return error.what();
    }
    return "compared";
  };
  EXPECT_THAT(refusal({a}), HasSubstr("there is only one"));
  EXPECT_THAT(refusal({a, b}), HasSubstr("suite 'one'"));
  EXPECT_THAT(refusal({a, a}), HasSubstr("twice"));
  EXPECT_THAT(refusal({a, "nothing"}), HasSubstr("no generate run 'nothing'"));
  EXPECT_THAT(refusal({a, a + ":fsgan"}), HasSubstr("no job of method 'fsgan'"));
}

TEST_F(Comparison, WithoutAnEvaluationSaysSoAndPassesNothing) {
  SimulatedRun bare;
  bare.is_evaluated = false;
  const std::string a = catalog_.add_run({});
  const ComparisonModel model = compare(catalog_, {a, catalog_.add_run(bare)});
  EXPECT_EQ(find_metric(model, "ssim_bg").deltas.front().verdict, Verdict::kInconclusive);
  EXPECT_THAT(model.not_measured.front(), HasSubstr("no ended evaluation"));
}

TEST_F(Comparison, RendersTheSameBytesEveryTime) {
  const std::string a = catalog_.add_run({});
  SimulatedRun other;
  other.noise_seed = 5;
  const std::string b = catalog_.add_run(other);
  EXPECT_EQ(render_json(compare(catalog_, {a, b})), render_json(compare(catalog_, {a, b})));
  const ComparisonModel model = compare(catalog_, {a, b});
  EXPECT_THAT(render_html(model), HasSubstr("href=\"#q-ssim_bg\""));
  EXPECT_THAT(render_markdown(model), HasSubstr("| ssim_bg@1 | B | pass |"));
}

TEST(ComparisonOfFewPeople, IsNeverASilentPass) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 6, 20);
  const std::string a = catalog.add_run({});
  const ComparisonModel model = compare(catalog, {a, catalog.add_run({})});
  for (const ComparedMetric& metric : model.metrics) {
    if (metric.is_gated) {
      EXPECT_EQ(metric.deltas.front().verdict, Verdict::kInconclusive) << metric.name;
      EXPECT_THAT(metric.deltas.front().note, HasSubstr("people"));
    }
  }
  EXPECT_EQ(model.verdict, Verdict::kInconclusive);
}

TEST(Queries, GiveTheNumbersOfTheComparison) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 12, 20);
  const std::string a = catalog.add_run({});
  SimulatedRun other;
  other.noise_seed = 9;
  other.skipped_share = 0.1;
  const ComparisonModel model = compare(catalog, {a, catalog.add_run(other)});
  for (const ReportQuery& query : model.queries) {
    if (query.id == "q-intervals") {
      continue;
    }
    const ComparedMetric& metric = find_metric(model, query.id.substr(2));
    int rows = 0;
    run_sql_query(catalog.database(), query.sql,
                  [&](const std::vector<std::string>& names, const std::vector<SqlValue>& row) {
                    ++rows;
                    EXPECT_THAT(names, testing::ElementsAre("mean_A", "clips_A", "mean_B",
                                                            "clips_B", "difference_B", "pairs_B"));
                    EXPECT_NEAR(std::get<double>(row[0]), *metric.sides[0].mean, 1e-12);
                    EXPECT_EQ(std::get<std::int64_t>(row[3]), metric.sides[1].n_clips);
                    EXPECT_NEAR(std::get<double>(row[4]), *metric.deltas[0].delta, 1e-12);
                    EXPECT_EQ(std::get<std::int64_t>(row[5]), metric.deltas[0].n_pairs);
                  });
    EXPECT_EQ(rows, 1) << query.id;
  }
  ASSERT_EQ(model.queries.back().id, "q-intervals");
  int rows = 0;
  run_sql_query(catalog.database(), model.queries.back().sql,
                [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                  rows += std::get<std::string>(row[4]) == "baseline=copy_target" ? 1 : 0;
                });
  EXPECT_EQ(rows, 2 * static_cast<int>(simulated_metrics().size()));
}

}  // namespace
}  // namespace changeling
