#include "reports/renderers/svg_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

using testing::HasSubstr;
using testing::Not;

ReportMetric metric(const std::vector<double>& sorted) {
  ReportMetric metric;
  metric.name = "ssim_bg";
  metric.unit = "1";
  metric.clip_values = sorted;
  metric.spread = make_spread(sorted);
  metric.histogram = make_histogram(sorted);
  return metric;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(HistogramSvg, DrawsABarForEveryBinAndTheMeanWithItsInterval) {
  ReportMetric source = metric({0, 1, 2, 3, 4});
  EXPECT_EQ(count(histogram_svg(source), "class=\"bar\""), 5U);
  EXPECT_THAT(histogram_svg(source), Not(HasSubstr("class=\"mean\"")));
  source.mean = 2;
  source.low = 1;
  source.high = 3;
  EXPECT_THAT(histogram_svg(source), HasSubstr("class=\"mean\""));
  EXPECT_THAT(histogram_svg(source), HasSubstr("class=\"band\""));
}

TEST(HistogramSvg, TellsReadersWhoCannotSeeIt) {
  EXPECT_THAT(histogram_svg(metric({0, 1, 2})),
              HasSubstr("aria-label=\"Histogram of ssim_bg, 3 clips, 0 to 2, median 1\""));
}

TEST(SortedValuesSvg, MarksEveryClip) {
  EXPECT_EQ(count(sorted_values_svg(metric({0, 1, 5, 6})), "<circle"), 4U);
  EXPECT_EQ(count(sorted_values_svg(metric({7})), "<circle"), 1U);
}

TEST(SortedValuesSvg, OfManyClipsLeavesOutMarksThatHideBehindOthers) {
  std::vector<double> values(100'000, 1);
  values.front() = 0;
  EXPECT_LE(count(sorted_values_svg(metric(values)), "<circle"), 150U) << "cells of 2 px";
  const auto marks_with_tail = [&values](double last_but_one, double last) {
    values[99'998] = last_but_one;
    values[99'999] = last;
    return count(sorted_values_svg(metric(values)), "<circle");
  };
  EXPECT_EQ(marks_with_tail(2, 3), marks_with_tail(1, 3) + 1) << "each that stands apart is seen";
  EXPECT_THAT(sorted_values_svg(metric(values)), HasSubstr("cx=\"344.00\"")) << "the highest";
  EXPECT_THAT(sorted_values_svg(metric(values)), HasSubstr("100000 clips, lowest first"));
  values.resize(600);
  EXPECT_EQ(count(sorted_values_svg(metric(values)), "<circle"), 600U) << "all of so few";
}

TEST(ScatterSvg, LeavesOutMarksThatHideBehindOthers) {
  ComparisonModel model;
  model.sides.resize(2);
  model.sides[0].letter = "A";
  model.sides[1].letter = "B";
  ComparedMetric compared;
  for (int i = 0; i < 100'000; ++i) {
    ComparedClip& clip = compared.clips.emplace_back();
    clip.values = {1.0 * (i % 317), 1.0 * (i % 211)};
  }
  const std::size_t marks = count(scatter_svg(model, compared), "<circle");
  EXPECT_GT(marks, 5'000U);
  EXPECT_LE(marks, 150U * 150U) << "cells of 2 px";
  compared.clips.resize(500);
  EXPECT_EQ(count(scatter_svg(model, compared), "<circle"), 500U) << "all of so few";
}

TEST(SvgPlots, AreEmptyWithoutValues) {
  EXPECT_EQ(histogram_svg(metric({})), "");
  EXPECT_EQ(sorted_values_svg(metric({})), "");
}

}  // namespace
}  // namespace changeling
