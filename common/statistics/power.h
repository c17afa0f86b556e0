// common/statistics/power.h: what a comparison could have seen. Layer 1, standard library only.
#pragma once

#include <cstdint>

namespace changeling {

/// The smallest true difference that a two-sided test at 5 % over `n_clusters` clusters (people)
/// finds with 80 % probability, when the standard deviation of its bootstrap replicates is
/// `standard_error`: its intervals follow Student's t and the variance over n - 1
/// (interval_of_replicates), so it is more than 2.8 standard errors. Needs n_clusters >= 2.
[[nodiscard]] double minimum_detectable_difference(double standard_error, std::int64_t n_clusters);

/// Clusters (people) at which `difference` becomes the minimum detectable one, when
/// `n_clusters` gave `standard_error`: the error falls with the root of their number. Needs
/// n_clusters >= 2 and difference > 0.
[[nodiscard]] std::int64_t clusters_to_detect(double difference, double standard_error,
                                              std::int64_t n_clusters);

}  // namespace changeling
