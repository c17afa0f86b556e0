// Metrics of whole sets of fakes in an evaluation.
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

TEST(EvaluationSets, SetMetricsSeeTheFakesOfAMethodAndTheirTargets) {
  FinishedRun run({"copy", "mesh_swap"});
  const EvaluationSummary summary =
      run.evaluate_sets({make_frechet_metric("fd_stub_20", "feat_dn121x", 20),
                         make_frechet_metric("fd_stub_21", "feat_dn121x", 21)});
  const std::map<std::string, AggregateRow> enough = slices_of(run, summary, "fd_stub_20");
  ASSERT_EQ(enough.size(), 2U);
  const AggregateRow& copy = enough.at("method=copy");
  EXPECT_EQ(copy.n, 20);  // ten faces of two fakes
  EXPECT_EQ(copy.n_clusters, 2);
  EXPECT_EQ(copy.coverage, 1);
  EXPECT_LT(*copy.value, 300);  // the target's colours, but for the codec
  EXPECT_GT(*enough.at("method=mesh_swap").value, 1000);
  EXPECT_EQ(slices_of(run, summary, "fd_stub_21").at("method=mesh_swap").status, "too_few");
}

/// Counts the faces that it is asked about.
class CountingFeatureMeter final : public FeatureMeter {
 public:
  explicit CountingFeatureMeter(std::size_t& faces) : faces_(faces) {}

  at::Tensor features(const std::string& net, const std::vector<FeatureQuery>& queries) override {
    faces_ += queries.size();
    return colors_.features(net, queries);
  }

 private:
  ColorFeatureMeter colors_;
  std::size_t& faces_;
};

TEST(EvaluationSets, FeaturesOfATargetAreTakenOnceForAllMethods) {
  FinishedRun run({"copy", "mesh_swap"});
  std::size_t faces = 0;
  EvaluationHooks hooks = FinishedRun::default_hooks();
  hooks.make_feature_meter = [&] { return std::make_unique<CountingFeatureMeter>(faces); };
  const EvaluationSummary summary =
      run.evaluate_sets({make_frechet_metric("fd_stub_20", "feat_dn121x", 20)}, 0, hooks);
  EXPECT_EQ(faces, 4U * 10 + 2U * 10);  // four fakes, two targets
  EXPECT_EQ(slices_of(run, summary, "fd_stub_20").at("method=mesh_swap").n, 20);
}

TEST(EvaluationSets, TheTargetsAgainstThemselvesAnchorASetMetric) {
  FinishedRun run;
  const EvaluationSummary summary =
      run.evaluate_sets({make_frechet_metric("fd_stub_20", "feat_dn121x", 20),
                         make_frechet_metric("fd_stub_21", "feat_dn121x", 21)},
                        1);
  const AggregateRow row = slices_of(run, summary, "fd_stub_20").at("baseline=copy_target");
  EXPECT_EQ(row.n, 20);
  EXPECT_NEAR(*row.value, 0, 1e-6);
  EXPECT_EQ(slices_of(run, summary, "fd_stub_21").at("baseline=copy_target").status, "too_few");
}

TEST(EvaluationSets, SetMetricCountsWhatItCouldNotSee) {
  FinishedRun run;
  std::filesystem::remove(run.artifact_file(0, "fake_video"));
  const EvaluationSummary summary =
      run.evaluate_sets({make_frechet_metric("fd_stub_10", "feat_dn121x", 10)});
  const AggregateRow row = slices_of(run, summary, "fd_stub_10").at("method=mesh_swap");
  EXPECT_EQ(row.status, "ok");
  EXPECT_EQ(row.n, 10);
  EXPECT_EQ(row.coverage, 0.5);
}

}  // namespace
}  // namespace changeling
