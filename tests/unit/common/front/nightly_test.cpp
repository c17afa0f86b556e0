#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/connection.h"
#include "catalog/store/gate_store.h"
#include "catalog/store/score_store.h"
#include "common/cli/option_table.h"
#include "common/front/nightly_end.h"
#include "common/front/nightly_preflight.h"
#include "common/front/nightly_steps.h"
#include "common/front/verb_corpus.h"
#include "common/front/verb_nightly.h"
#include "generator/options/generate_options.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_catalog.h"

namespace changeling {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// What a night with these settings would do with its run, which is "RUN".
std::vector<std::string> steps_with(const std::vector<std::string>& settings) {
  Config config(collect_options(nightly_verb()));
  for (const std::string& setting : settings) {
    config.apply_setting(setting, "--set");
  }
  Night night(std::move(config));
  night.suite = "small";
  night.out = "reports";
  night.run_id = "RUN";
  night.dry_run = night.is_json = true;
  measure(night);
  prune_old_runs(night);
  std::vector<std::string> steps;
  for (const nlohmann::json& step : night.steps) {
    steps.push_back(step.at("step").get<std::string>());
  }
  return steps;
}

TEST(NightlySteps, KeepAllFilesAndReadAllFilesUnlessTold) {
  const std::vector<std::string> steps = steps_with({});
  EXPECT_THAT(steps, Not(Contains(HasSubstr("prune"))));
  EXPECT_THAT(steps, Contains("catalog verify"));
}

TEST(NightlySteps, OldRunsLoseTheirFilesAtTheEndOfTheNight) {
  EXPECT_EQ(steps_with({"nightly.keep_runs=7"}).back(), "catalog prune small --keep 7");
}

TEST(NightlySteps, AShareIsReadAtEachNightWithTheFilesOfItsRun) {
  EXPECT_THAT(steps_with({"nightly.verify_share=0.1"}),
              Contains("catalog verify --share 0.1 --turn NIGHT --run RUN"));
}

TEST(NightlySteps, ANightWithoutAVerdictDoesNotTakeTheTurnOfAShare) {
  const TempDir folder;
  TinyCatalog catalog(folder.path(), 2);
  Night night{Config(collect_options(nightly_verb()))};
  night.catalog = folder / "catalog.db";
  night.suite = "small";
  const auto add_night = [&catalog](bool is_judged) {
    const std::string run = catalog.begin_run();
    Connection& sql = catalog.database().connection();
    sql.exec("UPDATE run SET suite='small' WHERE run_id='" + run + "'");
    if (is_judged) {
      MetricDefRow metric;
      metric.name = "ssim_bg";
      metric.unit = "1";
      metric.direction = "up";
      metric.level = "clip";
      GateResultRow row;
      row.run_id = row.baseline_run = run;
      row.metric_id = ScoreStore(catalog.database()).ensure_metric(metric);
      row.slice = "{}";
      row.verdict = "inconclusive";
      GateStore(catalog.database()).record("me", {row}, "{}");
    }
    return run;
  };
  add_night(true);
  add_night(false);  // failed before it read any file
  EXPECT_EQ(count_judged_nights(night), 1);
  night.run_id = add_night(true);  // gone on with behind its gate: reads the same part again
  EXPECT_EQ(count_judged_nights(night), 1);
  add_night(false);
  night.run_id.clear();
  EXPECT_EQ(count_judged_nights(night), 2);
}

TEST(NightlyPreflight, SaysWhatToDoWhereClipsOfTheFrozenListTurnedOutToBeFakes) {
  const TempDir folder;
  TinyCatalog catalog(folder.path(), 5);  // four pairs, person i -> person i + 1
  Verb verbs;
  verbs.sub_verbs = {nightly_verb(), generate_verb()};
  Config config(collect_options(verbs));
  config.apply_setting("nightly.pairs=list", "--set");
  Night night(std::move(config));
  night.catalog = folder / "catalog.db";
  EXPECT_EQ(check_pairs(night).status, CheckStatus::kOk);
  catalog.database().connection().exec(
      "UPDATE media SET probe_error='is a fake of this catalog' WHERE media_id=" +
      std::to_string(catalog.media()[0].value));
  const Check one = check_pairs(night);
  EXPECT_EQ(one.status, CheckStatus::kWarn);
  EXPECT_THAT(one.detail,
              testing::AllOf(HasSubstr("1 of 4 pairs of the frozen list 'list'"),
                             HasSubstr("('clip-0.mp4': is a fake of this catalog)"),
                             HasSubstr("draw another list with 'changeling sample pairs'")));
  catalog.database().connection().exec(
      "UPDATE media SET probe_error='is a fake of this catalog' WHERE media_id=" +
      std::to_string(catalog.media()[2].value));
  const Check three = check_pairs(night);
  EXPECT_EQ(three.status, CheckStatus::kFail) << "3 of 4 are more than run.max_failed_share";
  EXPECT_THAT(three.detail, HasSubstr("3 of 4 pairs"));
  night.config.apply_setting("generate.method=self_blend", "--set");
  EXPECT_EQ(check_pairs(night).status, CheckStatus::kOk) << "it takes none of these pairs";
}

TEST(NightlyPreflight, NamesTheSettingOfACorpusThatIsNotThere) {
  const TempDir folder;
  Verb verbs;
  verbs.sub_verbs = {nightly_verb(), corpus_verb()};
  Night night{Config(collect_options(verbs))};
  EXPECT_EQ(check_corpus(night).status, CheckStatus::kOk);
  night.config.apply_setting("nightly.corpus=clips", "--set");
  EXPECT_EQ(check_corpus(night).status, CheckStatus::kFail);
  night.config.apply_setting("corpus.root=" + (folder / "gone").string(), "--set");
  const Check gone = check_corpus(night);
  EXPECT_EQ(gone.status, CheckStatus::kFail);
  EXPECT_THAT(gone.detail, testing::AllOf(HasSubstr("gone does not exist"),
                                          HasSubstr("set corpus.root"), Not(HasSubstr("--root"))));
  night.config.apply_setting("corpus.root=" + folder.path().string(), "--set");
  EXPECT_EQ(check_corpus(night).status, CheckStatus::kOk);
}

TEST(NightlyPreflight, RefusesReportsBelowAFile) {
  const TempDir folder;
  Night night{Config(collect_options(nightly_verb()))};
  night.out = folder / "new" / "reports";
  EXPECT_EQ(check_out(night).status, CheckStatus::kOk);
  std::ofstream(folder / "file") << "no folder";
  night.out = folder / "file" / "reports";
  const Check below_file = check_out(night);
  EXPECT_EQ(below_file.status, CheckStatus::kFail);
  EXPECT_THAT(below_file.detail, HasSubstr("set nightly.out"));
  night.out = folder / "file";
  EXPECT_EQ(check_out(night).status, CheckStatus::kFail);
}

}  // namespace
}  // namespace changeling
