#include "evaluator/run/evaluation_run.h"

#include <fstream>
#include <map>

#include <gmock/gmock.h>

#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "evaluator/metrics/metric.h"
#include "tests/support/pruned_run.h"
#include "tests/support/refusal.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

std::map<std::string, AggregateRow> by_name(const EvaluationSummary& summary) {
  std::map<std::string, AggregateRow> rows;
  for (const MetricResult& metric : summary.metrics) {
    rows.emplace(metric.name, metric.aggregate);
  }
  return rows;
}

void overwrite(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

class EvaluationRunTest : public ::testing::Test {
 protected:
  /// Clip rows of a metric, by artifact.
  std::vector<ClipScore> scores(const std::string& metric) {
    const ScoreStore store(run_.database());
    for (const MetricDefRow& row : store.metrics()) {
      if (row.name == metric) {
        return store.clip_scores(row.id, run_.run_id());
      }
    }
    return {};
  }

  FinishedRun run_;
};

TEST_F(EvaluationRunTest, MeasuresEveryFakeWithEveryMetric) {
  const EvaluationSummary summary = run_.evaluate();
  EXPECT_EQ(summary.status, "ok");
  EXPECT_EQ(summary.n_fakes, 2);
  EXPECT_EQ(summary.n_measured, 2);
  // and auto_reject
  EXPECT_EQ(summary.metrics.size(), builtin_metrics().size() + builtin_set_metrics().size() + 1);
  for (const auto& [name, row] : by_name(summary)) {
    if (name.rfind("kid_", 0) == 0 || name.rfind("fd_", 0) == 0) {
      EXPECT_EQ(row.status, "too_few") << name;  // twenty faces, and no network was asked
      continue;
    }
    if (name.rfind("pdist_iv3n_bg", 0) == 0) {
      EXPECT_EQ(row.n, 0) << name;  // a face of 16 px and its mask fill the square
      continue;
    }
    EXPECT_EQ(row.status, "ok") << name;
    EXPECT_EQ(row.n, 2) << name;
    EXPECT_EQ(row.coverage, 1) << name;
  }
}

TEST_F(EvaluationRunTest, APrunedRunKeepsItsScoresAndGetsNoOthers) {
  run_.set_scorers({});
  const EvaluationSummary before = run_.evaluate();
  prune_run(run_.database(), run_.run_id());
  const EvaluationSummary again = run_.evaluate();
  EXPECT_EQ(again.run_id, before.run_id);
  EXPECT_EQ(again.metrics.size(), before.metrics.size());
  run_.set_scorers(FinishedRun::scorers());  // whose metrics would need the files
  std::string message;
  EXPECT_EQ(kind_thrown_by([&] { (void)run_.evaluate(); }, &message), ErrorKind::kConfig);
  EXPECT_NE(message.find("were pruned on"), std::string::npos) << message;
  EXPECT_TRUE(scores("mask_iou").empty()) << "no clip became an undecodable one";
}

TEST_F(EvaluationRunTest, ValuesFollowFromThePaintedFakes) {
  std::map<std::string, AggregateRow> rows = by_name(run_.evaluate());
  EXPECT_EQ(*rows["psnr_bg"].value, 100);  // lossless: the background is the target's
  EXPECT_EQ(*rows["ssim_bg"].value, 1);
  EXPECT_EQ(*rows["ssim_bg_excess"].value, 0);
  EXPECT_EQ(*rows["psnr_bg_excess"].value, 0);
  EXPECT_LT(*rows["ssim_full"].value, 1);
  EXPECT_GT(*rows["color_gap"].value, 20);  // a red face where a green one was
  EXPECT_EQ(*rows["pose_l2_deg"].value, 0);
  EXPECT_EQ(*rows["lmk_nme"].value, 0);
  EXPECT_NEAR(*rows["coverage"].value, 20.0 / 24, 1e-12);
  EXPECT_GT(*rows["id_cos_src"].value, 0.85);
  EXPECT_GT(*rows["id_margin"].value, 0.3);
  EXPECT_NEAR(*rows["id_margin"].value, *rows["id_cos_src"].value - *rows["id_cos_tgt"].value,
              1e-9);
  EXPECT_NEAR(*rows["id_margin_dlib"].value, *rows["id_margin"].value, 1e-9);
}

TEST_F(EvaluationRunTest, MetricsOfOptionalModelsAreAddedOnceTheseAreThere) {
  run_.set_scorers({});
  const EvaluationSummary without = run_.evaluate();
  EXPECT_EQ(without.status, "ok");
  for (const char* name : {"mask_iou", "brisque", "brisque_excess"}) {
    EXPECT_EQ(by_name(without).count(name), 0U) << name;
  }
  EXPECT_EQ(by_name(without)["ssim_bg"].n, 2);
  run_.set_scorers(FinishedRun::scorers());
  const EvaluationSummary with = run_.evaluate();
  EXPECT_EQ(with.n_measured, 2);
  EXPECT_EQ(*by_name(with)["mask_iou"].value, 1);  // the area of the fixture is the painted one
  for (const char* name : {"mask_iou", "brisque", "brisque_excess"}) {
    EXPECT_EQ(by_name(with)[name].n, 2) << name;
  }
}

TEST_F(EvaluationRunTest, CatalogKeepsOneOfEachOptionalModel) {
  (void)run_.evaluate();
  for (const char* role : {"g_s", "brisque"}) {
    OptionalScorers scorers = FinishedRun::scorers();
    scorers[role] = FinishedRun::scorers("other weights")[role];
    run_.set_scorers(scorers);
    EXPECT_EQ(kind_thrown_by([&] { (void)run_.evaluate(); }), ErrorKind::kCatalog) << role;
  }
}

TEST(EvaluationRun, StoresAnAggregateOfEachMethodBesideThatOfAll) {
  FinishedRun run({"copy", "mesh_swap"});
  const EvaluationSummary summary = run.evaluate();
  EXPECT_EQ(summary.n_fakes, 4);
  EXPECT_EQ(summary.metrics.size(),
            2 * (builtin_metrics().size() + builtin_set_metrics().size() + 1));
  std::map<std::string, AggregateRow> margins;
  for (const AggregateRow& row : ScoreStore(run.database()).aggregates(summary.run_id)) {
    if (row.metric_id == summary.metrics.at(2).aggregate.metric_id) {
      margins.emplace(row.slice, row);
    }
  }
  ASSERT_EQ(summary.metrics.at(2).name, "id_margin");
  ASSERT_EQ(margins.size(), 3U);
  EXPECT_GT(*margins["method=mesh_swap"].value, 0.3);
  EXPECT_LT(*margins["method=copy"].value, -0.3);  // shows the target, not the source
  EXPECT_NEAR(*margins["all"].value,
              (*margins["method=copy"].value + *margins["method=mesh_swap"].value) / 2, 1e-12);
  EXPECT_EQ(margins["all"].n, 4);
  EXPECT_EQ(margins["method=copy"].n, 2);
  EXPECT_EQ(margins["method=copy"].coverage, 1);
  EXPECT_EQ(summary.metrics.at(2).method, "copy");
  EXPECT_EQ(summary.metrics.at(3).method, "mesh_swap");
}

TEST_F(EvaluationRunTest, StoresFramesPoolsAndScorer) {
  (void)run_.evaluate();
  const std::vector<ClipScore> clips = scores("id_margin");
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].score.n_asked, 10);
  EXPECT_EQ(clips[0].score.n_ok, 10);
  EXPECT_LE(*clips[0].score.p05, *clips[0].score.p95);
  const ScoreStore store(run_.database());
  EXPECT_EQ(store.frame_scores(clips[0].score.metric_id, clips[0].artifact_id).size(), 10U);
  for (const MetricDefRow& row : store.metrics()) {
    if (row.name == "id_margin") {
      EXPECT_TRUE(row.scorer_model.has_value());
    }
    if (row.name == "ssim_bg") {
      EXPECT_FALSE(row.scorer_model.has_value());
    }
  }
}

TEST_F(EvaluationRunTest, IsAChildOfTheGenerateRunWithItsNetworks) {
  const EvaluationSummary summary = run_.evaluate();
  const RunStore runs(run_.database());
  const RunRow row = runs.find_run(summary.run_id).value();
  EXPECT_EQ(row.kind, "evaluate");
  EXPECT_EQ(row.parent_run_id, run_.run_id());
  EXPECT_EQ(row.status, "ok");
  EXPECT_EQ(runs.models(summary.run_id).size(), 9U);
}

TEST_F(EvaluationRunTest, SecondCallMeasuresAndStoresNothing) {
  const EvaluationSummary first = run_.evaluate();
  EvaluationHooks hooks;
  hooks.make_face_meter = []() -> std::unique_ptr<FaceMeter> {
    ADD_FAILURE() << "networks were loaded for nothing";
    return nullptr;
  };
  const EvaluationSummary second = run_.evaluate(hooks);
  EXPECT_EQ(second.run_id, first.run_id);
  EXPECT_EQ(second.n_measured, 0);
  EXPECT_EQ(second.metrics.size(), first.metrics.size());
  EXPECT_EQ(RunStore(run_.database()).runs().size(), 2U);
}

TEST_F(EvaluationRunTest, StoppedRunIsContinuedByTheNextCall) {
  bool stop = false;
  EvaluationHooks hooks = FinishedRun::default_hooks();
  hooks.stop_requested = [&] { return stop; };
  hooks.on_clip_end = [&](const std::string&) { stop = true; };
  const EvaluationSummary stopped = run_.evaluate(hooks);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.status, "running");
  EXPECT_EQ(stopped.n_measured, 1);

  const EvaluationSummary resumed = run_.evaluate();
  EXPECT_EQ(resumed.run_id, stopped.run_id);
  EXPECT_EQ(resumed.n_measured, 1);
  EXPECT_EQ(resumed.status, "ok");
  EXPECT_EQ(scores("psnr_bg").size(), 2U);
}

TEST_F(EvaluationRunTest, RunThatOnlyLacksItsEndIsClosedBeforeNewClipsAreScored) {
  RunStore runs(run_.database());
  ScoreStore store(run_.database());
  const RunRow generate = runs.find_run(run_.run_id()).value();
  RunRow killed;  // has aggregates already, as after a kill between them and finish
  killed.kind = "evaluate";
  killed.parent_run_id = generate.run_id;
  killed.git_commit = "unknown";
  killed.config_json = "{}";
  killed.config_sha256 = FinishedRun::config_digest();
  killed.host = "test";
  killed.env_json = "{}";
  const std::string killed_id = runs.begin(killed);
  MetricDefRow metric;
  metric.name = "other";
  metric.unit = "1";
  metric.direction = "up";
  metric.level = "clip";
  AggregateRow aggregate;
  aggregate.metric_id = store.ensure_metric(metric);
  aggregate.status = "undefined";
  store.add_aggregates(killed_id, {aggregate});

  const EvaluationSummary summary = run_.evaluate();
  EXPECT_NE(summary.run_id, killed_id);
  EXPECT_EQ(summary.n_measured, 2);
  EXPECT_EQ(runs.find_run(killed_id)->status, "ok");
}

TEST_F(EvaluationRunTest, MissingBlobIsADecodeErrorAndTheRunGoesOn) {
  std::filesystem::remove(run_.artifact_file(0, "fake_video"));
  const EvaluationSummary summary = run_.evaluate();
  EXPECT_EQ(summary.status, "partial");
  EXPECT_EQ(summary.n_unscorable, 1);
  EXPECT_EQ(summary.n_measured, 1);
  const std::vector<ClipScore> clips = scores("ssim_bg");
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].score.status, "decode_error");
  EXPECT_EQ(clips[1].score.status, "ok");
  EXPECT_EQ(by_name(summary)["ssim_bg"].coverage, 0.5);
}

TEST_F(EvaluationRunTest, DamagedBlobIsADecodeError) {
  overwrite(run_.artifact_file(1, "fake_video"), "no video");
  EXPECT_EQ(run_.evaluate().n_unscorable, 1);
  EXPECT_EQ(scores("id_margin").at(1).score.status, "decode_error");
}

TEST_F(EvaluationRunTest, ReplacedCorpusFileIsADecodeError) {
  std::filesystem::copy_file(run_.clip(0), run_.clip(2),
                             std::filesystem::copy_options::overwrite_existing);
  const EvaluationSummary summary = run_.evaluate();
  EXPECT_EQ(summary.n_unscorable, 1);  // person 2 is the target of the second fake only
  EXPECT_EQ(summary.n_measured, 1);
}

TEST_F(EvaluationRunTest, AbsentCorpusRootEndsTheRunAndRecordsNothing) {
  run_.remove_corpus();
  EXPECT_EQ(kind_thrown_by([&] { (void)run_.evaluate(); }), ErrorKind::kInput);
  EXPECT_TRUE(scores("id_margin").empty());
  EXPECT_EQ(RunStore(run_.database()).runs().size(), 1U);
}

TEST_F(EvaluationRunTest, MissingNetworksEndTheRunBeforeItBegins) {
  EvaluationHooks hooks;
  hooks.make_face_meter = []() -> std::unique_ptr<FaceMeter> {
    throw Error(ErrorKind::kModel, "no lmk68 (run 'changeling models fetch')");
  };
  EXPECT_EQ(kind_thrown_by([&] { (void)run_.evaluate(hooks); }), ErrorKind::kModel);
  EXPECT_EQ(RunStore(run_.database()).runs().size(), 1U);
}

TEST_F(EvaluationRunTest, ErrorsThatMayPassAreTriedAgain) {
  class FailingMeter final : public FaceMeter {
   public:
    std::vector<FaceMeasurement> measure(const std::vector<FaceQuery>&) override {
      throw Error(ErrorKind::kResource, "out of memory");
    }
  };

  EvaluationHooks hooks = FinishedRun::default_hooks();
  hooks.make_face_meter = [] { return std::make_unique<FailingMeter>(); };
  const EvaluationSummary failed = run_.evaluate(hooks);
  EXPECT_EQ(failed.n_failed, 2);
  EXPECT_EQ(failed.status, "partial");
  EXPECT_EQ(by_name(failed)["id_margin"].status, "undefined");
  EXPECT_TRUE(scores("id_margin").empty());

  const EvaluationSummary second = run_.evaluate();
  EXPECT_EQ(second.n_measured, 2);
  EXPECT_EQ(second.status, "ok");
  EXPECT_NE(second.run_id, failed.run_id);
}

TEST_F(EvaluationRunTest, UnknownRunIsAUsageError) {
  EvaluationOptions options;
  options.generate_run = "0190a3c2-7b1e-7c55-8f0a-2f4f3f1f9d11";
  EXPECT_EQ(kind_thrown_by([&] { (void)plan_evaluation(run_.database(), options); }),
            ErrorKind::kConfig);
}

TEST_F(EvaluationRunTest, PlanCountsWhatIsMissing) {
  const EvaluationOptions newest;
  EXPECT_EQ(plan_evaluation(run_.database(), newest).n_missing, 2);
  (void)run_.evaluate();
  const EvaluationSummary plan = plan_evaluation(run_.database(), newest);
  EXPECT_EQ(plan.n_missing, 0);
  EXPECT_EQ(plan.n_fakes, 2);
  EXPECT_EQ(plan.generate_run, run_.run_id());
}

}  // namespace
}  // namespace changeling
