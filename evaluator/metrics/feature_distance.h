// evaluator/metrics/feature_distance.h: how far apart two sets of pictures lie in a network's
// features. Layer 4, Torch only. Both are biased or noisy for few pictures: README.md,
// "Definitions".
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace changeling {

/// Mean and covariance of features, without keeping them: 8 D^2 bytes. One thread.
class FeatureMoments {
 public:
  explicit FeatureMoments(std::int64_t dimensions);

  /// Adds rows (N,D). Throws Error(kInternal) for another D.
  void add(const at::Tensor& features);

  [[nodiscard]] std::int64_t count() const { return count_; }

  /// float64 (D); count > 0.
  [[nodiscard]] at::Tensor mean() const;

  /// float64 (D,D), divisor count - 1; count > 1.
  [[nodiscard]] at::Tensor covariance() const;

 private:
  std::int64_t count_ = 0;
  at::Tensor sum_;
  at::Tensor products_;
};

struct FrechetDistance {
  double value = 0;
  /// Sum of the negative eigenvalues that rounding left and that were taken as 0, without sign.
  double clamped_mass = 0;
};

/// |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2) of the two Gaussians (Heusel et al. 2017, eq. 6); the
/// root by eigenvalues of S1^1/2 S2 S1^1/2. About 5 s at D = 2048 on two cores. Throws
/// Error(kInternal) unless both have one D and two rows or more.
[[nodiscard]] FrechetDistance frechet_distance(const FeatureMoments& a, const FeatureMoments& b);

struct KernelOptions {
  std::int64_t subsets = 100;
  std::int64_t subset_size = 1000;
  std::uint64_t seed = 0;
};

struct KernelDistance {
  double mean = 0;  ///< may be below 0: the estimate is unbiased
  double sd = 0;    ///< over the subsets, divisor subsets - 1
};

/// Unbiased squared maximum mean discrepancy with kernel (x.y / D + 1)^3 (Binkowski et al. 2018),
/// mean over seeded subsets drawn without replacement. Rows (N,D) and (M,D). Throws
/// Error(kInternal) when a set has fewer rows than a subset.
[[nodiscard]] KernelDistance kernel_distance(const at::Tensor& a, const at::Tensor& b,
                                             const KernelOptions& options = {});

}  // namespace changeling
