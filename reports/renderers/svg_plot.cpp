#include "reports/renderers/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/model/metric_texts.h"
#include "reports/model/number_format.h"

namespace changeling {
namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 150;
constexpr double kLeft = 44;
constexpr double kRight = 10;
constexpr double kTop = 12;
constexpr double kBottom = 26;

/// Coordinates with two decimals: equal bytes for equal values.
std::string px(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
}

/// Method names are free text.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    result += letter == '&'   ? "&amp;"
              : letter == '<' ? "&lt;"
              : letter == '"' ? "&quot;"
                              : std::string(1, letter);
  }
  return result;
}

/// Maps a value range onto a pixel range.
struct Axis {
  double low, high, from_px, to_px;

  [[nodiscard]] double at(double value) const {
    const double share = high > low ? (value - low) / (high - low) : 0.5;
    return from_px + std::clamp(share, 0.0, 1.0) * (to_px - from_px);
  }
};

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return "<line class=\"" + std::string(style) + "\" x1=\"" + px(x1) + "\" y1=\"" + px(y1) +
         "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) + "\"/>";
}

std::string rectangle(double x, double y, double width, double height, const char* style) {
  return "<rect class=\"" + std::string(style) + "\" x=\"" + px(x) + "\" y=\"" + px(y) +
         "\" width=\"" + px(std::max(0.0, width)) + "\" height=\"" + px(std::max(0.0, height)) +
         "\"/>";
}

std::string text(double x, double y, const char* anchor, const std::string& content) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(content) + "</text>";
}

std::string begin(const std::string& label, double height = kHeight) {
  return "<svg viewBox=\"0 0 360 " + std::to_string(static_cast<int>(height)) +
         "\" role=\"img\" aria-label=\"" + escaped(label) + "\">";
}

std::string circle(double x, double y, const std::string& style) {
  return "<circle class=\"" + style + "\" cx=\"" + px(x) + "\" cy=\"" + px(y) + "\" r=\"2.5\"/>";
}

/// Marks are 5 px wide: of more in a plot those that hide behind others are left out.
constexpr std::size_t kManyMarks = 600;

/// Places that have a mark already, where there are too many marks to draw those that hide behind
/// others.
class TakenPlaces {
 public:
  explicit TakenPlaces(std::size_t n_marks) : is_crowded_(n_marks > kManyMarks) {}

  /// True when a mark there would be seen; then it is there.
  bool take(std::size_t series, double x, double y) {
    constexpr double kCell = 2;  // px, less than half a mark
    return !is_crowded_ || taken_
                               .emplace(series, static_cast<int>(std::floor(x / kCell)),
                                        static_cast<int>(std::floor(y / kCell)))
                               .second;
  }

 private:
  bool is_crowded_;
  std::set<std::tuple<std::size_t, int, int>> taken_;
};

/// The range of some values, widened by a twentieth on each side.
struct Range {
  double low = 1e300;
  double high = -1e300;

  void add(const std::optional<double>& value) {
    if (value) {
      low = std::min(low, *value);
      high = std::max(high, *value);
    }
  }

  [[nodiscard]] bool is_empty() const { return low > high; }

  [[nodiscard]] Axis axis(double from_px, double to_px) const {
    const double margin = high > low ? (high - low) / 20 : std::max(1e-6, std::abs(low) / 20);
    return {low - margin, high + margin, from_px, to_px};
  }
};

/// Colours of columns and methods repeat after six; labels tell them apart, too.
std::string series_class(std::size_t index) {
  return "s" + std::to_string(index % 6);
}

/// What a reader who cannot see the picture is told.
std::string summary_of(const ReportMetric& metric) {
  return metric.name + ", " + std::to_string(metric.clip_values.size()) + " clips, " +
         format_number(metric.spread.min) + " to " + format_number(metric.spread.max) +
         ", median " + format_number(metric.spread.p50);
}

std::string horizontal_labels(const Axis& x, const std::string& unit) {
  const double y = kHeight - 8;
  return text(x.from_px, y, "start", format_number(x.low)) +
         text((x.from_px + x.to_px) / 2, y, "middle", unit) +
         text(x.to_px, y, "end", format_number(x.high));
}

/// Short enough for the margin.
std::string tick(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", value);
  return text;
}

}  // namespace

std::string histogram_svg(const ReportMetric& metric) {
  const Histogram& histogram = metric.histogram;
  if (histogram.counts.empty()) {
    return "";
  }
  const std::int64_t top = *std::max_element(histogram.counts.begin(), histogram.counts.end());
  const Axis x{histogram.low, histogram.high, kLeft, kWidth - kRight};
  const Axis y{0, static_cast<double>(top), kHeight - kBottom, kTop};
  std::string svg = begin("Histogram of " + summary_of(metric));
  if (metric.low && metric.high) {
    const double left = x.at(*metric.low);
    svg += rectangle(left, kTop, x.at(*metric.high) - left, y.from_px - kTop, "band");
  }
  const double bin = (x.to_px - x.from_px) / static_cast<double>(histogram.counts.size());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double bar_top = y.at(static_cast<double>(histogram.counts[i]));
    svg += rectangle(x.from_px + static_cast<double>(i) * bin + 0.5, bar_top, bin - 1,
                     y.from_px - bar_top, "bar");
  }
  svg += line(x.from_px, y.from_px, x.to_px, y.from_px, "axis");
  if (metric.mean) {
    svg += line(x.at(*metric.mean), kTop, x.at(*metric.mean), y.from_px, "mean");
  }
  svg += text(kLeft - 6, y.to_px + 4, "end", std::to_string(top)) +
         text(kLeft - 6, y.from_px, "end", "0") + horizontal_labels(x, unit_text(metric.unit));
  return svg + "</svg>";
}

std::string sorted_values_svg(const ReportMetric& metric) {
  const std::vector<double>& values = metric.clip_values;
  if (values.empty()) {
    return "";
  }
  const Axis x{0, static_cast<double>(values.size()) - 1, kLeft + 6, kWidth - kRight - 6};
  const Axis y{metric.histogram.low, metric.histogram.high, kHeight - kBottom - 4, kTop + 4};
  std::string svg = begin("Clips in ascending order of " + summary_of(metric));
  if (metric.low && metric.high) {
    const double top = y.at(*metric.high);
    svg += rectangle(kLeft, top, kWidth - kRight - kLeft, y.at(*metric.low) - top, "band");
  }
  if (metric.mean) {
    svg += line(kLeft, y.at(*metric.mean), kWidth - kRight, y.at(*metric.mean), "mean");
  }
  TakenPlaces taken(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double across = x.at(static_cast<double>(i));
    const double up = y.at(values[i]);
    if (taken.take(0, across, up)) {
      svg += circle(across, up, "mark");
    }
  }
  const double base = kHeight - kBottom;
  svg += line(kLeft, base, kWidth - kRight, base, "axis") +
         text(kLeft - 6, y.to_px + 4, "end", format_number(y.high)) +
         text(kLeft - 6, y.from_px, "end", format_number(y.low)) +
         text(kWidth / 2, kHeight - 8, "middle",
              std::to_string(values.size()) + " clips, lowest first");
  return svg + "</svg>";
}

std::string scatter_svg(const ComparisonModel& model, const ComparedMetric& metric) {
  constexpr double kSquare = 300;
  Range range;
  std::string marks;
  for (const ComparedClip& clip : metric.clips) {
    for (std::size_t side = 1; side < clip.values.size() && clip.values[0]; ++side) {
      if (clip.values[side]) {
        range.add(clip.values[0]);
        range.add(clip.values[side]);
      }
    }
  }
  if (range.is_empty()) {
    return "";
  }
  const Axis x = range.axis(kLeft, kWidth - kRight);
  const Axis y = range.axis(kSquare - kBottom, kTop);
  TakenPlaces taken(metric.clips.size() * (model.sides.size() - 1));
  for (const ComparedClip& clip : metric.clips) {
    for (std::size_t side = 1; side < clip.values.size() && clip.values[0]; ++side) {
      if (!clip.values[side]) {
        continue;
      }
      const double across = x.at(*clip.values[0]), up = y.at(*clip.values[side]);
      if (taken.take(side, across, up)) {
        marks += circle(across, up, "mark " + series_class(side));
      }
    }
  }
  const std::string first = model.sides.front().letter;
  std::string others;
  for (std::size_t side = 1; side < model.sides.size(); ++side) {
    others += (others.empty() ? "" : ", ") + model.sides[side].letter;
  }
  return begin(metric.name + " per pair: " + first + " across, " + others + " upwards", kSquare) +
         line(x.from_px, y.from_px, x.to_px, y.to_px, "axis") + marks +
         line(x.from_px, y.from_px, x.to_px, y.from_px, "axis") +
         text(kLeft - 6, y.to_px + 4, "end", format_number(y.high)) +
         text(kLeft - 6, y.from_px, "end", format_number(y.low)) +
         text(x.from_px, kSquare - 8, "start", format_number(x.low)) +
         text((x.from_px + x.to_px) / 2, kSquare - 8, "middle", first) +
         text(x.to_px, kSquare - 8, "end", format_number(x.high)) + "</svg>";
}

std::string delta_histogram_svg(const ComparisonModel& model, const ComparedMetric& metric) {
  std::vector<double> differences;
  const std::size_t last = model.sides.size() - 1;
  for (const ComparedClip& clip : metric.clips) {
    if (clip.values[0] && clip.values[last]) {
      differences.push_back(*clip.values[last] - *clip.values[0]);
    }
  }
  std::sort(differences.begin(), differences.end());
  const Histogram histogram = make_histogram(differences);
  if (histogram.counts.empty()) {
    return "";
  }
  const std::int64_t top = *std::max_element(histogram.counts.begin(), histogram.counts.end());
  const Axis x{histogram.low, histogram.high, kLeft, kWidth - kRight};
  const Axis y{0, static_cast<double>(top), kHeight - kBottom, kTop};
  const std::string letter = model.sides[last].letter;
  std::string svg = begin("Histogram of " + letter + " minus A of " + metric.name + ", " +
                          std::to_string(differences.size()) + " pairs");
  const double bin = (x.to_px - x.from_px) / static_cast<double>(histogram.counts.size());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double bar_top = y.at(static_cast<double>(histogram.counts[i]));
    svg += rectangle(x.from_px + static_cast<double>(i) * bin + 0.5, bar_top, bin - 1,
                     y.from_px - bar_top, "bar");
  }
  if (histogram.low < 0 && histogram.high > 0) {
    svg += line(x.at(0), kTop, x.at(0), y.from_px, "mean");
  }
  return svg + line(x.from_px, y.from_px, x.to_px, y.from_px, "axis") +
         text(kLeft - 6, y.to_px + 4, "end", std::to_string(top)) +
         text(kLeft - 6, y.from_px, "end", "0") + horizontal_labels(x, letter + " minus A") +
         "</svg>";
}

std::string ladder_svg(const ComparisonModel& model, const ComparedMetric& metric) {
  constexpr double kRow = 22;
  Range range;
  for (const SideMetric& side : metric.sides) {
    range.add(side.mean);
    range.add(side.low);
    range.add(side.high);
  }
  if (range.is_empty()) {
    return "";
  }
  const double height = kTop + kRow * static_cast<double>(metric.sides.size()) + kBottom;
  const Axis x = range.axis(kLeft + 90, kWidth - kRight);
  std::string svg = begin("Means of " + metric.name + " by column, with intervals", height);
  for (std::size_t i = 0; i < metric.sides.size(); ++i) {
    const SideMetric& side = metric.sides[i];
    const double y = kTop + kRow * (static_cast<double>(i) + 0.5);
    svg += text(4, y + 4, "start", model.sides[i].letter + " " + model.sides[i].method);
    if (side.low && side.high) {
      svg += line(x.at(*side.low), y, x.at(*side.high), y, "whisker");
    }
    if (side.mean) {
      svg += circle(x.at(*side.mean), y, "mark");
    }
  }
  return svg + line(x.from_px, height - kBottom, x.to_px, height - kBottom, "axis") +
         text(x.from_px, height - 8, "start", format_number(x.low)) +
         text((x.from_px + x.to_px) / 2, height - 8, "middle", unit_text(metric.unit)) +
         text(x.to_px, height - 8, "end", format_number(x.high)) + "</svg>";
}

std::string trend_svg(const TrendModel& model, const TrendMetric& metric) {
  Range range;
  for (const TrendSeries& series : metric.series) {
    for (const SideMetric& value : series.values) {
      range.add(value.mean);
      range.add(value.low);
      range.add(value.high);
    }
  }
  if (range.is_empty()) {
    return "";
  }
  const auto n_runs = static_cast<double>(model.runs.size());
  const Axis x{0.5, n_runs + 0.5, kLeft, kWidth - kRight};
  const Axis y = range.axis(kHeight - kBottom, kTop);
  std::string svg =
      begin("History of " + metric.name + " over " + std::to_string(model.runs.size()) + " runs");
  for (std::size_t i = 0; i < model.runs.size(); ++i) {
    if (!model.runs[i].marks.empty()) {
      const double at = x.at(static_cast<double>(i) + 0.5);
      svg += line(at, kTop, at, y.from_px, "change");
    }
  }
  for (std::size_t s = 0; s < metric.series.size(); ++s) {
    std::optional<std::pair<double, double>> before;
    for (std::size_t i = 0; i < metric.series[s].values.size(); ++i) {
      const SideMetric& value = metric.series[s].values[i];
      if (!value.mean) {
        before.reset();
        continue;
      }
      const std::pair<double, double> at = {x.at(static_cast<double>(i + 1)), y.at(*value.mean)};
      if (value.low && value.high) {
        svg += line(at.first, y.at(*value.low), at.first, y.at(*value.high), "whisker");
      }
      if (before) {
        svg += line(before->first, before->second, at.first, at.second,
                    ("line " + series_class(s + 1)).c_str());
      }
      svg += circle(at.first, at.second, "mark " + series_class(s + 1));
      before = at;
    }
  }
  return svg + line(x.from_px, y.from_px, x.to_px, y.from_px, "axis") +
         text(kLeft - 6, y.to_px + 4, "end", format_number(y.high)) +
         text(kLeft - 6, y.from_px, "end", format_number(y.low)) +
         text((x.from_px + x.to_px) / 2, kHeight - 8, "middle", "run, oldest first") + "</svg>";
}

std::string curve_svg(const TrainingCurve& curve) {
  Range range;
  for (const auto& [step, value] : curve.points) {
    range.add(value);
  }
  if (range.is_empty()) {
    return "";
  }
  const Axis x{0, static_cast<double>(curve.points.back().first), kLeft, kWidth - kRight};
  const Axis y = range.axis(kHeight - kBottom, kTop);
  std::string svg = begin(curve.name + " over " + std::to_string(curve.points.back().first) +
                          " steps, last " + format_number(curve.points.back().second));
  std::optional<std::pair<double, double>> before;
  for (const auto& [step, value] : curve.points) {
    const std::pair<double, double> at = {x.at(static_cast<double>(step)), y.at(value)};
    if (before) {
      svg += line(before->first, before->second, at.first, at.second, "line s1");
    }
    svg += circle(at.first, at.second, "mark s1");
    before = at;
  }
  return svg + line(x.from_px, y.from_px, x.to_px, y.from_px, "axis") +
         text(kLeft - 6, y.to_px + 4, "end", tick(y.high)) +
         text(kLeft - 6, y.from_px, "end", tick(y.low)) + horizontal_labels(x, "step") + "</svg>";
}

}  // namespace changeling
