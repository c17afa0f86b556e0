#include "evaluator/scores/fairness.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

using testing::HasSubstr;

ScoreItems items(const std::vector<double>& fakes, const std::vector<double>& reals) {
  ScoreItems result;
  for (const double p : fakes) {
    result.push_back({p, true, true, 1, nullptr});
  }
  for (const double p : reals) {
    result.push_back({p, true, false, 1, nullptr});
  }
  return result;
}

/// TPR 1/2, FPR 1/4 (0.5 is called fake), accuracy 5/8, positives 3/8.
ScoreItems harsh() {
  return items({0.9, 0.8, 0.4, 0.3}, {0.5, 0.2, 0.1, 0.1});
}

/// TPR 1, FPR 0, accuracy 1, positives 1/2.
ScoreItems kind() {
  return items({0.9, 0.9, 0.7, 0.6}, {0.1, 0.2, 0.3, 0.4});
}

TEST(FairnessGaps, AreThoseOfAHandCount) {
  const std::optional<FairnessGaps> gaps = fairness_gaps({{"a", harsh()}, {"b", kind()}});
  ASSERT_TRUE(gaps.has_value());  // over both: TPR 3/4, FPR 1/8
  EXPECT_DOUBLE_EQ(gaps->fpr, 1.0 / 8 + 1.0 / 8);
  EXPECT_DOUBLE_EQ(gaps->equal_odds, 1.0 / 4 + 1.0 / 4 + 1.0 / 4);
  EXPECT_DOUBLE_EQ(gaps->accuracy, 3.0 / 8);
  EXPECT_DOUBLE_EQ(gaps->parity, 1.0 / 8);
  EXPECT_DOUBLE_EQ(gaps->max_equal_odds, 1.0 / 2);
}

TEST(FairnessGaps, OfEqualGroupsAreZero) {
  const FairnessGaps gaps = fairness_gaps({{"a", harsh()}, {"b", harsh()}, {"c", harsh()}}).value();
  EXPECT_EQ(gaps.fpr, 0);
  EXPECT_EQ(gaps.equal_odds, 0);
  EXPECT_EQ(gaps.accuracy, 0);
  EXPECT_EQ(gaps.parity, 0);
  EXPECT_EQ(gaps.max_equal_odds, 0);
}

TEST(FairnessGaps, NeedTwoGroupsWithBothClasses) {
  EXPECT_FALSE(fairness_gaps({}).has_value());
  EXPECT_FALSE(fairness_gaps({{"a", harsh()}}).has_value());
  EXPECT_FALSE(fairness_gaps({{"a", harsh()}, {"b", items({0.9}, {})}}).has_value());
  EXPECT_FALSE(fairness_gaps({{"a", harsh()}, {"b", items({}, {0.9})}}).has_value());
}

/// A fake and a real clip of each of `n_people` per gender; their fakes get about these p.
class People {
 public:
  People(int n_people, double p_women, double p_men = 0.8) {
    for (int person = 0; person < 2 * n_people; ++person) {
      const bool is_woman = person % 2 == 0;
      const double wobble = 0.02 * (person / 2 % 7);
      add(person, is_woman, true, (is_woman ? p_women : p_men) + wobble);
      add(person, is_woman, false, 0.45 + wobble);
    }
  }

  [[nodiscard]] std::vector<ScoreMetric> metrics() const {
    return score_metrics(truth_, rows_, {"suite", 200});
  }

  [[nodiscard]] std::vector<AggregateRow> find(const std::string& name,
                                               const std::string& slice) const {
    std::vector<AggregateRow> found;
    for (const ScoreMetric& metric : metrics()) {
      if (metric.definition.name == "detector_" + name && metric.aggregate.slice == slice) {
        found.push_back(metric.aggregate);
      }
    }
    return found;
  }

 private:
  void add(int person, bool is_woman, bool is_fake, double p) {
    TruthClip clip;
    clip.artifact = ArtifactId{static_cast<std::int64_t>(truth_.size()) + 1};
    clip.is_fake = is_fake;
    clip.person = person;
    clip.slices = {{"gender", is_woman ? "f" : "m"}, {"age", "2"}};
    rows_.push_back({clip.artifact, -1, "ok", p});
    truth_.push_back(clip);
  }

  std::vector<TruthClip> truth_;
  std::vector<DetectorScoreRow> rows_;
};

TEST(FairnessMetrics, NameTheWorstGroupWithTheSlicesOwnNumbers) {
  const People people(20, 0.5);
  const AggregateRow worst = people.find("worst_auc", "groups=gender").front();
  const AggregateRow women = people.find("auc", "gender=f").front();
  EXPECT_EQ(worst.value, women.value);
  EXPECT_EQ(worst.ci_lo, women.ci_lo);
  EXPECT_EQ(worst.ci_hi, women.ci_hi);
  EXPECT_EQ(worst.n, 40);
  EXPECT_THAT(*worst.ci_method, HasSubstr("of gender=f"));
  const AggregateRow gap = people.find("auc_gap", "groups=gender").front();
  EXPECT_DOUBLE_EQ(*gap.value, *people.find("auc", "gender=m").front().value - *women.value);
  EXPECT_LT(0, *gap.ci_lo);
  EXPECT_LT(*gap.ci_lo, *gap.value);
  EXPECT_LT(*gap.value, *gap.ci_hi);
  EXPECT_THAT(*gap.ci_method, HasSubstr("gender=m less gender=f"));
}

TEST(FairnessMetrics, TheIntervalOfAGapThatMayBeChanceReachesBelowZero) {
  const AggregateRow gap = People(20, 0.5, 0.505).find("auc_gap", "groups=gender").front();
  EXPECT_EQ(gap.value, 0);  // their fakes lie between the same reals
  EXPECT_LT(*gap.ci_lo, 0);
  EXPECT_GT(*gap.ci_hi, 0);
}

TEST(FairnessMetrics, SumsAndMaximaOfGapsHaveNoInterval) {
  const People people(20, 0.4);
  for (const char* name : {"f_fpr", "f_eo", "f_oae", "f_dp", "f_meo"}) {
    const AggregateRow row = people.find(name, "groups=gender").front();
    EXPECT_EQ(row.status, "ok") << name;
    EXPECT_TRUE(row.value.has_value()) << name;
    EXPECT_FALSE(row.ci_lo.has_value()) << name;
    EXPECT_EQ(row.n_clusters, 40) << name;
  }
}

TEST(FairnessMetrics, AreTooFewBelowTenPeopleOfAGroupAndAbsentForOneGroup) {
  const People few(9, 0.5);
  const AggregateRow gap = few.find("auc_gap", "groups=gender").front();
  EXPECT_EQ(gap.status, "too_few");
  EXPECT_FALSE(gap.value.has_value() || gap.ci_lo.has_value());
  EXPECT_EQ(gap.n, 36);
  EXPECT_TRUE(few.find("f_fpr", "groups=gender").empty());
  EXPECT_TRUE(People(20, 0.5).find("auc_gap", "groups=age").empty());  // all of one age
}

}  // namespace
}  // namespace changeling
