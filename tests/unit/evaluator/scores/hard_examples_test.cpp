#include "evaluator/scores/hard_examples.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/detector_store.h"
#include "catalog/store/run_store.h"
#include "catalog/store/score_store.h"
#include "common/base/error.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class HardExamples : public testing::Test {
 protected:
  HardExamples() {
    DetectorStore store(catalog_.database());
    set_ = store.find_set("");
    for (const ClipRow& clip : store.all_clips(set_)) {
      if (clip.artifact.label == "fake") {
        fakes_.push_back(clip.artifact.id);
      }
    }
  }

  /// A detector run with one score per fake.
  std::string scored(const std::vector<double>& p_fake) {
    RunStore runs(catalog_.database());
    RunRow run = new_run("detector");
    run.parent_run_id = set_.generate_run;
    run.config_json = "{}";
    run.config_sha256 = sha256("c");
    run.env_json = "{}";
    const std::string id = runs.begin(run);
    std::vector<DetectorScoreRow> rows;
    for (std::size_t i = 0; i < p_fake.size(); ++i) {
      rows.push_back({fakes_.at(i), -1, "ok", p_fake[i]});
    }
    DetectorStore(catalog_.database()).add_scores(id, rows);
    runs.finish(id, "ok");
    return id;
  }

  /// Identity margins of the fakes in order.
  void add_margins(const std::vector<double>& margins) {
    ScoreStore scores(catalog_.database());
    MetricDefRow metric;
    metric.name = "id_margin";
    metric.unit = "1";
    metric.direction = "up";
    metric.level = "frame";
    const MetricId id = scores.ensure_metric(metric);
    RunStore runs(catalog_.database());
    RunRow run = new_run("evaluate");
    run.parent_run_id = set_.generate_run;
    run.config_json = "{}";
    run.config_sha256 = sha256("e");
    run.env_json = "{}";
    const std::string run_id = runs.begin(run);
    std::vector<ScoreRow> rows;
    for (std::size_t i = 0; i < margins.size(); ++i) {
      ScoreRow row;
      row.metric_id = id;
      row.artifact_id = fakes_.at(i);
      row.value = margins[i];
      rows.push_back(row);
    }
    scores.add_scores(run_id, rows);
  }

  TempDir dir_;
  ExportCatalog catalog_{dir_.path()};
  DetectorSet set_;
  std::vector<ArtifactId> fakes_;
};

TEST_F(HardExamples, AreRankedByLossTimesQuality) {
  add_margins({0.5, 0.1, 0.4, -0.3, 0.2, 0.6});
  const std::string run = scored({0.5, 0.01, 0.1, 0.01, 0.9, 1.0});
  const std::vector<HardExample> examples = hard_examples(catalog_.database(), run);
  // .4 ln 10 = .92, .1 ln 100 = .46, .5 ln 2 = .35, .2 ln 1/.9 = .02; bad or caught ones are none.
  ASSERT_EQ(examples.size(), 4U);
  EXPECT_EQ(examples[0].artifact, fakes_[2]);
  EXPECT_NEAR(examples[0].hardness, 0.4 * std::log(10.0), 1e-9);
  EXPECT_EQ(examples[1].artifact, fakes_[1]);
  EXPECT_EQ(examples[2].artifact, fakes_[0]);
  EXPECT_EQ(examples[3].artifact, fakes_[4]);
}

TEST_F(HardExamples, TakeNoMoreThanAskedFor) {
  add_margins(std::vector<double>(6, 0.5));
  const std::string run = scored(std::vector<double>(6, 0.1));
  EXPECT_EQ(hard_examples(catalog_.database(), run, {2, 3}).size(), 2U);
  EXPECT_TRUE(hard_examples(catalog_.database(), run, {6, 0}).empty());
}

TEST_F(HardExamples, NeedADetectorRunAndMargins) {
  EXPECT_THROW((void)hard_examples(catalog_.database(), set_.generate_run), Error);
  const std::string run = scored({0.5});
  EXPECT_THROW((void)hard_examples(catalog_.database(), run), Error);
}

TEST(SamplingRequest, HasTheProportionsOfTheExamples) {
  std::vector<HardExample> examples(4);
  examples[0].stratum = "plausible";
  examples[0].pose = "0-15 degrees";
  examples[1].pose = "45 degrees and more";
  const std::string text = sampling_request(examples, 12);
  EXPECT_THAT(text, HasSubstr("parts: [train]"));
  EXPECT_THAT(text, HasSubstr("count: 12\n"));
  EXPECT_THAT(text, HasSubstr("plausible_share: 0.250\n"));
  EXPECT_THAT(text, HasSubstr("yaw_shares: [0.500, 0.000, 0.500]"));
}

TEST(SamplingRequest, UnknownPosesAreNotAskedFor) {
  EXPECT_EQ(sampling_request(std::vector<HardExample>(2), 5).find("yaw_shares"), std::string::npos);
}

}  // namespace
}  // namespace changeling
