#include "evaluator/metrics/auto_reject.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace changeling {
namespace {

/// A good fake: every rule is judged, none rejects.
std::vector<RuleInput> good() {
  return {{0.3, {}}, {4, {}}, {0.95, {}}, {1.1, {}}, {0.2, 0.1}};
}

/// What the start values say of a good fake with one other value.
int verdict_with(int rule, double value) {
  std::vector<RuleInput> inputs = good();
  inputs[static_cast<std::size_t>(rule - 1)].value = value;
  return judge_clip(reject_rules({}), inputs).rule;
}

TEST(AutoReject, KeepsAGoodFake) {
  const RejectVerdict verdict = judge_clip(reject_rules({}), good());
  EXPECT_EQ(verdict.rule, 0);
  EXPECT_EQ(verdict.n_judged(), 5U);
}

TEST(AutoReject, AMarginOfZeroIsNotTheSource) {
  EXPECT_EQ(verdict_with(1, 0), 1);
  EXPECT_EQ(verdict_with(1, -0.1), 1);
  EXPECT_EQ(verdict_with(1, 1e-9), 0);
}

TEST(AutoReject, FifteenDegreesAreKept) {
  EXPECT_EQ(verdict_with(2, 15), 0);
  EXPECT_EQ(verdict_with(2, 15.001), 2);
}

TEST(AutoReject, EightyPercentOfTheFramesAreKept) {
  EXPECT_EQ(verdict_with(3, 0.8), 0);
  EXPECT_EQ(verdict_with(3, 8.0 / 10), 0);
  EXPECT_EQ(verdict_with(3, 0.7999), 3);
}

TEST(AutoReject, BothEndsOfTheSeamsRangeAreKept) {
  EXPECT_EQ(verdict_with(4, 0.5), 0);
  EXPECT_EQ(verdict_with(4, 2), 0);
  EXPECT_EQ(verdict_with(4, 0.499), 4);
  EXPECT_EQ(verdict_with(4, 2.001), 4);
}

TEST(AutoReject, ThreeMediansOfJitterAreKept) {
  std::vector<RuleInput> inputs = good();
  inputs[4] = {0.75, 0.25};
  EXPECT_EQ(judge_clip(reject_rules({}), inputs).rule, 0);
  inputs[4] = {0.7501, 0.25};
  EXPECT_EQ(judge_clip(reject_rules({}), inputs).rule, 5);
}

TEST(AutoReject, NoMedianAboveZeroJudgesNoJitter) {
  for (const double median : {0.0, -0.2}) {
    std::vector<RuleInput> inputs = good();
    inputs[4] = {9, median};
    const RejectVerdict verdict = judge_clip(reject_rules({}), inputs);
    EXPECT_EQ(verdict.rule, 0) << median;
    EXPECT_FALSE(verdict.is_judged[4]) << median;
  }
}

TEST(AutoReject, TheFirstRuleThatRejectsCounts) {
  const std::vector<RuleInput> inputs = {{0.3, {}}, {20, {}}, {0.1, {}}, {9, {}}, {1, 0.1}};
  EXPECT_EQ(judge_clip(reject_rules({}), inputs).rule, 2);
}

TEST(AutoReject, AMissingValueDoesNotRejectAndIsTold) {
  std::vector<RuleInput> inputs = {{{}, {}}, {20, {}}, {{}, {}}, {1, {}}, {{}, 0.1}};
  const RejectVerdict verdict = judge_clip(reject_rules({}), inputs);
  EXPECT_EQ(verdict.rule, 2);
  EXPECT_EQ(verdict.is_judged, (std::vector<bool>{false, true, false, true, false}));
  EXPECT_EQ(verdict.n_judged(), 2U);
  inputs.assign(5, {});
  EXPECT_EQ(judge_clip(reject_rules({}), inputs).rule, 0);
  EXPECT_EQ(judge_clip(reject_rules({}), inputs).n_judged(), 0U);
}

TEST(AutoReject, AMarginSaysNothingOfAPersonWithThemselves) {
  std::vector<RuleInput> inputs = good();
  inputs[0].value = 0;
  const RejectVerdict self = judge_clip(reject_rules({}), inputs, {true, false});
  EXPECT_EQ(self.rule, 0);
  EXPECT_EQ(self.is_judged, (std::vector<bool>{false, true, true, true, true}));
  EXPECT_EQ(judge_clip(reject_rules({}), inputs, {false, true}).rule, 1);
}

TEST(AutoReject, CoverageSaysNothingOfAFakeInParts) {
  std::vector<RuleInput> inputs = good();
  inputs[2].value = 0.2;
  const RejectVerdict partial = judge_clip(reject_rules({}), inputs, {false, true});
  EXPECT_EQ(partial.rule, 0);
  EXPECT_EQ(partial.is_judged, (std::vector<bool>{true, true, false, true, true}));
  EXPECT_EQ(judge_clip(reject_rules({}), inputs, {true, false}).rule, 3);
}

TEST(AutoReject, LimitsAreSettings) {
  RejectLimits limits;
  limits.pose_deg = 3;
  EXPECT_EQ(judge_clip(reject_rules(limits), good()).rule, 2);
}

TEST(AutoReject, DefinitionTellsRulesLimitsAndVersions) {
  const nlohmann::json params = nlohmann::json::parse(auto_reject_info({}).params_json);
  const nlohmann::json rules = params.at("rules");
  ASSERT_EQ(rules.size(), 5U);
  EXPECT_EQ(rules[0].at("rejects"), "id_margin <= 0");
  EXPECT_EQ(rules[1].at("rejects"), "pose_l2_deg > 15");
  EXPECT_EQ(rules[2].at("rejects"), "coverage < 0.8");
  EXPECT_EQ(rules[3].at("rejects"), "seam_ratio < 0.5 or > 2");
  EXPECT_EQ(rules[4].at("rejects"), "lmk_jitter_excess > 3 x median of the method");
  EXPECT_EQ(rules[3].at("limits"), nlohmann::json({{"below", 0.5}, {"above", 2.0}}));
  EXPECT_EQ(rules[4].at("rule"), 5);
  EXPECT_EQ(rules[0].at("spares"), nlohmann::json({"source and target are one person"}));
  EXPECT_EQ(rules[2].at("spares").size(), 1U);
  EXPECT_TRUE(rules[1].at("spares").empty());
  EXPECT_EQ(rules[3].at("version"), 1);
  EXPECT_EQ(rules[4].at("version"), 2);
  RejectLimits nearly;
  nearly.coverage = 0.80000001;  // the sentence is rounded, the limit is not
  EXPECT_NE(auto_reject_info(nearly).params_json, auto_reject_info({}).params_json);
}

}  // namespace
}  // namespace changeling
