#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/store/gate_store.h"
#include "common/base/error.h"
#include "reports/model/run_data.h"
#include "reports/model/trend_model.h"
#include "reports/renderers/html_renderer.h"
#include "reports/renderers/json_renderer.h"
#include "reports/renderers/markdown_renderer.h"
#include "tests/support/peak_memory.h"
#include "tests/support/simulated_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SimulatedRun run_of(const std::string& suite, char commit) {
  SimulatedRun run;
  run.suite = suite;
  run.commit = std::string(40, commit);
  return run;
}

class Trend : public testing::Test {
 protected:
  TempDir folder_;
  SimulatedCatalog catalog_{folder_.path(), 12, 20};
};

TEST_F(Trend, ListsTheRunsOfASuiteWithWhatChanged) {
  const std::string first = catalog_.add_run(run_of("nightly", 'a'));
  catalog_.add_run(run_of("other", 'a'));
  catalog_.add_run(run_of("nightly", 'a'));
  catalog_.add_run(run_of("nightly", 'b'));
  GateStore(catalog_.database()).set_baseline("nightly", first, "me", "first");
  const TrendModel model = build_trend(catalog_.database(), "nightly", 100);
  ASSERT_EQ(model.runs.size(), 3U);
  EXPECT_TRUE(model.runs[0].is_baseline);
  EXPECT_TRUE(model.runs[1].marks.empty());
  EXPECT_THAT(model.runs[2].marks, ElementsAre("commit"));
  EXPECT_EQ(model.metrics.front().name, "coverage");
  for (const TrendMetric& metric : model.metrics) {
    ASSERT_EQ(metric.series.size(), 1U);
    EXPECT_EQ(metric.series[0].values.size(), 3U);
  }
}

TEST_F(Trend, KeepsGapsWhereAMethodDidNotRun) {
  catalog_.add_run(run_of("s", 'a'));
  SimulatedRun both = run_of("s", 'b');
  both.methods = {"fsgan", "mesh_swap"};
  catalog_.add_run(both);
  const TrendModel model = build_trend(catalog_.database(), "s", 100);
  for (const TrendSeries& series : model.metrics.front().series) {
    EXPECT_EQ(series.values[0].mean.has_value(), series.method == "mesh_swap");
    EXPECT_TRUE(series.values[1].mean.has_value());
  }
}

TEST_F(Trend, ShowsTheBaselinesOfTheNewestRun) {
  catalog_.add_run(run_of("s", 'a'));
  catalog_.add_run(run_of("s", 'b'));
  const TrendModel model = build_trend(catalog_.database(), "s", 100);
  const auto ssim = std::find_if(model.metrics.begin(), model.metrics.end(),
                                 [](const TrendMetric& row) { return row.name == "ssim_bg"; });
  ASSERT_NE(ssim, model.metrics.end());
  ASSERT_EQ(ssim->baselines.size(), 1U);
  EXPECT_EQ(ssim->baselines.front().name, "copy_target");
  EXPECT_NEAR(*ssim->baselines.front().mean, *ssim->series.front().values.back().mean - 1, 0.02);
  EXPECT_THAT(render_html(model), HasSubstr("<h2 id=\"means\">"));
  EXPECT_THAT(render_html(model), HasSubstr("<details id=\"q-intervals\">"));
  EXPECT_THAT(render_markdown(model), HasSubstr("## Means and baselines"));
  EXPECT_THAT(render_json(model), HasSubstr("\"baselines\""));
}

TEST_F(Trend, ShowsDistancesOfWholeSets) {
  SimulatedRun run = run_of("s", 'a');
  run.set_values = {{"kid_dn121x", 0.0125}};
  catalog_.add_run(run);
  catalog_.add_run(run_of("s", 'b'));  // too few faces: nothing stored
  const TrendModel model = build_trend(catalog_.database(), "s", 100);
  const auto distance =
      std::find_if(model.metrics.begin(), model.metrics.end(),
                   [](const TrendMetric& row) { return row.name == "kid_dn121x"; });
  ASSERT_NE(distance, model.metrics.end());
  const std::vector<SideMetric>& values = distance->series.front().values;
  EXPECT_EQ(values[0].mean, 0.0125);
  EXPECT_EQ(values[0].n_clips, kSimulatedFaces);
  EXPECT_FALSE(values[1].mean.has_value());
  EXPECT_THAT(render_markdown(model), HasSubstr("| coverage | faces | people |"));
  EXPECT_THAT(render_html(model), HasSubstr("Number of faces"));
}

TEST_F(Trend, RendersTheSameBytesEveryTime) {
  catalog_.add_run(run_of("s", 'a'));
  const TrendModel model = build_trend(catalog_.database(), "s", 100);
  EXPECT_EQ(render_json(model), render_json(build_trend(catalog_.database(), "s", 100)));
  EXPECT_THAT(render_html(model), HasSubstr("data-kind=\"trend\""));
  EXPECT_THAT(render_markdown(model), HasSubstr("## ssim_bg@1"));
}

TEST_F(Trend, RefusesASuiteWithoutRuns) {
  EXPECT_THROW((void)build_trend(catalog_.database(), "none"), Error);
}

/// Bytes above `before` that `work` needs at most.
template <typename Work>
std::int64_t growth(std::int64_t before, const Work& work) {
  (void)reset_peak_memory();
  work();
  return peak_memory_bytes() - before;
}

TEST(TrendMemory, HoldsTheJobsOfOneRunAtATime) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "freed memory stays resident for a while";
#endif
  constexpr std::int64_t kBytesOfARun = 6'000'000;  // 1,500 jobs with nine values each
  const TempDir folder;
  SimulatedCatalog catalog(folder.path(), 60, 1500);
  std::vector<std::string> runs;
  for (const char commit : {'a', 'b', 'c'}) {
    runs.push_back(catalog.add_run(run_of("s", commit)));
  }
  for (const std::string& run : runs) {  // fills SQLite's cache
    (void)read_run_data(catalog.database(), run);
  }
  if (!reset_peak_memory()) {
    GTEST_SKIP() << "/proc/self/clear_refs cannot be written";
  }
  const std::int64_t before = peak_memory_bytes();
  const std::int64_t of_one =
      growth(before, [&] { (void)read_run_data(catalog.database(), runs.back()); });
  const std::int64_t of_all =
      growth(before, [&] { EXPECT_EQ(build_trend(catalog.database(), "s", 5).runs.size(), 3U); });
  EXPECT_LT(of_all, of_one + kBytesOfARun / 2);
}

}  // namespace
}  // namespace changeling
