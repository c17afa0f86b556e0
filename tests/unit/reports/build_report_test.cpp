#include "reports/model/build_report.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/corpus_store.h"
#include "catalog/store/detector_store.h"
#include "catalog/store/erasure.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"
#include "reports/renderers/csv_renderer.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/unit/reports/report_catalog.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ReportMetric& find_metric(const ReportModel& model, std::string_view name) {
  for (const ReportMetric& metric : model.metrics) {
    if (metric.name == name) {
      return metric;
    }
  }
  throw std::runtime_error("no metric " + std::string(name));
}

std::string fact(const std::vector<ReportFact>& facts, const std::string& name) {
  for (const ReportFact& item : facts) {
    if (item.name == name) {
      return item.value;
    }
  }
  return "(none)";
}

TEST(BuildReport, StatesYieldWithoutAnIntervalBelowTenPeople) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  ASSERT_FALSE(model.shares.empty());
  const ReportShare& yield = model.shares.front();
  EXPECT_EQ(yield.name, "Yield");
  EXPECT_EQ(yield.count, 3);
  EXPECT_EQ(yield.total, 4);
  EXPECT_DOUBLE_EQ(*yield.value, 0.75);
  EXPECT_FALSE(yield.low.has_value());
  EXPECT_EQ(model.shares[2].count, 24);  // swapped frames
  EXPECT_EQ(model.shares[2].total, 30);
}

TEST(BuildReport, TellsJobsFromPairsAndResamplesPeopleForTheYield) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 24, 60);
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  run.skipped_share = 0.2;
  const ReportModel model = build_report(catalog.database(), catalog.add_run(run));
  EXPECT_EQ(fact(model.run_facts, "pair list"),
            "simulated: 60 pairs attempted, 120 jobs (one for each pair and method)");
  const ReportShare& yield = model.shares.front();
  EXPECT_EQ(yield.count, 96);
  EXPECT_EQ(yield.total, 120);
  ASSERT_TRUE(yield.low.has_value());
  // Both methods leave out the same pairs: a Wilson interval of 120 trials would be 0.72 to 0.86.
  EXPECT_GT(*yield.high - *yield.low, 0.15);
  EXPECT_FALSE(model.shares[1].low.has_value()) << "every fake is measured: nothing to resample";
}

TEST(BuildReport, SaysHowManyFakesWereErasedOnRequestButNotOfWhom) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 24, 60);
  const std::string run = catalog.add_run({});
  const CorpusStore corpora(catalog.database());
  const SubjectRow person = corpora.subject_by_id(catalog.pairs().front().target_subject);
  const auto theirs =
      std::count_if(catalog.pairs().begin(), catalog.pairs().end(), [&person](const PairRow& pair) {
        return pair.source_subject == person.id || pair.target_subject == person.id;
      });
  const auto said = [&] {
    std::string text;
    for (const std::string& sentence : build_report(catalog.database(), run).not_measured) {
      text += sentence + "\n";
    }
    return text;
  };
  EXPECT_THAT(said(), testing::Not(HasSubstr("Erased on request")));
  (void)forget_subject(catalog.database(), BlobStore(folder.path() / "objects"),
                       {"simulated", person.ext_id, "a letter", false, false});
  EXPECT_THAT(said(), HasSubstr("Erased on request, with their scores: " + std::to_string(theirs) +
                                " fakes of this run"));
  EXPECT_THAT(said(), testing::Not(HasSubstr(person.ext_id)));
}

TEST(BuildReport, NamesAMetricWithoutAnIntervalOnce) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 2, 1);  // one target: no interval
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  ReportModel model = build_report(catalog.database(), catalog.add_run(run));
  std::string said;
  for (const std::string& text : model.not_measured) {
    said += text;
  }
  ASSERT_NE(said.find("ssim_bg"), std::string::npos) << said;
  EXPECT_EQ(said.find("ssim_bg"), said.rfind("ssim_bg")) << said;
}

TEST(BuildReport, ListsWhatDetectorsSayOfItsClips) {
  ReportCatalog catalog;
  Database& database = catalog.database();
  RunStore runs(database);
  RunRow run = new_run("detector");
  run.parent_run_id = catalog.run_id();
  run.config_json = run.env_json = "{}";
  run.config_sha256 = sha256("config");
  const std::string id = runs.begin(run);
  ModelRow model;
  model.role = "detector";
  model.name = "outside";
  model.version = "2";
  model.sha256 = sha256("scores");
  runs.link_model(id, "detector", runs.ensure_model(model, 1));
  const ArtifactId clip = runs.run_artifacts(catalog.run_id()).front().id;
  DetectorStore(database).add_scores(id, {{clip, -1, "no_face", {}}});
  MetricDefRow metric;
  metric.name = "detector_auc";
  metric.version = 3;
  metric.unit = "1";
  metric.direction = "up";
  metric.level = "set";
  ScoreStore scores(database);
  AggregateRow area;
  area.metric_id = scores.ensure_metric(metric);
  area.value = 0.75;
  area.n = 6;
  area.n_clusters = 3;
  area.coverage = 0.5;
  area.ci_method = "bootstrap_expanded_95; clusters: person seen";
  AggregateRow by_delong = area;
  metric.name = "detector_auc_delong";
  by_delong.metric_id = scores.ensure_metric(metric);
  by_delong.ci_lo = 0.5;
  by_delong.ci_hi = 1;
  by_delong.ci_method = "delong_95; clips as if independent";
  AggregateRow calibration = area;
  metric.name = "detector_ece15";
  calibration.metric_id = scores.ensure_metric(metric);
  calibration.ci_method = "none: resampling raises it";
  scores.add_aggregates(id, {area, by_delong, calibration});
  EXPECT_TRUE(build_report(database, catalog.run_id()).detectors.empty()) << "still running";
  runs.finish(id, "partial");
  const ReportModel report = build_report(database, catalog.run_id());
  ASSERT_EQ(report.detectors.size(), 3U);
  EXPECT_EQ(report.detectors[0].detector, "outside@2");
  EXPECT_EQ(report.detectors[0].value, 0.75);
  EXPECT_EQ(report.detectors[0].missing.at("no_face"), 1);
  for (const ReportMetric& row : report.metrics) {
    EXPECT_NE(row.name, "detector_auc") << "a metric of detectors, not of fakes";
  }
  EXPECT_THAT(render_markdown(report), HasSubstr("| outside@2 | detector_auc | all | 0.75 |"));
  EXPECT_THAT(render_markdown(report),
              HasSubstr("| 0.5 to 1 (delong_95; clips as if independent) |"));
  EXPECT_THAT(render_markdown(report), HasSubstr("(resampling raises it) |"));
  EXPECT_THAT(render_json(report), HasSubstr("delong_95; clips as if independent"));
  EXPECT_THAT(render_csv(report),
              HasSubstr("\ndetector_auc,3,outside@2,,all,1,up,ok,0.75,,,6,3,0.5," + id + "\n"));
}

TEST(BuildReport, AllChecksHoldForASoundRun) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  for (const ReportCheck& check : model.checks) {
    EXPECT_TRUE(check.holds) << check.name << ": " << check.detail;
  }
  EXPECT_TRUE(model.all_checks_hold);
}

TEST(BuildReport, AnOpenJobBreaksACheck) {
  TempDir folder;
  TinyCatalog catalog(folder.path(), 3);
  const std::string run_id = catalog.begin_run();
  const ReportModel model = build_report(catalog.database(), run_id);
  EXPECT_FALSE(model.all_checks_hold);
  EXPECT_EQ(model.checks.front().detail, "0 of 2 jobs");
}

TEST(BuildReport, AnOpenJobIsNoFailureOfTheYield) {
  TempDir folder;
  TinyCatalog catalog(folder.path(), 3);
  const std::string run_id = catalog.begin_run();
  RunStore runs(catalog.database());
  runs.skip(*runs.claim(run_id, "test", 3'600'000'000, 3), "face_small", "41 px", {});
  const ReportShare yield = build_report(catalog.database(), run_id).shares.front();
  EXPECT_EQ(yield.total, 1);
  EXPECT_EQ(yield.value, 0);
  EXPECT_THAT(yield.definition, HasSubstr("Open jobs are not counted: 1."));
}

TEST(BuildReport, MissingArtifactsBreakAMarkedCheck) {
  TempDir folder;
  TinyCatalog catalog(folder.path(), 2);
  const std::string run_id = catalog.begin_run();
  RunStore runs(catalog.database());
  FakeRow fake;
  ArtifactRow row;
  row.profile = "c23";
  row.kind = "fake_video";
  row.sha256 = sha256("lonely");
  row.stream_sha256 = sha256("stream");
  row.n_frames = 2;
  row.manipulated_frames = 2;
  fake.blobs = {{row.sha256, 1, "video/mp4", "present"}};
  fake.artifacts = {row};
  fake.spans = {{0, 1, FrameStatus::kSwapped}};
  ASSERT_TRUE(runs.record_done(*runs.claim(run_id, "test", 1'000'000'000, 3), fake));
  const ReportModel model = build_report(catalog.database(), run_id);
  EXPECT_FALSE(model.checks[2].holds);
  EXPECT_EQ(model.checks[2].detail, "0 of 1 fakes");
}

TEST(BuildReport, TakesMeansFromTheEvaluationAndSpreadFromTheClips) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  const ReportMetric& margin = find_metric(model, "id_margin");
  EXPECT_DOUBLE_EQ(*margin.mean, 0.2);
  EXPECT_DOUBLE_EQ(*margin.low, 0.15);
  EXPECT_EQ(margin.n_clips, 3);
  EXPECT_THAT(margin.clip_values, ElementsAre(0.1, 0.2, 0.3));
  EXPECT_DOUBLE_EQ(margin.spread.p50, 0.2);
  const ReportMetric& ssim = find_metric(model, "ssim_bg");
  EXPECT_THAT(ssim.missing, ElementsAre(testing::Pair("decode_error", 1)));
  EXPECT_NEAR(ssim.coverage, 2.0 / 3, 1e-12);
}

TEST(BuildReport, SaysWhichMetricsHaveNoIntervalAndWhy) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  EXPECT_FALSE(find_metric(model, "ssim_bg").low.has_value());
  EXPECT_THAT(model.not_measured,
              testing::Contains(HasSubstr("No interval for ssim_bg (2 people): over fewer")));
}

AggregateRow mean_without_interval(MetricId metric, const char* ci_method, std::int64_t people) {
  AggregateRow row;
  row.metric_id = metric;
  row.value = 0.5;
  row.ci_method = ci_method;
  row.n = people;
  row.n_clusters = people;
  row.coverage = 1;
  return row;
}

TEST(BuildReport, CountsThePeopleOfEachMetricThatHasNoInterval) {
  ReportCatalog catalog;
  RunStore runs(catalog.database());
  ScoreStore scores(catalog.database());
  RunRow run = *runs.find_run(catalog.run_id());
  run.kind = "evaluate";
  run.run_id = "";
  run.parent_run_id = catalog.run_id();
  const std::string evaluation = runs.begin(run);
  std::vector<AggregateRow> rows;
  for (const MetricDefRow& metric : scores.metrics()) {
    const bool is_margin = metric.name == "id_margin";
    rows.push_back(mean_without_interval(
        metric.id, is_margin ? "all_clips_alike" : "too_few_clusters", is_margin ? 11 : 9));
  }
  scores.add_aggregates(evaluation, rows);
  runs.finish(evaluation, "ok");
  EXPECT_THAT(build_report(catalog.database(), catalog.run_id()).not_measured,
              testing::IsSupersetOf(
                  {std::string("No interval for ssim_bg (9 people): over fewer than 10 people it "
                               "looks more certain than it is."),
                   std::string("No interval for id_margin: all clips alike.")}));
}

TEST(BuildReport, WithoutAnEvaluationSaysWhatIsMissing) {
  ReportCatalog catalog(false);
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  EXPECT_EQ(find_metric(model, "id_margin").status, "not_measured");
  EXPECT_FALSE(find_metric(model, "id_margin").mean.has_value());
  EXPECT_TRUE(model.exemplars.empty());
  EXPECT_THAT(model.not_measured.front(), HasSubstr("changeling evaluate score"));
}

TEST(BuildReport, ShowsBestMedianAndWorstClip) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  EXPECT_EQ(model.exemplar_metric, "id_margin");
  ASSERT_EQ(model.exemplars.size(), 3U);
  const std::vector<std::string> ranks = {"best", "median", "worst"};
  const std::vector<std::string> values = {"0.3", "0.2", "0.1"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(model.exemplars[i].rank, ranks[i]);
    EXPECT_EQ(fact(model.exemplars[i].values, "id_margin"), values[i]);
    EXPECT_EQ(model.exemplars[i].n_swapped, 8);
  }
}

TEST(BuildReport, NamesNoPersonAndNoPath) {
  ReportCatalog catalog;
  const std::string json = render_json(build_report(catalog.database(), catalog.run_id()));
  EXPECT_EQ(json.find("person-"), std::string::npos);  // ext_id of the tiny catalog
  EXPECT_EQ(json.find("clip-"), std::string::npos);    // its paths
}

TEST(BuildReport, SumsStagesOverJobs) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  ASSERT_EQ(model.stages.size(), 2U);
  const ReportStage& swap = model.stages[1];
  EXPECT_EQ(swap.stage, "swap");
  EXPECT_EQ(swap.n_jobs, 3);
  EXPECT_EQ(swap.frames, 24);
  EXPECT_DOUBLE_EQ(swap.wall_seconds, 6);
  EXPECT_DOUBLE_EQ(swap.cpu_seconds, 5.7);
  EXPECT_DOUBLE_EQ(swap.frames_per_second, 4);
  EXPECT_DOUBLE_EQ(swap.peak_mebibytes, 256);
}

TEST(BuildReport, GivesEveryMethodItsOwnStages) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 12, 20);
  SimulatedRun run;
  run.methods = {"fsgan", "fsgan_poisson"};
  run.shares_pass = true;
  const ReportModel model = build_report(catalog.database(), catalog.add_run(run));
  std::vector<std::string> rows;
  for (const ReportStage& stage : model.stages) {
    rows.push_back(stage.method + "/" + stage.stage + "/" + std::to_string(stage.n_jobs));
  }
  EXPECT_THAT(rows, ElementsAre("fsgan/decode/20", "fsgan/swap (fsgan, fsgan_poisson)/20",
                                "fsgan_poisson/encode/20"));
  EXPECT_THAT(render_markdown(model), HasSubstr("| method | stage | device | frames/s |"));
  EXPECT_THAT(render_markdown(model), HasSubstr("| fsgan_poisson | encode | cpu | 125 |"));
  EXPECT_THAT(render_html(model), HasSubstr("<td>fsgan_poisson</td><th scope=\"row\">encode</th>"));
}

TEST(BuildReport, CountsFailuresByReason) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  std::vector<std::string> found;
  for (const ReportFailure& failure : model.failures) {
    found.push_back(failure.where + "/" + failure.stage + "/" + failure.reason);
    EXPECT_EQ(failure.count, 1);
  }
  EXPECT_THAT(found, testing::UnorderedElementsAre("job skipped//face_small",
                                                   "metric/ssim_bg/decode_error"));
}

TEST(BuildReport, StatesTheTermsOfTheInputs) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  ASSERT_EQ(model.licences.size(), 1U);
  EXPECT_EQ(model.licences[0].corpus, "tiny@1");
  EXPECT_EQ(model.licences[0].n_media, 5);
  EXPECT_TRUE(model.licences[0].redistributable);
  EXPECT_THAT(model.permitted_use, HasSubstr("Every input may be handed on: the fakes"));
}

TEST(BuildReport, ANetworkMayCloseWhatItsInputsLeaveOpen) {
  ReportCatalog catalog;
  RunStore runs(catalog.database());
  ModelRow model;
  model.role = "fsgan_reenactment";
  model.name = "msresunet_v2";
  model.version = "1";
  model.sha256 = sha256("weights");
  model.licence = "research only, not redistributable (faces: research use)";
  runs.link_model(catalog.run_id(), model.role, runs.ensure_model(model, 1));
  EXPECT_THAT(build_report(catalog.database(), catalog.run_id()).permitted_use,
              HasSubstr("but not what these networks made: fsgan_reenactment"));
}

TEST(BuildReport, ShowsWhatStandsAtTheEndsOfAScale) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  for (const ReportMetric& metric : model.metrics) {
    EXPECT_EQ(metric.baselines.size(), metric.name == "id_margin" ? 1U : 0U) << metric.name;
    if (metric.name == "id_margin") {
      EXPECT_EQ(metric.baselines.front().name, "copy_target");
      EXPECT_EQ(metric.baselines.front().mean, -0.4);
      EXPECT_EQ(metric.baselines.front().n_clips, 3);
      EXPECT_EQ(metric.mean, 0.2);  // no part of the fakes' mean
    }
  }
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(BuildReport, ExplainsAMetricOnceWhateverTheNumberOfMethods) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 12, 20);
  const std::string what = "<dd>Luma SSIM of fake and target over windows wholly outside";
  SimulatedRun run;
  const ReportModel one = build_report(catalog.database(), catalog.add_run(run));
  EXPECT_EQ(count_of(render_html(one), what), 1U);
  run.methods = {"fsgan", "fsgan_poisson", "mesh_swap"};
  const ReportModel three = build_report(catalog.database(), catalog.add_run(run));
  EXPECT_EQ(count_of(render_html(three), what), 1U);
  EXPECT_EQ(count_of(render_html(three), "href=\"#d-ssim_bg\""), 3U);
  EXPECT_EQ(count_of(render_markdown(three), what.substr(4)), 1U);
}

TEST(BuildReport, PutsTheMethodsSideBySide) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 12, 20);
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  ReportModel model = build_report(catalog.database(), catalog.add_run(run));
  std::string row = "| ssim_bg | higher |";
  for (const ReportMetric& metric : model.metrics) {
    if (metric.name == "ssim_bg") {
      row += " " + format_number(metric.mean) + " [" + format_interval(metric.low, metric.high) +
             "] (20) |";
      ASSERT_TRUE(metric.low.has_value());
    }
  }
  EXPECT_THAT(render_markdown(model),
              HasSubstr("| metric | better | fsgan | mesh_swap | copy_target |"));
  EXPECT_THAT(render_markdown(model), HasSubstr(row));
  EXPECT_EQ(count_of(render_html(model), "<th scope=\"row\">Background SSIM <code>ssim_bg</code>"),
            1U);
  for (ReportMetric& metric : model.metrics) {
    metric.baselines.clear();
  }
  EXPECT_THAT(render_markdown(model), HasSubstr("| metric | better | fsgan | mesh_swap |\n"));
}

TEST(BuildReport, RefusesUnknownRuns) {
  ReportCatalog catalog;
  EXPECT_THROW((void)build_report(catalog.database(), "no-such-run"), Error);
}

TEST(BuildReport, NamesWhatHasNoIntervalOnceForAllMethods) {
  TempDir folder;
  SimulatedCatalog catalog(folder.path(), 2, 1);  // one target: no interval
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  const std::vector<std::string> missing =
      build_report(catalog.database(), catalog.add_run(run)).not_measured;
  const std::set<std::string> distinct(missing.begin(), missing.end());
  EXPECT_EQ(distinct.size(), missing.size());
  EXPECT_THAT(missing,
              testing::Contains(HasSubstr(
                  "No interval for coverage (1 people), ewarp_ratio (1), id_margin (1), ")));
}

TEST(MetricText, KnowsEveryMetricOfTheTable) {
  std::ifstream table(CHANGELING_SOURCE_DIR "/evaluator/metrics/README.md");
  int metrics = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.rfind("| `", 0) == 0) {
      ++metrics;
      const std::string name = line.substr(3, line.find('`', 3) - 3);
      EXPECT_FALSE(metric_text(name).definition.empty()) << name;
      EXPECT_EQ(is_set_metric(name), line.find("| set |") != std::string::npos) << name;
    }
  }
  EXPECT_GE(metrics, 12);
  EXPECT_EQ(metric_text("no_such_metric").title, "no_such_metric");
}

}  // namespace
}  // namespace changeling
