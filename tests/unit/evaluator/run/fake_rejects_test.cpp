// Verdicts of auto_reject, as evaluations store them.
#include "evaluator/run/fake_rejects.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/store/connection.h"
#include "catalog/store/corpus_store.h"
#include "catalog/store/pair_store.h"
#include "evaluator/run/evaluation_run.h"
#include "tests/support/pruned_run.h"
#include "tests/support/refusal.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

/// Fakes without files: their method, target, and values by metric; how they were made.
struct StubFake {
  std::string method;
  std::map<std::string, double> values;
  FakeKind kind = {};
};

class StubFakes final : public FakeSet {
 public:
  explicit StubFakes(std::vector<ArtifactRow> fakes, std::map<ArtifactId, FakeFacts> facts)
      : fakes_(std::move(fakes)), facts_(std::move(facts)) {}

  ClipPair open(const ArtifactRow& /*fake*/) override {
    ADD_FAILURE() << "a picture was asked for";
    return {};
  }

  const FakeFacts& facts(ArtifactId fake) const override { return facts_.at(fake); }

  const std::vector<ArtifactRow>& fakes() const override { return fakes_; }

 private:
  std::vector<ArtifactRow> fakes_;
  std::map<ArtifactId, FakeFacts> facts_;
};

/// The four fakes of a finished run (two pairs, methods copy and mesh_swap) with values of the
/// test's own in place of measured ones.
class FakeRejectsTest : public ::testing::Test {
 protected:
  FakeVerdicts judge(const std::vector<StubFake>& stubs) {
    RunStore runs(run_.database());
    ScoreStore scores(run_.database());
    const std::vector<RegisteredMetric> metrics =
        register_metrics(runs, scores, FinishedRun::scorers());
    RunRow row = runs.find_run(run_.run_id()).value();
    row.kind = "evaluate";
    row.parent_run_id = row.run_id;
    row.run_id.clear();
    const std::string evaluation = runs.begin(row);
    std::vector<ArtifactRow> fakes;
    std::map<ArtifactId, FakeFacts> facts;
    std::vector<ScoreRow> rows;
    for (const ArtifactRow& artifact : runs.run_artifacts(run_.run_id())) {
      if (artifact.kind != "fake_video" || fakes.size() == stubs.size()) {
        continue;
      }
      const StubFake& stub = stubs[fakes.size()];
      facts[artifact.id].method = stub.method;
      facts[artifact.id].target_subject = SubjectId{static_cast<std::int64_t>(fakes.size()) + 1};
      if (stub.kind.is_self) {
        facts[artifact.id].source_subject = facts[artifact.id].target_subject;
      }
      facts[artifact.id].is_partial = stub.kind.is_partial;
      fakes.push_back(artifact);
      for (const RegisteredMetric& metric : metrics) {
        ScoreRow score;
        score.metric_id = metric.id;
        score.artifact_id = artifact.id;
        const auto value = stub.values.find(metric.info.name);
        if (value != stub.values.end()) {
          score.value = value->second;
        } else {
          score.status = "no_face";
        }
        rows.push_back(score);
      }
    }
    scores.add_scores(evaluation, rows);
    const RegisteredRejects rejects = register_rejects(scores, {});
    AggregationOptions options;
    options.metric = "auto_reject@1";
    return judge_fakes(rejects, metrics, scores, find_scope(run_.database(), run_.run_id()),
                       StubFakes(fakes, facts), options);
  }

  static std::vector<int> values(const FakeVerdicts& verdicts) {
    std::vector<int> numbers;
    for (const ScoreRow& row : verdicts.clips) {
      numbers.push_back(row.value ? static_cast<int>(*row.value) : -1);
    }
    return numbers;
  }

  static AggregateRow slice(const FakeVerdicts& verdicts, const std::string& name) {
    for (const AggregateRow& row : verdicts.aggregates) {
      if (row.slice == name) {
        return row;
      }
    }
    ADD_FAILURE() << "no slice " << name;
    return {};
  }

  FinishedRun run_{{"copy", "mesh_swap"}};
};

std::map<std::string, double> good_with(const std::string& metric = "coverage",
                                        double value = 0.9) {
  std::map<std::string, double> values = {{"id_margin", 0.2},
                                          {"pose_l2_deg", 3},
                                          {"coverage", 0.9},
                                          {"seam_ratio", 1},
                                          {"lmk_jitter_excess", 0.1}};
  values[metric] = value;
  return values;
}

TEST_F(FakeRejectsTest, CountsRejectedFakesByMethodAndRule) {
  const FakeVerdicts verdicts = judge({{"a", good_with()},
                                       {"a", good_with("seam_ratio", 3)},
                                       {"a", good_with("id_margin", -0.1)},
                                       {"b", good_with("seam_ratio", 0.1)}});
  EXPECT_EQ(values(verdicts), (std::vector<int>{0, 4, 1, 4}));
  EXPECT_EQ(verdicts.clips[0].n_ok, 5);
  EXPECT_EQ(verdicts.clips[0].n_asked, 5);
  EXPECT_EQ(slice(verdicts, "all").value, 0.75);
  EXPECT_NEAR(*slice(verdicts, "method=a").value, 2.0 / 3, 1e-12);
  EXPECT_EQ(slice(verdicts, "method=b").value, 1);
  EXPECT_NEAR(*slice(verdicts, "method=a,rule=1").value, 1.0 / 3, 1e-12);
  EXPECT_EQ(slice(verdicts, "method=a,rule=2").value, 0);
  EXPECT_NEAR(*slice(verdicts, "method=a,rule=4").value, 1.0 / 3, 1e-12);
  EXPECT_EQ(slice(verdicts, "method=b,rule=4").value, 1);
  EXPECT_EQ(slice(verdicts, "method=a,rule=4").n, 3);
}

TEST_F(FakeRejectsTest, TheMedianIsThatOfTheMethod) {
  // Method a: excesses 0.1, 0.1, 0.5, median 0.1; of all four the median would be 0.3.
  const FakeVerdicts verdicts = judge({{"a", good_with()},
                                       {"a", good_with()},
                                       {"a", good_with("lmk_jitter_excess", 0.5)},
                                       {"b", good_with("lmk_jitter_excess", 0.5)}});
  EXPECT_EQ(values(verdicts), (std::vector<int>{0, 0, 5, 0}));  // the only clip of b is its median
}

TEST_F(FakeRejectsTest, WithoutAMedianAboveZeroJitterIsNotJudged) {
  const FakeVerdicts verdicts = judge({{"a", good_with("lmk_jitter_excess", -0.1)},
                                       {"a", good_with("lmk_jitter_excess", 0)},
                                       {"a", good_with("lmk_jitter_excess", 7)}});
  EXPECT_EQ(values(verdicts), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(verdicts.clips[2].n_ok, 4);
  EXPECT_EQ(slice(verdicts, "method=a,rule=5").coverage, 0);
  EXPECT_EQ(slice(verdicts, "method=a,rule=4").coverage, 1);
}

TEST_F(FakeRejectsTest, MissingValuesRejectNothingAndAreCounted) {
  const FakeVerdicts verdicts =
      judge({{"a", {{"coverage", 0.9}}}, {"a", {{"coverage", 0.5}}}, {"a", {}}, {"b", {}}});
  EXPECT_EQ(values(verdicts), (std::vector<int>{0, 3, -1, -1}));
  EXPECT_EQ(verdicts.clips[0].n_ok, 1);
  EXPECT_EQ(verdicts.clips[2].status, "skipped");
  EXPECT_EQ(slice(verdicts, "method=a").value, 0.5);  // of the two that could be judged
  EXPECT_EQ(slice(verdicts, "method=a").n, 2);
  EXPECT_NEAR(slice(verdicts, "method=a").coverage, 2.0 / 3, 1e-12);
  EXPECT_NEAR(slice(verdicts, "method=a,rule=3").coverage, 2.0 / 3, 1e-12);
  EXPECT_EQ(slice(verdicts, "method=a,rule=1").coverage, 0);
  EXPECT_EQ(slice(verdicts, "method=b").status, "undefined");
  EXPECT_EQ(slice(verdicts, "method=b,rule=3").status, "undefined");
}

TEST_F(FakeRejectsTest, RulesSpareTheKindsOfFakesOfWhichTheySayNothing) {
  const FakeVerdicts verdicts = judge({{"a", good_with("id_margin", 0), {true, false}},
                                       {"a", good_with("id_margin", 0), {}},
                                       {"a", good_with("coverage", 0.2), {false, true}},
                                       {"a", good_with("coverage", 0.2), {}}});
  EXPECT_EQ(values(verdicts), (std::vector<int>{0, 1, 0, 3}));
  EXPECT_EQ(verdicts.clips[0].n_ok, 4);
  EXPECT_EQ(slice(verdicts, "method=a,rule=1").coverage, 0.75);
  EXPECT_EQ(slice(verdicts, "method=a,rule=3").coverage, 0.75);
}

TEST_F(FakeRejectsTest, FakesThatWereDrawnToBePartialAreToldFromWholeOnes) {
  run_.database().connection().exec("DROP TRIGGER job_u");  // done jobs are final
  const auto is_partial = [&](const std::string& params, std::int64_t seed = 1) {
    Query(run_.database().connection(), "UPDATE job SET params_json=?,seed=?").run(params, seed);
    const std::unique_ptr<FakeSet> fakes = open_fakes(run_.database(), run_.blobs(), run_.roots(),
                                                      find_scope(run_.database(), run_.run_id()));
    return fakes->facts(fakes->fakes().front().id).is_partial;
  };
  int drawn = 0;
  for (std::int64_t seed = 0; seed < 100; ++seed) {
    drawn += is_partial(R"({"generate":{"partial":{"segments":1,"share":0.3}}})", seed) ? 1 : 0;
  }
  EXPECT_NEAR(drawn, 30, 14);  // three standard deviations
  EXPECT_TRUE(is_partial(R"({"generate":{"partial":{"segments":12,"share":1}}})"));
  EXPECT_FALSE(is_partial(R"({"generate":{"partial":{"segments":13,"share":1}}})"))
      << "24 frames with a face are too few, so the fake is whole";
  EXPECT_FALSE(is_partial(R"({"generate":{"partial":{"segments":1,"share":0}}})"));
  EXPECT_FALSE(is_partial(R"({"generate":{"trim":"face"}})"));
  EXPECT_FALSE(is_partial("{}"));
}

TEST_F(FakeRejectsTest, FakesWhoseDrawCannotBeRepeatedCountAsPartial) {
  Database& database = run_.database();
  database.connection().exec("DROP TRIGGER job_u");  // done jobs are final
  database.connection().exec("DROP TRIGGER face_label_d");
  const auto partial_pairs = [&](const std::string& share) {
    Query(database.connection(), "UPDATE job SET params_json=?")
        .run(R"({"generate":{"partial":{"share":)" + share + "}}}");
    const std::unique_ptr<FakeSet> fakes =
        open_fakes(database, run_.blobs(), run_.roots(), find_scope(database, run_.run_id()));
    std::set<PairId> pairs;
    for (const ArtifactRow& fake : fakes->fakes()) {
      if (fakes->facts(fake.id).is_partial) {
        pairs.insert(*fakes->facts(fake.id).pair);
      }
    }
    return pairs;
  };
  const PairListId list = *RunStore(database).find_run(run_.run_id())->list_id;
  const std::vector<PairRow> pairs = PairStore(database).pairs(list);
  ASSERT_EQ(pairs.size(), 2U);
  const std::set<PairId> first = {pairs[0].id}, both = {pairs[0].id, pairs[1].id}, none;
  const std::string never = "1e-12";
  EXPECT_EQ(partial_pairs(never), none);
  database.connection().exec("DELETE FROM face_label");
  EXPECT_EQ(partial_pairs("1"), both) << "nobody knows how long the faces are seen";
  EXPECT_EQ(partial_pairs(never), none);

  CorpusStore corpora(database);
  MediaRow replaced = corpora.media_by_id(pairs[0].source_media);
  replaced.sha256 = sha256("other bytes");
  corpora.record_probe(replaced, 11);
  EXPECT_EQ(partial_pairs(never), first);
  EXPECT_EQ(partial_pairs("0"), none) << "a run that draws no parts";
  Query(database.connection(), "UPDATE subject SET ext_id='!erased' WHERE subject_id=?")
      .run(pairs[1].target_subject);
  EXPECT_EQ(partial_pairs(never), both);
}

TEST_F(FakeRejectsTest, OtherLimitsAreTheNextVersionAndEqualOnesTheSame) {
  ScoreStore scores(run_.database());
  RejectLimits other;
  other.coverage = 0.5;
  const RegisteredRejects first = register_rejects(scores, {});
  EXPECT_EQ(first.info.name, kAutoReject);
  EXPECT_EQ(first.info.version, 1);
  EXPECT_EQ(register_rejects(scores, {}).id, first.id);
  EXPECT_EQ(register_rejects(scores, other).info.version, 2);
  EXPECT_EQ(register_rejects(scores, other).info.version, 2);
  EXPECT_EQ(register_rejects(scores, {}).info.version, 3);  // the newest is what reports show
}

/// Clip values of the newest version.
std::vector<double> stored_verdicts(FinishedRun& run) {
  const ScoreStore store(run.database());
  std::vector<double> values;
  for (const MetricDefRow& row : store.metrics()) {
    if (row.name == kAutoReject) {
      values.clear();
      for (const ClipScore& clip : store.clip_scores(row.id, run.run_id())) {
        values.push_back(clip.score.value.value_or(-1));
      }
    }
  }
  return values;
}

TEST(EvaluationWithRejects, JudgesTheMeasuredFakes) {
  FinishedRun run({"copy", "mesh_swap"});
  const EvaluationSummary summary = run.evaluate();
  // Fakes of `copy` show the target. Margins and coverage (20 of 24 frames) of the others are good.
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{1, 1, 0, 0}));
  std::map<std::string, double> shares;
  for (const MetricResult& metric : summary.metrics) {
    if (metric.name == kAutoReject) {
      shares[metric.method] = metric.aggregate.value.value();
      EXPECT_EQ(metric.direction, "down");
    }
  }
  EXPECT_EQ(shares, (std::map<std::string, double>{{"copy", 1}, {"mesh_swap", 0}}));
}

TEST(EvaluationWithRejects, OtherLimitsOpenNoPictureAndChangeNoOtherNumber) {
  FinishedRun run;
  const EvaluationSummary first = run.evaluate(FinishedRun::default_hooks(), 2);
  const std::vector<AggregateRow> before = ScoreStore(run.database()).aggregates(first.run_id);
  RejectLimits limits;
  limits.coverage = 0.9;
  run.set_rejects(limits);
  EvaluationHooks hooks;
  hooks.make_face_meter = []() -> std::unique_ptr<FaceMeter> {
    ADD_FAILURE() << "networks were loaded for nothing";
    return nullptr;
  };
  const EvaluationSummary second = run.evaluate(hooks, 2);
  EXPECT_NE(second.run_id, first.run_id);
  EXPECT_EQ(second.n_measured, 0);
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{3, 3}));
  const std::vector<AggregateRow> after = ScoreStore(run.database()).aggregates(second.run_id);
  ASSERT_EQ(after.size(), before.size());
  std::size_t n_equal = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    n_equal += after[i].metric_id == before[i].metric_id && after[i].slice == before[i].slice &&
                       after[i].value == before[i].value
                   ? 1
                   : 0;
  }
  EXPECT_EQ(before.size() - n_equal, 7U);  // all, method and five rules, under another version
  EXPECT_EQ(run.evaluate(hooks, 2).run_id, second.run_id);
}

/// What --dry-run says of the evaluation that FinishedRun::evaluate would begin.
std::optional<ErrorKind> refusal_of_plan(FinishedRun& run, const RejectLimits& limits,
                                         const std::vector<SetMetric>& set_metrics) {
  EvaluationOptions options;
  options.generate_run = run.run_id();
  options.scorers = FinishedRun::scorers();
  options.set_metrics = set_metrics;
  options.rejects = limits;
  options.config_sha256 = FinishedRun::config_digest();
  try {
    (void)plan_evaluation(run.database(), options);
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

/// Evaluates the run and prunes it; what is evaluated next has other limits.
void prune_and_limit(FinishedRun& run, RejectLimits& limits) {
  (void)run.evaluate();
  prune_run(run.database(), run.run_id());
  limits.coverage = 0.9;
  run.set_rejects(limits);
}

TEST(EvaluationWithRejects, APrunedRunIsJudgedAnewWhereNothingMustBeMeasured) {
  RejectLimits limits;
  FinishedRun run;
  prune_and_limit(run, limits);
  EXPECT_EQ(refusal_of_plan(run, limits, builtin_set_metrics()), std::nullopt);
  const EvaluationSummary summary = run.evaluate();
  EXPECT_EQ(summary.status, "ok");
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{3, 3}));
  limits.coverage = 0.95;
  run.set_rejects(limits);
  const std::vector<SetMetric> others = {make_frechet_metric("fd_stub_20", "feat_dn121x", 20)};
  EXPECT_EQ(refusal_of_plan(run, limits, others), ErrorKind::kConfig) << "nobody lends fd_stub_20";
  EXPECT_EQ(kind_thrown_by([&] { (void)run.evaluate_sets(others); }), ErrorKind::kConfig);
  EXPECT_EQ(ScoreStore(run.database()).reject_verdicts().definition->version, 2);
}

TEST(EvaluationWithRejects, AKilledEvaluationOfAPrunedRunIsEnded) {
  RejectLimits limits;
  FinishedRun run;
  prune_and_limit(run, limits);
  EvaluationHooks killed = FinishedRun::default_hooks();
  killed.on_start = [](std::int64_t) { throw Error(ErrorKind::kInternal, "killed"); };
  EXPECT_EQ(kind_thrown_by([&] { (void)run.evaluate(killed); }), ErrorKind::kInternal);
  const RunRow open = RunStore(run.database()).runs().back();
  ASSERT_EQ(open.status, "running") << "begun, and nothing of its only transaction is there";
  EXPECT_EQ(refusal_of_plan(run, limits, builtin_set_metrics()), std::nullopt);
  const EvaluationSummary summary = run.evaluate();
  EXPECT_EQ(summary.run_id, open.run_id);
  EXPECT_EQ(summary.status, "ok");
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{3, 3}));
}

TEST(EvaluationWithRejects, AKilledEvaluationOfAPrunedRunStandsInNobodysWay) {
  RejectLimits limits;
  FinishedRun run;
  prune_and_limit(run, limits);
  RunRow killed = new_run("evaluate");  // begun under limits that nobody asks for any more
  killed.parent_run_id = run.run_id();
  killed.config_json = killed.env_json = "{}";
  killed.config_sha256 = sha256("other limits");
  const std::string open = RunStore(run.database()).begin(killed);
  EXPECT_EQ(refusal_of_plan(run, limits, builtin_set_metrics()), std::nullopt);
  const EvaluationSummary summary = run.evaluate();
  EXPECT_NE(summary.run_id, open);
  EXPECT_EQ(summary.status, "ok");
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{3, 3}));
}

TEST(EvaluationWithRejects, AVersionComesWithItsVerdicts) {
  FinishedRun run;
  run.set_scorers({});
  (void)run.evaluate();
  RejectLimits limits;
  limits.coverage = 0.9;
  run.set_rejects(limits);
  run.set_scorers(FinishedRun::scorers());  // something is missing, and measuring it is stopped
  EvaluationHooks hooks = FinishedRun::default_hooks();
  hooks.stop_requested = [] { return true; };
  EXPECT_TRUE(run.evaluate(hooks).stopped);
  EXPECT_EQ(ScoreStore(run.database()).reject_verdicts().definition->version, 1);
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{0, 0}));
  EXPECT_FALSE(run.evaluate().stopped);
  EXPECT_EQ(ScoreStore(run.database()).reject_verdicts().definition->version, 2);
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{3, 3}));
}

TEST(Lender, IsTheNewestEvaluationWhereOnlyLimitsDiffer) {
  FinishedRun run;
  RunStore runs(run.database());
  const EvaluationScope scope = find_scope(run.database(), run.run_id());
  const auto begin = [&](const std::string& config) {
    RunRow row = new_run("evaluate");
    row.parent_run_id = run.run_id();
    row.config_json = config;
    row.env_json = "{}";
    return runs.find_run(runs.begin(row)).value();
  };
  const auto lender_of = [&](const RunRow& row) {
    const std::optional<RunRow> lender = find_lender(runs, ScoreStore(run.database()), scope, row);
    return lender ? lender->run_id : "";
  };
  const RunRow first = begin(R"({"evaluate":{"replicates":200,"reject":{"coverage":0.8}}})");
  const RunRow second = begin(R"({"evaluate":{"replicates":200,"reject":{"coverage":0.9}}})");
  EXPECT_EQ(lender_of(second), "") << "the first has not ended";
  runs.finish(first.run_id, "ok");
  EXPECT_EQ(lender_of(second), first.run_id);
  RunRow other_program = second;
  other_program.git_commit = "another";
  EXPECT_EQ(lender_of(other_program), "");
  RunRow other_libraries = second;
  other_libraries.env_json = R"({"torch_build":"2"})";
  EXPECT_EQ(lender_of(other_libraries), "");
  runs.finish(second.run_id, "partial");
  const RunRow third = begin(R"({"evaluate":{"replicates":500}})");
  EXPECT_EQ(lender_of(third), "") << "other replicates";
  runs.finish(third.run_id, "ok");
  EXPECT_EQ(lender_of(begin(R"({"evaluate":{"replicates":200}})")), "")
      << "the newest may have counted values that older ones had not";
  const RunRow fourth = begin(R"({"evaluate":{"replicates":200}})");
  runs.finish(fourth.run_id, "ok");
  const RunRow killed = begin(R"({"evaluate":{"replicates":500}})");
  const RunRow fifth = begin(R"({"evaluate":{"replicates":200}})");
  EXPECT_EQ(lender_of(fifth), fourth.run_id) << "the killed one stored nothing";
  ScoreStore scores(run.database());
  ScoreRow score;
  score.metric_id = register_rejects(scores, {}).id;
  score.artifact_id = runs.run_artifacts(run.run_id()).front().id;
  score.value = 0;
  scores.add_scores(killed.run_id, {score});
  EXPECT_EQ(lender_of(fifth), "") << "others may have counted what it stored";
}

TEST(EvaluationWithRejects, AFakeThatCannotBeDecodedHasNoVerdict) {
  FinishedRun run;
  std::filesystem::remove(run.artifact_file(0, "fake_video"));
  (void)run.evaluate();
  EXPECT_EQ(stored_verdicts(run), (std::vector<double>{-1, 0}));
}

}  // namespace
}  // namespace changeling
