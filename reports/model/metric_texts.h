// reports/model/metric_texts.h: what metrics mean, for readers of reports. Layer 2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace changeling {

struct MetricText {
  std::string title;       ///< "Background SSIM"
  std::string definition;  ///< one sentence; symbols as in evaluator/metrics/README.md
};

/// Names of speeds in a gate begin so: "throughput_swap_cpu".
inline constexpr std::string_view kThroughputPrefix = "throughput_";

/// The gate's rule for areas under ROC curves of detectors; the metric of one detector is
/// "detector_auc:NAME@VERSION".
inline constexpr std::string_view kDetectorArea = "detector_auc";

[[nodiscard]] std::string detector_area(const std::string& detector);
[[nodiscard]] bool is_detector_area(std::string_view name);
/// NAME@VERSION of such a metric.
[[nodiscard]] std::string detector_of_area(std::string_view name);

/// The text of a metric; its name and an empty definition when the metric is not known here.
[[nodiscard]] MetricText metric_text(std::string_view name);

/// Distances of whole sets of faces (kid_*, fd_*): the evaluation stores one number for a method.
[[nodiscard]] bool is_set_metric(std::string_view name);

/// What `gate.tolerances` may name: metrics with values of clips, yield, and kDetectorArea.
[[nodiscard]] std::vector<std::string> gateable_metrics();

/// A baseline as the evaluation stores it, and what it is.
struct BaselineText {
  std::string name;        ///< "copy_target"
  std::string definition;  ///< one sentence
};

/// In the order of reports.
[[nodiscard]] const std::vector<BaselineText>& baseline_texts();

/// Place in a report: coverage first, then as listed here; unknown metrics come last.
[[nodiscard]] int metric_order(std::string_view name);

/// What is better: "higher", "nearer to 0", from the stored direction (up, down, to_zero, to_one).
[[nodiscard]] std::string better_value(std::string_view direction);

/// better_value as a sentence without its stop: "Higher is better".
[[nodiscard]] std::string direction_text(std::string_view direction);

/// What differences of the metric are of, x being its value: "x"; "|x|" where nearer to 0 is
/// better,
/// "|x - 1|" where nearer to 1 is. Means are of x in any case.
[[nodiscard]] std::string difference_of(std::string_view direction);

/// The unit for people: "deg" -> "degrees", "1" -> "".
[[nodiscard]] std::string unit_text(std::string_view unit);

/// What each rule of auto_reject rejects, in words, by rule: "coverage < 0.8". From its
/// params_json.
[[nodiscard]] std::vector<std::string> reject_rule_texts(const std::string& params_json);

}  // namespace changeling
