// Rejected fakes in reports, comparisons and gates.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/store/gate_store.h"
#include "catalog/store/sql_query.h"
#include "reports/model/build_report.h"
#include "reports/model/gate.h"
#include "reports/model/metric_texts.h"
#include "reports/model/trend_model.h"
#include "reports/renderers/csv_renderer.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kParams =
    R"({"rules":[{"rejects":"id_margin <= 0"},{"rejects":"pose_l2_deg > 15"}]})";

/// Rule by method and number of the job's fake, from 0; 0 = kept, -1 = no verdict.
using RuleOf = std::function<int(const std::string& method, int index)>;

/// Of 60 fakes: 6 by rule 1, 3 by rule 2, 1 without a verdict.
int some_rejected(const std::string& /*method*/, int index) {
  return index < 6 ? 1 : index < 9 ? 2 : index == 59 ? -1 : 0;
}

class ReportRejects : public testing::Test {
 protected:
  /// A run of a suite whose baseline, another of them, has some rejected fakes.
  SimulatedRun nightly_with_baseline() {
    SimulatedRun run;
    run.suite = "nightly";
    GateStore(catalog_.database())
        .set_baseline("nightly", judged_run(run, some_rejected), "me", "first");
    return run;
  }

  static GateRules rules_of_rejects() {
    GateRules rules;
    rules.tolerances = parse_tolerances({"auto_reject=0.01"});
    rules.replicates = 500;
    return rules;
  }

  /// A run whose newest evaluation judged every fake by two rules, of which the second could judge
  /// half of them.
  std::string judged_run(const SimulatedRun& run, const RuleOf& rule_of, int version = 1) {
    const std::string id = catalog_.add_run(run);
    RunStore runs(catalog_.database());
    ScoreStore scores(catalog_.database());
    MetricDefRow definition;
    definition.name = kAutoReject;
    definition.version = version;
    definition.unit = "1";
    definition.direction = "down";
    definition.level = "clip";
    definition.params_json = kParams;
    const MetricId metric = scores.ensure_metric(definition);
    RunRow evaluation = *runs.find_run(id);
    evaluation.run_id.clear();
    evaluation.kind = "evaluate";
    evaluation.parent_run_id = id;
    const std::string evaluation_id = runs.begin(evaluation);
    std::map<std::string, std::vector<int>> rules;  // by method
    std::map<JobId, std::string> method_of;
    for (const JobRow& job : runs.jobs(id)) {
      method_of[job.id] = job.method;
    }
    std::vector<ScoreRow> rows;
    for (const ArtifactRow& artifact : runs.run_artifacts(id)) {
      if (artifact.kind != "fake_video") {
        continue;
      }
      std::vector<int>& of_method = rules[method_of.at(*artifact.job_id)];
      const int rule = rule_of(method_of.at(*artifact.job_id), static_cast<int>(of_method.size()));
      of_method.push_back(rule);
      ScoreRow& row = rows.emplace_back();
      row.metric_id = metric;
      row.artifact_id = artifact.id;
      row.n_asked = 2;
      row.n_ok = rule < 0 ? 0 : 1;
      if (rule < 0) {
        row.status = "skipped";
      } else {
        row.value = rule;
      }
    }
    scores.add_scores(evaluation_id, rows);
    scores.add_aggregates(evaluation_id, aggregates(metric, rules));
    runs.finish(evaluation_id, "ok");
    return id;
  }

  static std::vector<AggregateRow> aggregates(
      MetricId metric, const std::map<std::string, std::vector<int>>& rules) {
    std::vector<AggregateRow> rows;
    for (const auto& [method, of_method] : rules) {
      std::map<int, std::int64_t> counts;
      for (const int rule : of_method) {
        ++counts[rule];
      }
      const auto n = static_cast<std::int64_t>(of_method.size()) - counts[-1];
      const auto add = [&](const std::string& slice, std::int64_t count, double coverage) {
        AggregateRow& row = rows.emplace_back();
        row.metric_id = metric;
        row.slice = slice;
        row.value = static_cast<double>(count) / static_cast<double>(n);
        row.ci_method = "none: a count";
        row.n = n;
        row.coverage = coverage;
      };
      add(method_slice(method), counts[1] + counts[2], 1);
      add(reject_slice(method, 1), counts[1], 1);
      add(reject_slice(method, 2), counts[2], 0.5);
    }
    return rows;
  }

  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 24, 60};
};

TEST_F(ReportRejects, CountsFakesByRule) {
  const ReportModel model = build_report(catalog_.database(), judged_run({}, some_rejected));
  ASSERT_EQ(model.rejects.size(), 2U);
  EXPECT_EQ(model.rejects[0].text, "id_margin <= 0");
  EXPECT_EQ(model.rejects[0].n_rejected, 6);
  EXPECT_EQ(model.rejects[0].n_clips, 59);
  EXPECT_EQ(model.rejects[1].rule, 2);
  EXPECT_EQ(model.rejects[1].n_rejected, 3);
  EXPECT_EQ(model.rejects[1].judged, 0.5);
  EXPECT_EQ(model.rejects[0].method, "");
  const ReportShare& share = model.shares.back();
  EXPECT_EQ(share.name, "Rejected fakes");
  EXPECT_EQ(share.count, 9);
  EXPECT_EQ(share.total, 59);
  EXPECT_NEAR(*share.value, 9.0 / 59, 1e-12);
  EXPECT_LT(*share.low, *share.value);
  EXPECT_GT(*share.high, *share.value);
}

TEST_F(ReportRejects, MeansAreSharesNotNumbersOfRules) {
  const ReportModel model = build_report(catalog_.database(), judged_run({}, some_rejected));
  for (const ReportMetric& metric : model.metrics) {
    if (metric.name == kAutoReject) {
      EXPECT_EQ(metric.clip_values.size(), 59U);
      EXPECT_EQ(metric.clip_values.back(), 1);
      EXPECT_NEAR(*metric.mean, 9.0 / 59, 1e-12);
      EXPECT_EQ(metric.missing.at("skipped"), 1);
    }
  }
  bool has_slices = false;
  for (const ReportSlice& slice : model.slices) {
    has_slices = has_slices || slice.metric == kAutoReject;
    EXPECT_LE(slice.metric == kAutoReject ? slice.mean.value_or(0) : 0, 1);
  }
  EXPECT_TRUE(has_slices);
}

TEST_F(ReportRejects, StandInEveryFormat) {
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  const ReportModel model =
      build_report(catalog_.database(), judged_run(run, [](const std::string& method, int index) {
                     return method == "fsgan" && index < 15 ? 2 : 0;
                   }));
  ASSERT_EQ(model.rejects.size(), 4U);
  EXPECT_THAT(
      render_markdown(model),
      HasSubstr("| 2 | pose_l2_deg > 15 | 15 of 60 (50 % judged) | 0 of 60 (50 % judged) |"));
  EXPECT_THAT(render_csv(model),
              HasSubstr("auto_reject,1,,fsgan,rule=2,1,down,ok,0.25,,,60,,0.5,\n"));
  const nlohmann::json row = nlohmann::json::parse(render_json(model)).at("rejects").at(1);
  EXPECT_EQ(row.at("method"), "fsgan");
  EXPECT_EQ(row.at("rule"), 2);
  EXPECT_EQ(row.at("count"), 15);
  EXPECT_EQ(row.at("n"), 60);
  EXPECT_EQ(row.at("rejects"), "pose_l2_deg > 15");
  const std::string page = render_html(model, {});
  EXPECT_THAT(page, HasSubstr("<code>pose_l2_deg &gt; 15</code>"));
  EXPECT_THAT(page, HasSubstr("href=\"#q-reject-rules\">15 of 60</a>"));
}

TEST_F(ReportRejects, AreNotShownWhereNothingWasJudged) {
  const ReportModel model = build_report(catalog_.database(), catalog_.add_run({}));
  EXPECT_TRUE(model.rejects.empty());
  EXPECT_THAT(render_markdown(model), Not(HasSubstr("Rejected fakes")));
  EXPECT_THAT(render_html(model, {}), Not(HasSubstr("Rejected fakes")));
}

TEST_F(ReportRejects, AShownClipNamesItsRule) {
  const ReportModel model =
      build_report(catalog_.database(), judged_run({}, [](const std::string&, int) { return 2; }));
  ASSERT_FALSE(model.exemplars.empty());
  bool is_named = false;
  for (const ReportFact& fact : model.exemplars.front().values) {
    is_named = is_named || (fact.name == kAutoReject && fact.value == "rejected by rule 2");
  }
  EXPECT_TRUE(is_named);
}

TEST_F(ReportRejects, QueriesGiveTheNumbersOfThePage) {
  const ReportModel model = build_report(catalog_.database(), judged_run({}, some_rejected));
  std::map<std::int64_t, std::int64_t> by_rule;  // -1 = no verdict
  for (const ReportQuery& query : model.queries) {
    run_sql_query(
        catalog_.database(), query.id == "q-reject-rules" ? query.sql : "SELECT 1 WHERE 0",
        [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
          const double* rule = std::get_if<double>(&row[1]);
          by_rule[rule ? static_cast<std::int64_t>(*rule) : -1] = std::get<std::int64_t>(row[2]);
        });
    run_sql_query(catalog_.database(), query.id == "q-auto_reject" ? query.sql : "SELECT 1 WHERE 0",
                  [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                    EXPECT_NEAR(std::get<double>(row[1]), 9.0 / 59, 1e-12);
                  });
  }
  EXPECT_EQ(by_rule, (std::map<std::int64_t, std::int64_t>{{-1, 1}, {0, 50}, {1, 6}, {2, 3}}));
}

TEST_F(ReportRejects, TheShareLinksToAQueryOfAllMethods) {
  SimulatedRun run;
  run.methods = {"fsgan", "mesh_swap"};
  const ReportModel model =
      build_report(catalog_.database(), judged_run(run, [](const std::string& method, int index) {
                     return method == "fsgan" ? some_rejected(method, index) : 0;
                   }));
  const ReportShare& share = model.shares.back();
  int rows = 0;
  for (const ReportQuery& query : model.queries) {
    run_sql_query(catalog_.database(), query.id == share.query ? query.sql : "SELECT 1 WHERE 0",
                  [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                    ++rows;
                    EXPECT_NEAR(std::get<double>(row[0]), *share.value, 1e-12);
                    EXPECT_EQ(std::get<std::int64_t>(row[1]), 9);
                    EXPECT_EQ(std::get<std::int64_t>(row[2]), 119);
                  });
  }
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(share.count, 9);
  EXPECT_EQ(share.total, 119);
}

TEST_F(ReportRejects, ARunKeepsTheVersionThatItsEvaluationStored) {
  const std::string first = judged_run({}, some_rejected);
  const std::string second = judged_run({}, some_rejected, 2);
  const ReportModel model = build_report(catalog_.database(), first);
  ASSERT_EQ(model.rejects.size(), 2U);
  EXPECT_EQ(model.rejects[0].version, 1);
  EXPECT_EQ(model.rejects[0].n_rejected, 6);
  EXPECT_EQ(model.shares.back().name, "Rejected fakes");
  EXPECT_EQ(build_report(catalog_.database(), second).rejects[0].version, 2);
}

TEST_F(ReportRejects, ALineOfTheHistoryHasOneVersion) {
  (void)judged_run({}, some_rejected);
  (void)judged_run({}, some_rejected, 2);
  (void)judged_run({}, some_rejected);
  const TrendModel model = build_trend(catalog_.database(), "", 100);
  int lines = 0;
  for (const TrendMetric& metric : model.metrics) {
    if (metric.name == kAutoReject) {
      ++lines;
      EXPECT_EQ(metric.version, 2);
      ASSERT_EQ(metric.series.size(), 1U);
      ASSERT_EQ(metric.series[0].values.size(), 3U);
      EXPECT_FALSE(metric.series[0].values[0].mean);
      EXPECT_NEAR(*metric.series[0].values[1].mean, 9.0 / 59, 1e-12);
      EXPECT_FALSE(metric.series[0].values[2].mean);
    }
  }
  EXPECT_EQ(lines, 1);
}

TEST_F(ReportRejects, RunsThatWereJudgedByOtherVersionsAreNotCompared) {
  const SimulatedRun run = nightly_with_baseline();
  const std::string other = judged_run(run, some_rejected, 2);
  const GateModel model = judge_run(catalog_.database(), {other, "", false, rules_of_rejects()});
  EXPECT_FALSE(model.lines.front().delta.delta);
  EXPECT_EQ(model.lines.front().delta.verdict, Verdict::kInconclusive);
}

TEST_F(ReportRejects, AHigherShareFailsTheGate) {
  const SimulatedRun run = nightly_with_baseline();
  const auto line_of = [&](const RuleOf& rule_of) {
    const GateModel model =
        judge_run(catalog_.database(), {judged_run(run, rule_of), "", false, rules_of_rejects()});
    return model.lines.front();
  };
  const GateLine same = line_of(some_rejected);
  EXPECT_EQ(same.metric, kAutoReject);
  EXPECT_EQ(same.delta.delta, 0.0);
  EXPECT_EQ(same.delta.verdict, Verdict::kPass);
  const GateLine worse =
      line_of([](const std::string&, int index) { return index % 3 == 0 ? 0 : 1; });
  EXPECT_LT(*worse.delta.delta, -0.4);
  EXPECT_EQ(worse.delta.verdict, Verdict::kFail);
  // Another rule rejects the same fakes: no difference.
  const GateLine other = line_of([](const std::string& method, int index) {
    const int rule = some_rejected(method, index);
    return rule > 0 ? 3 - rule : rule;
  });
  EXPECT_EQ(other.delta.delta, 0.0);
}

TEST(RejectRuleTexts, ComeFromTheDefinition) {
  EXPECT_EQ(reject_rule_texts(kParams),
            (std::vector<std::string>{"id_margin <= 0", "pose_l2_deg > 15"}));
  EXPECT_TRUE(reject_rule_texts("{}").empty());
}

}  // namespace
}  // namespace changeling
