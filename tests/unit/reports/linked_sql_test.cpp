// Every number of a page that links to SQL is what this SQL gives, and every link leads somewhere.
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/sql_query.h"
#include "reports/model/build_report.h"
#include "reports/model/compare_runs.h"
#include "reports/model/trend_model.h"
#include "reports/renderers/html_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/reports/report_catalog.h"

namespace changeling {
namespace {

using Row = std::map<std::string, SqlValue>;

std::vector<Row> answer(Database& database, const std::vector<ReportQuery>& queries,
                        const std::string& id) {
  std::vector<Row> rows;
  for (const ReportQuery& query : queries) {
    if (query.id != id) {
      continue;
    }
    run_sql_query(database, query.sql,
                  [&](const std::vector<std::string>& names, const std::vector<SqlValue>& values) {
                    Row& row = rows.emplace_back();
                    for (std::size_t i = 0; i < names.size(); ++i) {
                      row[names[i]] = values[i];
                    }
                  });
  }
  return rows;
}

std::string text(const Row& row, const std::string& name) {
  return std::get<std::string>(row.at(name));
}

std::int64_t count(const Row& row, const std::string& name) {
  return std::get<std::int64_t>(row.at(name));
}

double number(const Row& row, const std::string& name) {
  return std::get<double>(row.at(name));
}

class LinkedSql : public testing::Test {
 protected:
  LinkedSql() {
    run_.methods = {"fsgan", "mesh_swap"};
    run_.set_values = {{"kid_dn121x", 0.0125}};
    run_.shifts = {{"fsgan:ssim_bg", -0.02}};
    run_.skipped_share = 0.1;
    id_ = catalog_.add_run(run_);
  }

  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 12, 20};
  SimulatedRun run_;
  std::string id_;
};

TEST_F(LinkedSql, GivesMeanAndSpreadOfEveryMethod) {
  const ReportModel model = build_report(catalog_.database(), id_);
  std::set<std::string> methods;
  for (const ReportMetric& metric : model.metrics) {
    int found = 0;
    for (const Row& row : answer(catalog_.database(), model.queries, "q-" + metric.name)) {
      if (text(row, "method") != metric.method) {
        continue;
      }
      ++found;
      if (metric.clip_values.empty()) {  // a distance of whole sets
        EXPECT_EQ(number(row, "value"), *metric.mean);
        EXPECT_EQ(count(row, "faces"), metric.n_clips);
        continue;
      }
      EXPECT_NEAR(number(row, "mean"), *metric.mean, 1e-12) << metric.name << metric.method;
      EXPECT_EQ(count(row, "clips"), metric.n_clips);
      const Spread& spread = metric.spread;
      EXPECT_NEAR(number(row, "p05"), spread.p05, 1e-9) << metric.name;
      EXPECT_NEAR(number(row, "p50"), spread.p50, 1e-9) << metric.name;
      EXPECT_NEAR(number(row, "p95"), spread.p95, 1e-9) << metric.name;
      EXPECT_EQ(number(row, "min"), spread.min);
      EXPECT_EQ(number(row, "max"), spread.max);
    }
    EXPECT_EQ(found, 1) << metric.name << " of " << metric.method;
    methods.insert(metric.method);
  }
  EXPECT_EQ(methods, (std::set<std::string>{"fsgan", "mesh_swap"}));
}

TEST_F(LinkedSql, GivesWhatTheEvaluationStored) {
  const ReportModel model = build_report(catalog_.database(), id_);
  std::map<std::pair<std::string, std::string>, Row> stored;
  for (Row& row : answer(catalog_.database(), model.queries, "q-intervals")) {
    stored[{text(row, "name"), text(row, "slice")}] = row;
  }
  for (const ReportMetric& metric : model.metrics) {
    const Row& row = stored.at({metric.name, method_slice(metric.method)});
    EXPECT_EQ(number(row, "value"), *metric.mean);
    EXPECT_EQ(number(row, "coverage"), metric.coverage);
    if (metric.low) {
      EXPECT_EQ(number(row, "ci_lo"), *metric.low);
    }
    for (const ReportBaseline& baseline : metric.baselines) {
      const Row& of_baseline = stored.at({metric.name, baseline_slice(baseline.name)});
      EXPECT_EQ(number(of_baseline, "value"), *baseline.mean);
      EXPECT_EQ(count(of_baseline, "n"), baseline.n_clips);
    }
  }
}

TEST_F(LinkedSql, GivesTheStagesOfEveryMethod) {
  const ReportModel model = build_report(catalog_.database(), id_);
  const std::vector<Row> rows = answer(catalog_.database(), model.queries, "q-throughput");
  ASSERT_EQ(rows.size(), model.stages.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ReportStage& stage = model.stages[i];
    EXPECT_EQ(text(rows[i], "method"), stage.method);
    EXPECT_EQ(text(rows[i], "stage"), stage.stage);
    EXPECT_EQ(count(rows[i], "jobs"), stage.n_jobs);
    EXPECT_NEAR(number(rows[i], "frames_per_s"), stage.frames_per_second, 1e-9);
  }
}

TEST(LinkedSqlOfFailures, CountsEveryReason) {
  ReportCatalog catalog;
  const ReportModel model = build_report(catalog.database(), catalog.run_id());
  std::map<std::string, std::int64_t> shown;
  for (const ReportFailure& failure : model.failures) {
    shown[failure.where + "/" + failure.stage + "/" + failure.reason] = failure.count;
  }
  ASSERT_EQ(shown.size(), 2U);
  std::map<std::string, std::int64_t> found;
  for (const Row& row : answer(catalog.database(), model.queries, "q-failures")) {
    found[text(row, "place") + "/" + text(row, "stage") + "/" + text(row, "reason")] =
        count(row, "count");
  }
  EXPECT_EQ(found, shown);
}

TEST_F(LinkedSql, OfDistancesIsTheNewestEvaluations) {
  RunStore runs(catalog_.database());
  ScoreStore scores(catalog_.database());
  RunRow again = *runs.find_run(id_);
  again.run_id.clear();
  again.kind = "evaluate";
  again.suite.reset();
  again.parent_run_id = id_;
  const std::string evaluation = runs.begin(again);
  std::vector<AggregateRow> rows;
  for (const MetricDefRow& metric : scores.metrics()) {
    if (metric.name == "kid_dn121x") {
      AggregateRow& row = rows.emplace_back();
      row.metric_id = metric.id;
      row.slice = method_slice("fsgan");
      row.value = 0.5;
      row.n = 7;
      row.coverage = 1;
    }
  }
  scores.add_aggregates(evaluation, rows);
  runs.finish(evaluation, "ok");
  const ReportModel model = build_report(catalog_.database(), id_);
  const std::vector<Row> found = answer(catalog_.database(), model.queries, "q-kid_dn121x");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(number(found.front(), "value"), 0.5);
}

/// Texts between `before` and the next quote.
std::set<std::string> all_between(const std::string& page, const std::string& before) {
  std::set<std::string> found;
  for (std::size_t at = page.find(before); at != std::string::npos; at = page.find(before, at)) {
    at += before.size();
    found.insert(page.substr(at, page.find('"', at) - at));
  }
  return found;
}

std::vector<std::string> dead_links(const std::string& page) {
  const std::set<std::string> ids = all_between(page, " id=\"");
  std::vector<std::string> dead;
  for (const std::string& link : all_between(page, "href=\"#")) {
    if (ids.count(link) == 0) {
      dead.push_back(link);
    }
  }
  return dead;
}

TEST_F(LinkedSql, IsOnThePage) {
  Database& database = catalog_.database();
  const std::string other = catalog_.add_run(run_);
  SimulatedRun bare = run_;
  bare.is_evaluated = false;
  GateRules rules;
  rules.tolerances = parse_tolerances({"ssim_bg=0.002"});
  rules.replicates = 100;
  const std::vector<std::string> pages = {
      render_html(build_report(database, id_)),
      render_html(build_report(database, catalog_.add_run(bare))),
      render_html(compare_runs(database, resolve_sides(database, {id_, other}), rules)),
      render_html(build_trend(database, "", 100))};
  for (const std::string& page : pages) {
    EXPECT_GT(all_between(page, "href=\"#").size(), 5U);
    EXPECT_THAT(dead_links(page), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace changeling
