// evaluator/metrics/set_metric.h: metrics of whole sets of pictures. Layer 4, Torch only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "evaluator/metrics/metric.h"

namespace changeling {

/// Features of the scorer, one row per face: of real target frames and of fakes.
struct FeatureSets {
  at::Tensor real;
  at::Tensor fake;
};

struct SetValue {
  double value = 0;
  std::string note;  ///< how sure it is, for `metric_agg.ci_method`
};

struct SetMetric {
  MetricInfo info;
  std::int64_t rows_needed = 0;  ///< of each set; below it there is no value
  /// Both sets have rows_needed rows or more.
  std::function<SetValue(const FeatureSets& sets)> measure;
};

/// kernel_distance of `subsets` subsets of `subset_size` rows.
[[nodiscard]] SetMetric make_kernel_metric(const std::string& name, const std::string& scorer,
                                           std::int64_t subsets, std::int64_t subset_size);

/// frechet_distance of exactly `n` evenly chosen rows of each set: it is biased in their number.
[[nodiscard]] SetMetric make_frechet_metric(const std::string& name, const std::string& scorer,
                                            std::int64_t n);

/// Every set metric that is always recorded, in report order.
[[nodiscard]] std::vector<SetMetric> builtin_set_metrics();

/// kid_dn121x by subsets of 30 faces, for sets of less than 1,000: says whether they differ, and
/// is no number to be quoted.
[[nodiscard]] SetMetric small_set_metric();

}  // namespace changeling
