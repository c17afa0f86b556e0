#include "reports/renderers/svg_plot.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>

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
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + anchor + "\">" + content +
         "</text>";
}

std::string begin(const std::string& label) {
  return "<svg viewBox=\"0 0 360 150\" role=\"img\" aria-label=\"" + label + "\">";
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
  for (std::size_t i = 0; i < values.size(); ++i) {
    svg += "<circle class=\"mark\" cx=\"" + px(x.at(static_cast<double>(i))) + "\" cy=\"" +
           px(y.at(values[i])) + "\" r=\"2.5\"/>";
  }
  const double base = kHeight - kBottom;
  svg += line(kLeft, base, kWidth - kRight, base, "axis") +
         text(kLeft - 6, y.to_px + 4, "end", format_number(y.high)) +
         text(kLeft - 6, y.from_px, "end", format_number(y.low)) +
         text(kWidth / 2, kHeight - 8, "middle",
              std::to_string(values.size()) + " clips, lowest first");
  return svg + "</svg>";
}

}  // namespace changeling
