#include "evaluator/metrics/feature_distance.h"

#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

/// Eigenvalues and vectors of a symmetric matrix, negative values set to 0.
struct Spectrum {
  at::Tensor values;
  at::Tensor vectors;
  double clamped_mass = 0;
};

Spectrum spectrum_of(const at::Tensor& matrix) {
  auto [values, vectors] = at::linalg_eigh((matrix + matrix.t()) / 2);
  const double clamped = -values.clamp_max(0).sum().item<double>();
  return {values.clamp_min(0), vectors, clamped};
}

at::Tensor square_root(const Spectrum& spectrum) {
  return (spectrum.vectors * spectrum.values.sqrt()).matmul(spectrum.vectors.t());
}

/// The first `count` of a shuffled 0..n-1.
at::Tensor draw_rows(CounterRng& rng, std::int64_t n, std::int64_t count) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  for (std::int64_t i = 0; i < count; ++i) {
    const auto left = static_cast<std::uint64_t>(n - i);
    std::swap(rows[static_cast<std::size_t>(i)],
              rows[static_cast<std::size_t>(i) + static_cast<std::size_t>(rng.below(left))]);
  }
  return at::tensor(std::vector<std::int64_t>(rows.begin(), rows.begin() + count));
}

at::Tensor kernel(const at::Tensor& x, const at::Tensor& y) {
  return (x.matmul(y.t()) / static_cast<double>(x.size(1)) + 1).pow(3);
}

/// Mean of a square kernel matrix without its diagonal.
double mean_off_diagonal(const at::Tensor& matrix) {
  const auto n = static_cast<double>(matrix.size(0));
  return (matrix.sum(1).sum() - matrix.diagonal().sum()).item<double>() / (n * (n - 1));
}

double squared_discrepancy(const at::Tensor& x, const at::Tensor& y) {
  return mean_off_diagonal(kernel(x, x)) + mean_off_diagonal(kernel(y, y)) -
         2 * kernel(x, y).mean(1).mean().item<double>();
}

}  // namespace

FeatureMoments::FeatureMoments(std::int64_t dimensions)
    : sum_(at::zeros({dimensions}, at::kDouble)),
      products_(at::zeros({dimensions, dimensions}, at::kDouble)) {}

void FeatureMoments::add(const at::Tensor& features) {
  CHANGELING_REQUIRE(features.dim() == 2 && features.size(1) == sum_.size(0),
                     "features of one network have one length");
  const at::Tensor rows = features.to(at::kDouble);
  count_ += rows.size(0);
  sum_ = sum_ + rows.sum(0);
  products_ = products_ + rows.t().matmul(rows);
}

at::Tensor FeatureMoments::mean() const {
  CHANGELING_REQUIRE(count_ > 0, "no features were added");
  return sum_ / static_cast<double>(count_);
}

at::Tensor FeatureMoments::covariance() const {
  CHANGELING_REQUIRE(count_ > 1, "a covariance needs two rows of features");
  const auto n = static_cast<double>(count_);
  const at::Tensor average = mean();
  return (products_ - n * at::outer(average, average)) / (n - 1);
}

FrechetDistance frechet_distance(const FeatureMoments& a, const FeatureMoments& b) {
  const at::Tensor cov_a = a.covariance();
  const at::Tensor cov_b = b.covariance();
  CHANGELING_REQUIRE(cov_a.sizes() == cov_b.sizes(), "both sets need features of one network");
  const Spectrum of_a = spectrum_of(cov_a);
  const at::Tensor root = square_root(of_a);
  const Spectrum of_product = spectrum_of(root.matmul(cov_b).matmul(root));
  const at::Tensor shift = a.mean() - b.mean();
  FrechetDistance result;
  result.value = (shift.dot(shift) + cov_a.trace() + cov_b.trace()).item<double>() -
                 2 * of_product.values.sqrt().sum().item<double>();
  result.clamped_mass = of_a.clamped_mass + of_product.clamped_mass;
  return result;
}

KernelDistance kernel_distance(const at::Tensor& a, const at::Tensor& b,
                               const KernelOptions& options) {
  CHANGELING_REQUIRE(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1),
                     "both sets need features of one network");
  CHANGELING_REQUIRE(options.subset_size > 1 && options.subsets > 1 &&
                         a.size(0) >= options.subset_size && b.size(0) >= options.subset_size,
                     "a set has fewer rows than a subset");
  std::vector<double> values;
  for (std::int64_t subset = 0; subset < options.subsets; ++subset) {
    CounterRng rng(derive_seed(options.seed, {"kernel_distance", std::to_string(subset)}));
    const at::Tensor x = a.index_select(0, draw_rows(rng, a.size(0), options.subset_size));
    const at::Tensor y = b.index_select(0, draw_rows(rng, b.size(0), options.subset_size));
    values.push_back(squared_discrepancy(x.to(at::kDouble), y.to(at::kDouble)));
  }
  const auto n = static_cast<double>(values.size());
  KernelDistance result;
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) {
    squares += (value - result.mean) * (value - result.mean);
  }
  result.sd = std::sqrt(squares / (n - 1));
  return result;
}

}  // namespace changeling
