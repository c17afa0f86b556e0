// common/statistics/power.h: what a comparison could have seen. Layer 1, standard library only.
#pragma once

#include <cstdint>

namespace changeling {

/// The smallest true difference that a two-sided test at 5 % finds with 80 % probability:
/// 2.8 standard errors.
[[nodiscard]] double minimum_detectable_difference(double standard_error);

/// Clusters (people) at which `difference` becomes the minimum detectable one, when
/// `n_clusters` gave `standard_error`: the error falls with the root of their number. Needs
/// n_clusters > 0 and difference > 0.
[[nodiscard]] std::int64_t clusters_to_detect(double difference, double standard_error,
                                              std::int64_t n_clusters);

}  // namespace changeling
