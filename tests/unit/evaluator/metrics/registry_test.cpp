#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "evaluator/metrics/auto_reject.h"
#include "evaluator/metrics/metric.h"
#include "evaluator/metrics/sampling.h"
#include "evaluator/metrics/set_metric.h"

namespace changeling {
namespace {

std::string table_row(const MetricInfo& info) {
  return "| `" + info.name + "` | " + std::to_string(info.version) + " | " + info.unit + " | " +
         std::string(to_string(info.direction)) + " | " + std::string(to_string(info.level)) +
         " | " + info.sampling + " | " + (info.scorer.empty() ? "-" : info.scorer) + " |";
}

TEST(MetricRegistry, ReadmeTableListsTheMetricsInOrder) {
  std::ifstream readme(CHANGELING_SOURCE_DIR "/evaluator/metrics/README.md");
  ASSERT_TRUE(readme.is_open());
  std::vector<std::string> documented;
  for (std::string line; std::getline(readme, line);) {
    if (line.rfind("| `", 0) == 0) {
      documented.push_back(line);
    }
  }
  std::vector<std::string> registered;
  for (const std::unique_ptr<Metric>& metric : builtin_metrics()) {
    registered.push_back(table_row(metric->info()));
  }
  for (const SetMetric& metric : builtin_set_metrics()) {
    registered.push_back(table_row(metric.info));
  }
  registered.push_back(table_row(small_set_metric().info));
  registered.push_back(table_row(auto_reject_info({})));
  EXPECT_EQ(documented, registered);
}

TEST(MetricRegistry, NamesAreUniqueIdentifiers) {
  std::set<std::string> names;
  for (const std::unique_ptr<Metric>& metric : builtin_metrics()) {
    const std::string name = metric->info().name;
    EXPECT_TRUE(std::regex_match(name, std::regex("[a-z][A-Za-z0-9_]*"))) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(MetricRegistry, EveryMetricSaysWhatFixesItsNumber) {
  for (const std::unique_ptr<Metric>& metric : builtin_metrics()) {
    const MetricInfo info = metric->info();
    EXPECT_GE(info.version, 1) << info.name;
    EXPECT_FALSE(info.unit.empty()) << info.name;
    EXPECT_FALSE(info.definition.empty()) << info.name;
    EXPECT_NE(info.params_json.find("\"sampling\":\"" + info.sampling + "\""), std::string::npos)
        << info.name;
    EXPECT_EQ(info.params_json.front(), '{') << info.name;
    EXPECT_EQ(info.params_json.back(), '}') << info.name;
    if (info.level == MetricLevel::kFrame) {
      EXPECT_FALSE(sample_frames(info.sampling, 100).empty()) << info.name;
    }
  }
}

TEST(MetricRegistry, EmptyClipHasNoFrameSamples) {
  for (const std::unique_ptr<Metric>& metric : builtin_metrics()) {
    const bool is_frame = metric->info().level == MetricLevel::kFrame;
    EXPECT_EQ(metric->begin({})->finish().size(), is_frame ? 0U : 1U) << metric->info().name;
  }
}

TEST(MetricRegistry, ClipThatCannotBeDecodedHasAReasonAndNoValue) {
  for (const std::unique_ptr<Metric>& metric : builtin_metrics()) {
    if (metric->info().level != MetricLevel::kClip) {
      continue;
    }
    const std::unique_ptr<MetricAccumulator> accumulator = metric->begin({});
    for (std::int64_t i = 0; i < 5; ++i) {
      FrameSample frame;
      frame.frame_index = i;
      accumulator->observe(frame);
    }
    const std::vector<Sample> samples = accumulator->finish();
    ASSERT_EQ(samples.size(), 1U) << metric->info().name;
    EXPECT_EQ(samples[0].frame, -1) << metric->info().name;
    EXPECT_NE(samples[0].status, SampleStatus::kOk) << metric->info().name;
  }
}

TEST(MetricRegistry, UndecodedFrameIsADecodeError) {
  for (const std::unique_ptr<Metric>& metric : builtin_metrics()) {
    if (metric->info().level != MetricLevel::kFrame) {
      continue;
    }
    const std::unique_ptr<MetricAccumulator> accumulator = metric->begin({});
    FrameSample frame;
    frame.frame_index = 17;
    accumulator->observe(frame);
    const std::vector<Sample> samples = accumulator->finish();
    ASSERT_EQ(samples.size(), 1U) << metric->info().name;
    EXPECT_EQ(samples[0].status, SampleStatus::kDecodeError) << metric->info().name;
    EXPECT_EQ(samples[0].frame, 17) << metric->info().name;
  }
}

}  // namespace
}  // namespace changeling
