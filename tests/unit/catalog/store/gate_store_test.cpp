#include "catalog/store/gate_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/audit_log.h"
#include "tests/unit/catalog/store/catalog_fixture.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class GateStoreTest : public CatalogTest {
 protected:
  std::string ended_run(const std::optional<std::string>& suite, const std::string& status = "ok") {
    RunRow run;
    run.kind = "generate";
    run.suite = suite;
    run.git_commit = "0";
    run.config_sha256 = sha256("config");
    run.config_json = "{}";
    run.host = "h";
    run.env_json = "{}";
    const std::string run_id = catalog_.runs.begin(run);
    catalog_.runs.finish(run_id, status);
    return run_id;
  }

  GateResultRow result(const std::string& run, const std::string& baseline,
                       const std::string& verdict) {
    MetricDefRow metric;
    metric.name = "id_margin";
    metric.unit = "1";
    metric.direction = "up";
    metric.level = "clip";
    GateResultRow row;
    row.run_id = run;
    row.baseline_run = baseline;
    row.metric_id = catalog_.scores.ensure_metric(metric);
    row.delta = -0.02;
    row.delta_lo = -0.03;
    row.delta_hi = -0.01;
    row.mde = 0.01;
    row.p_holm = 0.002;
    row.tolerance = 0.005;
    row.verdict = verdict;
    return row;
  }

  GateStore gates_{catalog_.database};
};

TEST_F(GateStoreTest, KeepsVerdictsAndLogsThem) {
  const std::string a = ended_run("s");
  const std::string b = ended_run("s");
  gates_.record("nightly", {result(b, a, "fail")}, R"({"replicates":2000})");
  const std::vector<GateResultRow> rows = gates_.results(b);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].baseline_run, a);
  EXPECT_EQ(rows[0].delta_hi, -0.01);
  EXPECT_EQ(rows[0].verdict, "fail");
  EXPECT_TRUE(gates_.results(a).empty());
  EXPECT_TRUE(AuditLog(catalog_.database).head().has_value());
}

TEST_F(GateStoreTest, ARepeatedGateReplacesItsRows) {
  const std::string a = ended_run("s");
  const std::string b = ended_run("s");
  const std::string other = ended_run("s");
  gates_.record("me", {result(b, a, "fail")}, "{}");
  gates_.record("me", {result(other, a, "warn")}, "{}");
  gates_.record("me", {result(b, a, "pass")}, "{}");
  ASSERT_EQ(gates_.results(b).size(), 1U);
  EXPECT_EQ(gates_.results(b)[0].verdict, "pass");
  gates_.record("me", {result(b, other, "warn")}, "{}");  // against another baseline
  ASSERT_EQ(gates_.results(b).size(), 1U);
  EXPECT_EQ(gates_.results(b)[0].baseline_run, other);
  EXPECT_EQ(gates_.results(other).size(), 1U);
  EXPECT_TRUE(AuditLog(catalog_.database).verify().empty());
}

TEST_F(GateStoreTest, TheNewestBaselineCounts) {
  const std::string a = ended_run("s");
  const std::string b = ended_run("s");
  EXPECT_FALSE(gates_.baseline("s").has_value());
  gates_.set_baseline("s", a, "ann", "first");
  gates_.set_baseline("s", b, "bob", "better blending");
  EXPECT_EQ(gates_.baseline("s")->run_id, b);
  EXPECT_EQ(gates_.baseline("s")->approved_by, "bob");
  EXPECT_EQ(gates_.baselines().size(), 2U);
  EXPECT_FALSE(gates_.baseline("t").has_value());
}

TEST_F(GateStoreTest, TheLastSetBaselineCountsAlsoAfterTheClockWasSetBack) {
  const std::string a = ended_run("s");
  const std::string b = ended_run("s");
  catalog_.database.connection().exec(
      "INSERT INTO baseline VALUES('s','2099-12-31T23:59:59.999999Z','" + a + "','ann','first')");
  gates_.set_baseline("s", b, "bob", "better blending");
  EXPECT_EQ(gates_.baseline("s")->run_id, b);
  EXPECT_EQ(gates_.baseline("s")->effective_from, "2100-01-01T00:00:00.000000Z");
  gates_.set_baseline("s", a, "ann", "back again");
  EXPECT_EQ(gates_.baseline("s")->run_id, a);
}

TEST_F(GateStoreTest, RefusesABaselineThatIsNotSound) {
  const std::string good = ended_run("s");
  const std::string failing = ended_run("s");
  gates_.record("me", {result(failing, good, "fail")}, "{}");
  const auto refusal = [&](const std::string& run) {
    std::string message;
    EXPECT_EQ(kind_thrown_by([&] { gates_.set_baseline("s", run, "me", "r"); }, &message),
              ErrorKind::kConfig);
    return message;
  };
  EXPECT_THAT(refusal(ended_run("s", "partial")), HasSubstr("ended as 'partial'"));
  EXPECT_THAT(refusal(ended_run("t")), HasSubstr("belongs to suite 't'"));
  EXPECT_THAT(refusal(ended_run({})), HasSubstr("belongs to no suite"));
  EXPECT_THAT(refusal(failing), HasSubstr("failing verdict"));
  EXPECT_THAT(refusal("nothing"), HasSubstr("no run nothing"));
  EXPECT_TRUE(gates_.baselines().empty());
}

}  // namespace
}  // namespace changeling
