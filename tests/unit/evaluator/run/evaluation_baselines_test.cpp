// Baselines of an evaluation: what copies of the source or the target score.
#include <cmath>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "catalog/store/score_store.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

TEST(EvaluationBaselines, BaselinesAnchorTheScales) {
  FinishedRun run;
  const EvaluationSummary summary = run.evaluate(FinishedRun::default_hooks(), 5);
  EXPECT_EQ(summary.status, "ok");
  const auto mean = [&](const std::string& metric, const std::string& baseline) {
    const AggregateRow row = slices_of(run, summary, metric).at("baseline=" + baseline);
    EXPECT_EQ(row.n, 2) << metric << " " << baseline;
    EXPECT_EQ(row.coverage, 1) << metric << " " << baseline;
    return row.value.value_or(std::nan(""));
  };
  EXPECT_EQ(mean("ssim_full", "copy_target"), 1);
  EXPECT_EQ(mean("psnr_bg", "reencode"), 100);  // the fixture's controls are lossless
  EXPECT_LT(mean("id_margin", "copy_target"), -0.3);
  EXPECT_LT(mean("id_margin", "reencode"), -0.3);
  EXPECT_EQ(mean("id_margin", "self_swap"), 0);  // source and target are one person
  EXPECT_GT(mean("id_cos_src", "self_swap"), 0.99);
  EXPECT_GT(mean("id_margin", "copy_source"), 0.3);
  EXPECT_LT(mean("ssim_full", "copy_source"), 1);
  EXPECT_EQ(mean("psnr_bg", "copy_source"), 100);  // pasted inside the mask alone
  EXPECT_EQ(slices_of(run, summary, "coverage").count("baseline=copy_source"), 0U);
}

TEST(EvaluationBaselines, BaselinesCanBeLeftOut) {
  FinishedRun run;
  const EvaluationSummary summary = run.evaluate(FinishedRun::default_hooks(), 0);
  EXPECT_EQ(slices_of(run, summary, "id_margin").size(), 2U);  // all, method=mesh_swap
}

TEST(EvaluationBaselines, OneBaselinePairIsTheMiddleOne) {
  FinishedRun run;
  const EvaluationSummary summary = run.evaluate(FinishedRun::default_hooks(), 1);
  EXPECT_EQ(slices_of(run, summary, "id_margin").at("baseline=copy_source").n, 1);
}

TEST(EvaluationBaselines, StopAmongTheBaselinesStoresNoAggregate) {
  FinishedRun run;
  int clips = 0;
  EvaluationHooks hooks = FinishedRun::default_hooks();
  hooks.stop_requested = [&] { return clips == 2; };
  hooks.on_clip_end = [&](const std::string&) { ++clips; };
  testing::internal::CaptureStderr();
  const EvaluationSummary stopped = run.evaluate(hooks, 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::Not(testing::HasSubstr("clip_left_out")))
      << "a stop is no clip's fault";
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.status, "running");
  EXPECT_TRUE(ScoreStore(run.database()).aggregates(stopped.run_id).empty());
  const EvaluationSummary resumed = run.evaluate(FinishedRun::default_hooks(), 2);
  EXPECT_EQ(resumed.run_id, stopped.run_id);
  EXPECT_EQ(resumed.status, "ok");
  EXPECT_EQ(slices_of(run, resumed, "id_margin").size(), 6U);
}

TEST(EvaluationBaselines, BaselineOfADamagedClipLowersItsCoverage) {
  FinishedRun run;
  std::filesystem::remove(run.artifact_file(0, "real_control"));
  const EvaluationSummary summary = run.evaluate(FinishedRun::default_hooks(), 2);
  const AggregateRow row = slices_of(run, summary, "id_margin").at("baseline=copy_target");
  EXPECT_EQ(row.n, 1);
  EXPECT_EQ(row.coverage, 0.5);
}

}  // namespace
}  // namespace changeling
