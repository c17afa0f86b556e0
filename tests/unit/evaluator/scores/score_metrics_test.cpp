#include "evaluator/scores/score_metrics.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// `n` people with a fake and a real clip each.
class Scores {
 public:
  void add(std::int64_t person, bool is_fake, std::optional<double> p,
           const std::string& method = "mesh_swap") {
    TruthClip clip;
    clip.artifact = ArtifactId{static_cast<std::int64_t>(truth.size()) + 1};
    clip.is_fake = is_fake;
    clip.method = is_fake ? method : "";
    clip.person = person;
    clip.n_frames = 4;
    clip.slices = {{"gender", person % 2 == 0 ? "f" : "m"}};
    if (is_fake) {
      clip.spans = {{1, 2, FrameStatus::kSwapped}, {0, 0, FrameStatus::kPassthrough}};
    }
    rows.push_back({clip.artifact, -1, p ? "ok" : "no_face", p});
    truth.push_back(clip);
  }

  [[nodiscard]] AggregateRow find(const std::string& name, const std::string& slice) const {
    for (const ScoreMetric& metric : score_metrics(truth, rows, {"suite", 100})) {
      if (metric.definition.name == "detector_" + name && metric.aggregate.slice == slice) {
        return metric.aggregate;
      }
    }
    throw Error(ErrorKind::kInternal, "no metric " + name + " of " + slice);
  }

  std::vector<TruthClip> truth;
  std::vector<DetectorScoreRow> rows;
};

/// Fakes .9 .8 .4, reals .5 .3 .1: eight of nine pairs are in order.
Scores six_clips() {
  Scores scores;
  scores.add(1, true, 0.9);
  scores.add(1, false, 0.5);
  scores.add(2, true, 0.8);
  scores.add(2, false, 0.3);
  scores.add(3, true, 0.4);
  scores.add(3, false, 0.1);
  return scores;
}

Scores many(int n_people) {
  Scores scores;
  for (int i = 0; i < n_people; ++i) {
    scores.add(i, true, 0.4 + 0.02 * (i % 30));
    scores.add(i, false, 0.3 + 0.02 * (i % 30));
  }
  return scores;
}

TEST(ScoreMetrics, HaveTheValuesOfAHandCount) {
  const Scores scores = six_clips();
  EXPECT_NEAR(*scores.find("auc", "all").value, 8.0 / 9, 1e-12);
  EXPECT_NEAR(*scores.find("auc_delong", "all").value, 8.0 / 9, 1e-12);
  // Of the five thresholds down to .4: precision 1 at recall 1/3 and 2/3, 3/4 at recall 1.
  EXPECT_NEAR(*scores.find("ap", "all").value, (1 + 1 + 0.75) / 3, 1e-12);
  EXPECT_NEAR(*scores.find("acc", "all").value, 4.0 / 6, 1e-12);  // .4 and .5 are called wrong
  EXPECT_NEAR(*scores.find("brier", "all").value, (0.01 + 0.04 + 0.36 + 0.25 + 0.09 + 0.01) / 6,
              1e-12);
  EXPECT_NEAR(*scores.find("eer", "all").value, 1.0 / 3, 1e-12);
}

TEST(ScoreMetrics, AMissingScoreCountsAsAHalfOrIsLeftOut) {
  Scores scores = six_clips();
  scores.add(4, true, std::nullopt);
  const AggregateRow all = scores.find("auc", "all");
  const AggregateRow ok_only = scores.find("auc", kOkOnlySlice);
  EXPECT_NEAR(*all.value, (8 + 2.5) / 12, 1e-12);
  EXPECT_EQ(all.n, 7);
  EXPECT_NEAR(*ok_only.value, 8.0 / 9, 1e-12);
  EXPECT_EQ(ok_only.n, 6);
  EXPECT_NEAR(ok_only.coverage, 6.0 / 7, 1e-12);
}

TEST(ScoreMetrics, FewerThanTenPeopleHaveNoInterval) {
  const AggregateRow few = six_clips().find("auc", "all");
  EXPECT_FALSE(few.ci_lo.has_value());
  EXPECT_EQ(few.ci_method, "too_few_clusters");
  const AggregateRow enough = many(10).find("auc", "all");
  ASSERT_TRUE(enough.ci_lo.has_value());
  EXPECT_LT(*enough.ci_lo, *enough.ci_hi);
  EXPECT_TRUE(many(10).find("auc_delong", "all").ci_lo.has_value());
}

TEST(ScoreMetrics, IntervalsResampleTheSourcesOfFakesToo) {
  Scores scores;
  for (int person = 0; person < 20; ++person) {
    for (const double real : {0.3, 0.5, 0.7, 0.9}) {
      scores.add(person, false, real);
    }
    for (int step = 1; step <= 4; ++step) {
      scores.add(person, true, 0.04 * ((person + step * step) % 20) + 0.2);
    }
  }
  const AggregateRow one_way = scores.find("auc", "all");
  for (std::size_t i = 0; i < scores.truth.size(); ++i) {
    if (scores.truth[i].is_fake) {
      const auto step = static_cast<std::int64_t>(i % 8) - 3;  // after four reals
      scores.truth[i].source = (scores.truth[i].person + step * step) % 20;
    }
  }
  const AggregateRow two_way = scores.find("auc", "all");
  EXPECT_EQ(two_way.value, one_way.value);
  EXPECT_GT(*two_way.ci_hi - *two_way.ci_lo, 1.2 * (*one_way.ci_hi - *one_way.ci_lo));
  EXPECT_EQ(two_way.ci_method,
            "bootstrap_expanded_95; clusters: person seen, source of a fake; replicates: 100");
}

TEST(ScoreMetrics, ACalibrationErrorHasNoIntervalSinceResamplingRaisesIt) {
  const AggregateRow row = many(40).find("ece15", "all");
  EXPECT_TRUE(row.value.has_value());
  EXPECT_EQ(row.status, "ok");
  EXPECT_FALSE(row.ci_lo.has_value() || row.ci_hi.has_value());
  EXPECT_EQ(row.ci_method, "none: resampling raises it");
  EXPECT_TRUE(many(40).find("brier", "all").ci_lo.has_value());
}

TEST(ScoreMetrics, ATprIsRefusedBelowThreeOverFprRealPeople) {
  EXPECT_EQ(many(299).find("tpr_fpr_1e-2", "all").status, "too_few");
  EXPECT_EQ(many(300).find("tpr_fpr_1e-2", "all").status, "ok");
  EXPECT_EQ(many(300).find("tpr_fpr_1e-3", "all").status, "too_few");
}

TEST(ScoreMetrics, OneClassAloneIsUndefined) {
  Scores scores;
  scores.add(1, true, 0.5);
  for (const char* name : {"auc", "auc_delong", "ap", "eer", "logloss", "ece15", "acc"}) {
    EXPECT_EQ(scores.find(name, "all").status, "undefined") << name;
    EXPECT_FALSE(scores.find(name, "all").value.has_value()) << name;
  }
}

TEST(ScoreMetrics, EveryMethodMeetsAllReals) {
  Scores scores = six_clips();
  scores.add(1, true, 0.0, "fsgan");
  EXPECT_EQ(scores.find("auc", "method=fsgan").value, 0);
  EXPECT_EQ(scores.find("auc", "method=fsgan").n, 4);
  EXPECT_NEAR(*scores.find("auc", "method=mesh_swap").value, 8.0 / 9, 1e-12);
}

TEST(ScoreMetrics, SmallSlicesOfPeopleAreListedWithoutNumbers) {
  EXPECT_EQ(six_clips().find("auc", "gender=f").status, "too_few");
  EXPECT_EQ(six_clips().find("auc", "gender=f").n_clusters, 1);
  EXPECT_EQ(many(40).find("auc", "gender=f").status, "ok");
}

TEST(ScoreMetrics, FramesOfAFakeOutsideItsSwapsAreReal) {
  Scores scores;
  scores.add(1, true, 0.5);
  const ArtifactId fake = scores.truth[0].artifact;
  for (const auto& [frame, p] : {std::pair(0, 0.1), {1, 0.9}, {2, 0.8}, {3, 0.2}}) {
    scores.rows.push_back({fake, frame, "ok", p});
  }
  EXPECT_EQ(scores.find("frame_auc", "all").value, 1);
}

}  // namespace
}  // namespace changeling
