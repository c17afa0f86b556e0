// How far do the fakes as a set lie from real faces? Distances in the features of a network.
#include <cstdio>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/even_spread.h"
#include "evaluator/metrics/feature_distance.h"
#include "evaluator/metrics/set_metric.h"

namespace changeling {
namespace {

MetricInfo set_info(const std::string& name, const std::string& scorer) {
  MetricInfo info;
  info.name = name;
  info.unit = "1";
  info.direction = MetricDirection::kDown;
  info.level = MetricLevel::kSet;
  info.scorer = scorer;
  info.sampling = "even10";
  return info;
}

std::string common_params(const std::string& scorer) {
  return R"("crop":"square on the landmarks' box of the target's track, side 1.5, )" +
         std::string(scorer == "feat_iv3n" ? "299" : "224") + R"( px, bilinear","features":")" +
         scorer + R"(, average pool","real":"the target's frames","sampling":"even10")";
}

std::string formatted(const char* format, double value) {
  char text[96];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// `n` evenly spread rows.
at::Tensor chosen_rows(const at::Tensor& features, std::int64_t n) {
  return features.index_select(0, at::tensor(even_spread(features.size(0), n)));
}

}  // namespace

SetMetric make_kernel_metric(const std::string& name, const std::string& scorer,
                             std::int64_t subsets, std::int64_t subset_size) {
  SetMetric metric;
  metric.info = set_info(name, scorer);
  metric.info.definition =
      "kernel distance (squared maximum mean discrepancy) of the features of fakes and of real "
      "target frames";
  metric.info.params_json =
      "{" + common_params(scorer) + R"(,"kernel":"(x.y / d + 1)^3, unbiased","subset_size":)" +
      std::to_string(subset_size) + R"(,"subsets":)" + std::to_string(subsets) + "}";
  metric.rows_needed = subset_size;
  metric.measure = [subsets, subset_size](const FeatureSets& sets) {
    const KernelDistance result =
        kernel_distance(sets.real, sets.fake, KernelOptions{subsets, subset_size, 0});
    return SetValue{result.mean,
                    "standard deviation over subsets" + formatted(": %.4e", result.sd)};
  };
  return metric;
}

SetMetric make_frechet_metric(const std::string& name, const std::string& scorer, std::int64_t n) {
  SetMetric metric;
  metric.info = set_info(name, scorer);
  metric.info.definition =
      "Frechet distance of the features of fakes and of real target frames, as many of each as the "
      "name says";
  metric.info.params_json = "{" + common_params(scorer) + R"(,"covariance":"divisor n - 1","n":)" +
                            std::to_string(n) + "}";
  metric.rows_needed = n;
  metric.measure = [n](const FeatureSets& sets) {
    FeatureMoments real(sets.real.size(1));
    FeatureMoments fake(sets.fake.size(1));
    real.add(chosen_rows(sets.real, n));
    fake.add(chosen_rows(sets.fake, n));
    const FrechetDistance result = frechet_distance(real, fake);
    return SetValue{result.value, formatted("clamped eigenvalues: %.4e", result.clamped_mass)};
  };
  return metric;
}

std::vector<SetMetric> builtin_set_metrics() {
  return {make_kernel_metric("kid_dn121x", "feat_dn121x", 100, 1000),
          make_frechet_metric("fd_dn121x_5000", "feat_dn121x", 5000),
          make_frechet_metric("fd_dn121x_10000", "feat_dn121x", 10000),
          make_kernel_metric("kid_iv3n", "feat_iv3n", 100, 1000),
          make_frechet_metric("fd_iv3n_5000", "feat_iv3n", 5000),
          make_frechet_metric("fd_iv3n_10000", "feat_iv3n", 10000)};
}

SetMetric small_set_metric() {
  return make_kernel_metric("kid_dn121x_30", "feat_dn121x", 100, 30);
}

}  // namespace changeling
