#include "reports/model/gate_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "reports/model/metric_texts.h"

namespace changeling {
namespace {

using testing::HasSubstr;

PairedDelta delta(double value, double half_width, double p_holm = 0.001) {
  PairedDelta delta;
  delta.delta = value;
  delta.low = value - half_width;
  delta.high = value + half_width;
  delta.p_holm = p_holm;
  delta.tolerance = 0.01;
  delta.n_people = 40;
  delta.replicates = 2000;
  return delta;
}

Verdict verdict_of(PairedDelta delta, double coverage_gap = 0) {
  const GateRules rules;
  judge({coverage_gap, &rules}, delta);
  return *delta.verdict;
}

/// Why these tolerances are refused; empty = they are not.
std::string refusal(const std::vector<std::string>& texts) {
  try {
    (void)parse_tolerances(texts);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Judge, FailsWhatIsWorseThanTheToleranceBeyondChance) {
  EXPECT_EQ(verdict_of(delta(-0.03, 0.015)), Verdict::kFail);
  EXPECT_EQ(verdict_of(delta(-0.03, 0.015, 0.2)), Verdict::kWarn);  // not after Holm
}

TEST(Judge, SaysSoWhereNoPCouldBeSmallEnoughForAFail) {
  PairedDelta bad = delta(-0.03, 0.015, 0.06);
  bad.n_people = 10;
  bad.p_value = 0.006;  // of 2,000 replicates none
  const GateRules rules;
  judge({0, &rules, 8}, bad);
  EXPECT_EQ(bad.verdict, Verdict::kWarn);  // 2,000 replicates can fail one of eight
  judge({0, &rules, 9}, bad);
  EXPECT_EQ(bad.verdict, Verdict::kInconclusive);
  EXPECT_THAT(bad.note, HasSubstr("9 tests over 10 people need"));
  EXPECT_THAT(bad.note, HasSubstr("and this has 2000"));
  PairedDelta mild = delta(-0.015, 0.01, 0.06);
  mild.n_people = 10;
  judge({0, &rules, 9}, mild);
  EXPECT_EQ(mild.verdict, Verdict::kWarn);  // its interval alone says that it may be chance
}

TEST(Judge, AsksForNoMoreReplicatesWhereTheyWouldNotMakeAFail) {
  PairedDelta bad = delta(-0.03, 0.015, 0.18);
  bad.n_people = 10;
  bad.p_value = 0.02;  // of 2,000 replicates ten or so
  const GateRules rules;
  EXPECT_EQ(replicates_for_a_fail(bad, 9), 0);
  judge({0, &rules, 9}, bad);
  EXPECT_EQ(bad.verdict, Verdict::kWarn);
  EXPECT_THAT(bad.note, HasSubstr("may be chance"));
  bad.p_value = 0.006;
  EXPECT_GT(replicates_for_a_fail(bad, 9), 2000);
}

TEST(Judge, WarnsOfWhatMayBeChance) {
  EXPECT_EQ(verdict_of(delta(-0.015, 0.01)), Verdict::kWarn);
}

TEST(Judge, PassesSmallDifferencesAndImprovements) {
  EXPECT_EQ(verdict_of(delta(-0.005, 0.004)), Verdict::kPass);
  PairedDelta better = delta(0.05, 0.01);
  const GateRules rules;
  judge({0, &rules}, better);
  EXPECT_THAT(better.note, HasSubstr("Improved"));
}

TEST(Judge, IsInconclusiveWithoutAnIntervalWithAWideOneOrOtherCoverage) {
  PairedDelta few = delta(0, 0);
  few.low.reset();
  few.high.reset();
  few.p_holm.reset();
  EXPECT_EQ(verdict_of(few), Verdict::kInconclusive);
  EXPECT_EQ(verdict_of(delta(0, 0.021)), Verdict::kInconclusive);
  EXPECT_EQ(verdict_of(delta(0, 0.005), 0.03), Verdict::kInconclusive);
  PairedDelta nothing;
  nothing.tolerance = 0.01;
  EXPECT_EQ(verdict_of(nothing), Verdict::kInconclusive);
}

TEST(Worst, OrdersFailWarnInconclusivePass) {
  EXPECT_EQ(worst({}), Verdict::kPass);
  EXPECT_EQ(worst({Verdict::kPass, Verdict::kInconclusive}), Verdict::kInconclusive);
  EXPECT_EQ(worst({Verdict::kInconclusive, Verdict::kWarn}), Verdict::kWarn);
  EXPECT_EQ(worst({Verdict::kFail, Verdict::kWarn}), Verdict::kFail);
}

TEST(Tolerances, AreAbsoluteOrAShareOfTheMean) {
  const auto tolerances = parse_tolerances({"id_margin=0.01", "lmk_nme=1%"});
  EXPECT_DOUBLE_EQ(tolerances.at("id_margin").absolute(5), 0.01);
  EXPECT_DOUBLE_EQ(tolerances.at("lmk_nme").absolute(-5), 0.05);
}

TEST(Tolerances, RefuseWhatIsNoNumberAboveZero) {
  for (const char* text : {"id_margin", "id_margin=", "id_margin=x", "id_margin=0", "yield=-1",
                           "yield=1%%", "yield=inf"}) {
    EXPECT_THAT(refusal({text}), HasSubstr("with a number above 0")) << text;
  }
  EXPECT_THAT(refusal({"=1"}), HasSubstr("names no metric"));
  EXPECT_THAT(refusal({"yield=1", "yield=2"}), HasSubstr("for the second time"));
}

TEST(Tolerances, RefuseNamesThatNoRunCouldHaveMeasured) {
  EXPECT_THAT(refusal({"nonsense=1"}), HasSubstr("no metric 'nonsense'"));
  EXPECT_THAT(refusal({"lmk_mne=1%"}), HasSubstr("did you mean 'lmk_nme'?"));
  EXPECT_THAT(refusal({"detector_auk=0.01"}), HasSubstr("did you mean 'detector_auc'?"));
  EXPECT_NE(refusal({"detector_auc:meso@1=0.01"}), "");  // one rule for all detectors
}

TEST(Tolerances, OfDistancesOfWholeSetsAreRefusedWithTheReason) {
  EXPECT_THAT(refusal({"kid_dn121x=0.002"}), HasSubstr("one number of a whole set"));
  for (const std::string& name : gateable_metrics()) {
    EXPECT_EQ(refusal({name + "=0.01"}), "");
  }
}

}  // namespace
}  // namespace changeling
