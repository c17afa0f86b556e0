#include "common/statistics/delong.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "common/base/error.h"
#include "common/statistics/distributions.h"

namespace changeling {
namespace {

/// Ranks from 1 on; equal values share the mean of their ranks.
std::vector<double> midranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) {
      ++last;
    }
    const double rank = static_cast<double>(first + last) / 2 + 1;
    for (; first <= last; ++first) {
      ranks[order[first]] = rank;
    }
  }
  return ranks;
}

/// What each item adds to the area: the share of items of the other class on its right side.
struct Placements {
  std::vector<double> of_fake;
  std::vector<double> of_real;
  double auc = 0;
};

Placements place(const DetectorScores& scores) {
  const std::size_t n_fake = scores.fake.size();
  const std::size_t n_real = scores.real.size();
  std::vector<double> all = scores.fake;
  all.insert(all.end(), scores.real.begin(), scores.real.end());
  CHANGELING_REQUIRE(std::all_of(all.begin(), all.end(), [](double v) { return std::isfinite(v); }),
                     "scores are finite");
  const std::vector<double> ranks = midranks(all);
  const std::vector<double> fake_ranks = midranks(scores.fake);
  const std::vector<double> real_ranks = midranks(scores.real);
  Placements result;
  for (std::size_t i = 0; i < n_fake; ++i) {
    result.of_fake.push_back((ranks[i] - fake_ranks[i]) / static_cast<double>(n_real));
    result.auc += result.of_fake.back() / static_cast<double>(n_fake);
  }
  for (std::size_t i = 0; i < n_real; ++i) {
    result.of_real.push_back(1 - (ranks[n_fake + i] - real_ranks[i]) / static_cast<double>(n_fake));
  }
  return result;
}

double covariance(const std::vector<double>& a, double mean_a, const std::vector<double>& b,
                  double mean_b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return sum / static_cast<double>(a.size() - 1);
}

/// Covariance of two areas over the same items.
double auc_covariance(const Placements& a, const Placements& b) {
  return covariance(a.of_fake, a.auc, b.of_fake, b.auc) / static_cast<double>(a.of_fake.size()) +
         covariance(a.of_real, a.auc, b.of_real, b.auc) / static_cast<double>(a.of_real.size());
}

bool is_defined(const DetectorScores& scores) {
  return scores.real.size() >= 2 && scores.fake.size() >= 2;
}

}  // namespace

std::optional<AucEstimate> delong_auc(const DetectorScores& scores) {
  if (!is_defined(scores)) {
    return std::nullopt;
  }
  const Placements placements = place(scores);
  AucEstimate result;
  result.auc = placements.auc;
  result.standard_error = std::sqrt(std::max(0.0, auc_covariance(placements, placements)));
  const double half = normal_quantile(0.975) * result.standard_error;
  result.interval = {std::max(0.0, result.auc - half), std::min(1.0, result.auc + half)};
  return result;
}

std::optional<AucDifference> delong_difference(const DetectorScores& first,
                                               const DetectorScores& second) {
  CHANGELING_REQUIRE(
      first.real.size() == second.real.size() && first.fake.size() == second.fake.size(),
      "both detectors score the same items");
  if (!is_defined(first)) {
    return std::nullopt;
  }
  const Placements a = place(first);
  const Placements b = place(second);
  const double variance = auc_covariance(a, a) + auc_covariance(b, b) - 2 * auc_covariance(a, b);
  AucDifference result;
  result.difference = a.auc - b.auc;
  result.standard_error = std::sqrt(std::max(0.0, variance));
  if (std::abs(result.difference) > 1e-12) {  // a difference without any error is certain
    const double z = std::abs(result.difference) / result.standard_error;
    result.p_value = 2 * normal_distribution(-z);
  }
  return result;
}

}  // namespace changeling
