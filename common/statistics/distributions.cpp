#include "common/statistics/distributions.h"

#include <cmath>

#include "common/base/error.h"

namespace changeling {
namespace {

/// Inverse of an increasing function by bisection of [-limit, limit]: 200 halvings reach the last
/// bit and need no table.
template <typename Function>
double invert(const Function& function, double probability, double limit) {
  CHANGELING_REQUIRE(probability > 0 && probability < 1, "a probability lies in (0, 1)");
  double low = -limit;
  double high = limit;
  for (int step = 0; step < 200; ++step) {
    const double middle = low + (high - low) / 2;
    (function(middle) < probability ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

/// Keeps a divisor of the continued fraction away from zero.
double nonzero(double value) {
  constexpr double kTiny = 1e-300;
  return std::abs(value) < kTiny ? kTiny : value;
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), evaluated
/// front to back by Lentz's method; converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) {
  double c = 1;
  double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m <= 500; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1) < 1e-15) {
      break;
    }
  }
  return value;
}

/// Regularised incomplete beta function I_x(a, b).
double incomplete_beta(double x, double a, double b) {
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  const double factor = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                 a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) {
    return factor * beta_fraction(x, a, b) / a;
  }
  return 1 - factor * beta_fraction(1 - x, b, a) / b;
}

}  // namespace

double normal_distribution(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

double normal_quantile(double probability) {
  return invert(normal_distribution, probability, 40);
}

double student_t_distribution(double t, double degrees) {
  CHANGELING_REQUIRE(degrees > 0, "Student's t needs degrees of freedom");
  const double tail = 0.5 * incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5);
  return t > 0 ? 1 - tail : tail;
}

double student_t_quantile(double probability, double degrees) {
  return invert([degrees](double t) { return student_t_distribution(t, degrees); }, probability,
                1e6);
}

}  // namespace changeling
