#include "evaluator/run/pooling.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

constexpr MetricId kMetric{3};
constexpr ArtifactId kArtifact{8};

std::vector<Sample> samples(int n_ok, int n_no_face, int n_nan = 0) {
  std::vector<Sample> result;
  for (int i = 0; i < n_ok; ++i) {
    result.push_back({static_cast<std::int64_t>(result.size()), SampleStatus::kOk, 1.0 + i});
  }
  for (int i = 0; i < n_no_face; ++i) {
    result.push_back({static_cast<std::int64_t>(result.size()), SampleStatus::kNoFace, 0});
  }
  for (int i = 0; i < n_nan; ++i) {
    result.push_back({static_cast<std::int64_t>(result.size()), SampleStatus::kNan, 0});
  }
  return result;
}

TEST(PoolClip, TakesMeanAndQuantilesOfOkFrames) {
  const ScoreRow row = pool_clip(kMetric, kArtifact, samples(5, 1));
  EXPECT_EQ(row.status, "ok");
  EXPECT_EQ(row.frame, -1);
  EXPECT_DOUBLE_EQ(*row.value, 3);
  EXPECT_DOUBLE_EQ(*row.p05, 1.2);
  EXPECT_DOUBLE_EQ(*row.p50, 3);
  EXPECT_DOUBLE_EQ(*row.p95, 4.8);
  EXPECT_EQ(row.n_ok, 5);
  EXPECT_EQ(row.n_asked, 6);
}

TEST(PoolClip, HalfOfTheFramesIsEnough) {
  EXPECT_EQ(pool_clip(kMetric, kArtifact, samples(5, 5)).status, "ok");
}

TEST(PoolClip, LessThanHalfGivesTheCommonestReasonAndNoValue) {
  const ScoreRow row = pool_clip(kMetric, kArtifact, samples(4, 2, 4));
  EXPECT_EQ(row.status, "nan");
  EXPECT_FALSE(row.value.has_value());
  EXPECT_FALSE(row.p50.has_value());
  EXPECT_EQ(row.n_ok, 4);
  EXPECT_EQ(row.n_asked, 10);
}

TEST(PoolClip, NoFramesAtAllAreSkipped) {
  EXPECT_EQ(pool_clip(kMetric, kArtifact, {}).status, "skipped");
}

TEST(PoolClip, ClipLevelSamplePassesUnchanged) {
  const std::vector<ScoreRow> rows =
      to_score_rows(kMetric, kArtifact, {{-1, SampleStatus::kOk, 0.75}});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].frame, -1);
  EXPECT_DOUBLE_EQ(*rows[0].value, 0.75);
  EXPECT_FALSE(rows[0].n_asked.has_value());
}

TEST(ToScoreRows, KeepsEveryFrameWithItsReason) {
  const std::vector<ScoreRow> rows = to_score_rows(kMetric, kArtifact, samples(2, 1));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].frame, 0);
  EXPECT_DOUBLE_EQ(*rows[2].value, 2);
  EXPECT_EQ(rows[3].status, "no_face");
  EXPECT_FALSE(rows[3].value.has_value());
}

AggregationOptions options() {
  return {"suite", "metric@1", 200, 2};
}

TEST(AggregateClips, MeansClipsWithAnIntervalOverSourcesAndTargets) {
  const std::vector<PooledClip> clips = {
      {1, {1}, {5}}, {2, {1}, {6}}, {3, {2}, {7}}, {6, {2}, {7}}};
  const AggregateRow row = aggregate_clips(kMetric, clips, 5, options());
  EXPECT_EQ(row.status, "ok");
  EXPECT_DOUBLE_EQ(*row.value, 3);
  EXPECT_EQ(row.n, 4);
  EXPECT_EQ(row.n_clusters, 2);  // two sources, three targets
  EXPECT_DOUBLE_EQ(row.coverage, 0.8);
  EXPECT_LT(*row.ci_lo, 3);
  EXPECT_GT(*row.ci_hi, 3);
  EXPECT_EQ(*row.ci_method,
            "bootstrap_expanded_95; clusters: source and target subject; replicates: 200");
}

TEST(AggregateClips, AnUnknownSourceIsNoSecondPerson) {
  const std::vector<PooledClip> clips = {{1, {}, {5}}, {2, {}, {6}}, {6, {}, {7}}};
  const AggregateRow row = aggregate_clips(kMetric, clips, 3, options());
  EXPECT_EQ(row.n_clusters, 3);
  EXPECT_EQ(*row.ci_method, "bootstrap_expanded_95; clusters: target subject; replicates: 200");
  const std::vector<PooledClip> self = {{1, {5}, {5}}, {2, {6}, {6}}, {6, {7}, {7}}};
  EXPECT_EQ(aggregate_clips(kMetric, self, 3, options()).ci_lo, row.ci_lo);
}

TEST(AggregateClips, ClipsThatAreAllAlikeHaveNoInterval) {
  const std::vector<PooledClip> clips = {{1, {1}, {5}}, {1, {2}, {6}}, {1, {3}, {7}}};
  const AggregateRow row = aggregate_clips(kMetric, clips, 3, options());
  EXPECT_EQ(row.value, 1);
  EXPECT_FALSE(row.ci_lo.has_value() || row.ci_hi.has_value());
  EXPECT_EQ(row.ci_method, "all_clips_alike");
}

TEST(AggregateClips, OnePersonGivesAMeanWithoutInterval) {
  const AggregateRow row = aggregate_clips(kMetric, {{1, {1}, {5}}, {2, {2}, {5}}}, 2, options());
  EXPECT_EQ(row.status, "ok");
  EXPECT_DOUBLE_EQ(*row.value, 1.5);
  EXPECT_FALSE(row.ci_lo.has_value());
  EXPECT_EQ(*row.ci_method, "too_few_clusters");
  EXPECT_EQ(row.n_clusters, 1);
}

TEST(AggregateClips, NinePeopleAreTooFewForAnInterval) {
  AggregationOptions strict = options();
  strict.min_clusters = AggregationOptions{}.min_clusters;
  std::vector<PooledClip> clips;
  for (std::int64_t person = 1; person <= 9; ++person) {
    clips.push_back({static_cast<double>(person), {100 + person}, {person}});
  }
  EXPECT_EQ(*aggregate_clips(kMetric, clips, 9, strict).ci_method, "too_few_clusters");
  clips.push_back({10, {110}, {10}});
  EXPECT_TRUE(aggregate_clips(kMetric, clips, 10, strict).ci_lo.has_value());
}

TEST(AggregateClips, NoOkClipIsUndefined) {
  const AggregateRow row = aggregate_clips(kMetric, {}, 7, options());
  EXPECT_EQ(row.status, "undefined");
  EXPECT_FALSE(row.value.has_value());
  EXPECT_EQ(row.n, 0);
  EXPECT_EQ(row.coverage, 0);
}

}  // namespace
}  // namespace changeling
