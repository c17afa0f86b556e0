// common/statistics/distributions.h: the normal distribution and Student's t. Layer 1, standard
// library only.
#pragma once

namespace changeling {

/// Standard normal distribution function.
[[nodiscard]] double normal_distribution(double z);

/// Its inverse; `probability` in (0, 1).
[[nodiscard]] double normal_quantile(double probability);

/// Distribution function of Student's t; `degrees` > 0.
[[nodiscard]] double student_t_distribution(double t, double degrees);

/// Its inverse; `probability` in (0, 1).
[[nodiscard]] double student_t_quantile(double probability, double degrees);

}  // namespace changeling
