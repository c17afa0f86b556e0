#include "evaluator/metrics/set_metric.h"

#include <set>

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluator/metrics/feature_distance.h"

namespace changeling {
namespace {

/// Rows 0, 1, 2, ... in the first of three columns.
at::Tensor counting_rows(std::int64_t n) {
  return at::stack({at::arange(n, at::kFloat), at::ones({n}), at::zeros({n})}, 1);
}

TEST(SetMetrics, SayWhatFixesTheirNumbers) {
  std::set<std::string> names;
  for (const SetMetric& metric : builtin_set_metrics()) {
    EXPECT_TRUE(names.insert(metric.info.name).second);
    EXPECT_EQ(metric.info.level, MetricLevel::kSet);
    const bool is_inception = metric.info.name.find("iv3n") != std::string::npos;
    EXPECT_EQ(metric.info.scorer, is_inception ? "feat_iv3n" : "feat_dn121x");
    EXPECT_EQ(metric.info.params_json.front(), '{');
    EXPECT_EQ(metric.info.params_json.back(), '}');
    EXPECT_THAT(metric.info.params_json, ::testing::HasSubstr("\"sampling\":\"even10\""));
    EXPECT_GE(metric.rows_needed, 1000);
  }
  EXPECT_EQ(names.count("kid_dn121x"), 1U);
  EXPECT_EQ(names.count("fd_iv3n_5000"), 1U);
}

TEST(SetMetrics, KernelMetricIsTheKernelDistance) {
  const SetMetric metric = make_kernel_metric("kid_stub", "stub", 10, 20);
  EXPECT_EQ(metric.rows_needed, 20);
  const FeatureSets sets{counting_rows(40), counting_rows(30) + 3};
  const SetValue value = metric.measure(sets);
  EXPECT_EQ(value.value, kernel_distance(sets.real, sets.fake, {10, 20, 0}).mean);
  EXPECT_THAT(value.note, ::testing::HasSubstr("standard deviation"));
}

TEST(SetMetrics, FrechetMetricTakesEvenlySpreadRows) {
  const SetMetric metric = make_frechet_metric("fd_stub_10", "stub", 10);
  FeatureMoments tens(3);
  tens.add(counting_rows(10) * 10 + at::tensor({5.0F, -9.0F, 0.0F}));  // rows 5, 15, ... 95
  const FeatureSets sets{counting_rows(100), counting_rows(100)};
  EXPECT_NEAR(metric.measure(sets).value, 0, 1e-6);
  const FeatureSets shifted{counting_rows(100),
                            counting_rows(10) * 10 + at::tensor({7.0F, -9.0F, 0.0F})};
  EXPECT_NEAR(metric.measure(shifted).value, 4, 1e-6);  // the same spread, 2 further
}

}  // namespace
}  // namespace changeling
