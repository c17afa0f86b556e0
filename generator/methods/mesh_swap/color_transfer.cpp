#include "generator/methods/mesh_swap/color_transfer.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr float kOutlierDeviations = 2.5F;
constexpr std::array<float, 3> kLeastDeviation = {10, 4, 4};
constexpr float kLikelyDeviations = 2.0F;
constexpr float kUnlikelyDeviations = 3.5F;

bool is_outlier(const float* pixel, const LabStatistics& statistics) {
  for (std::size_t c = 0; c < 3; ++c) {
    if (std::abs(pixel[c] - statistics.mean[c]) > kOutlierDeviations * statistics.deviation[c]) {
      return true;
    }
  }
  return false;
}

/// Statistics of the pixels that `keep` accepts.
template <typename Keep>
LabStatistics weighted_statistics(const FloatImage& lab, const FloatImage& weight,
                                  const Keep& keep) {
  double total = 0;
  std::array<double, 3> sum{};
  std::array<double, 3> squares{};
  for (std::size_t i = 0; i < weight.values.size(); ++i) {
    const float* pixel = lab.values.data() + 3 * i;
    const double w = weight.values[i];
    if (w <= 0 || !keep(pixel)) {
      continue;
    }
    total += w;
    for (std::size_t c = 0; c < 3; ++c) {
      sum[c] += w * pixel[c];
      squares[c] += w * pixel[c] * pixel[c];
    }
  }
  LabStatistics statistics;
  for (std::size_t c = 0; c < 3 && total > 0; ++c) {
    const double mean = sum[c] / total;
    statistics.mean[c] = static_cast<float>(mean);
    statistics.deviation[c] =
        static_cast<float>(std::sqrt(std::max(0.0, squares[c] / total - mean * mean)));
  }
  return statistics;
}

void require_weight(const FloatImage& lab, const FloatImage& weight) {
  CHANGELING_REQUIRE(lab.channels == 3 && weight.channels == 1 && lab.width_px == weight.width_px &&
                         lab.height_px == weight.height_px,
                     "a Lab picture and a one-channel weight of the same size are needed");
}

/// Repeats a one-channel picture in three channels.
cv::Mat to_three_channels(const cv::Mat& gray) {
  cv::Mat three;
  cv::merge(std::vector<cv::Mat>{gray, gray, gray}, three);
  return three;
}

}  // namespace

LabStatistics robust_statistics(const FloatImage& lab, const FloatImage& weight) {
  require_weight(lab, weight);
  const LabStatistics all = weighted_statistics(lab, weight, [](const float*) { return true; });
  return weighted_statistics(lab, weight,
                             [&](const float* pixel) { return !is_outlier(pixel, all); });
}

FloatImage color_likelihood(const FloatImage& lab, const LabStatistics& statistics) {
  CHANGELING_REQUIRE(lab.channels == 3, "a Lab picture has three channels");
  std::array<float, 3> scale{};
  for (std::size_t c = 0; c < 3; ++c) {
    scale[c] = 1.0F / std::max(statistics.deviation[c], kLeastDeviation[c]);
  }
  FloatImage likelihood(lab.width_px, lab.height_px, 1);
  for (std::size_t i = 0; i < likelihood.values.size(); ++i) {
    float squares = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const float z = (lab.values[3 * i + c] - statistics.mean[c]) * scale[c];
      squares += z * z;
    }
    likelihood.values[i] =
        1.0F - smooth_step(kLikelyDeviations, kUnlikelyDeviations, std::sqrt(squares));
  }
  return likelihood;
}

FloatImage match_statistics(FloatImage lab, const LabStatistics& from, const LabStatistics& to,
                            const ColorMatchOptions& options) {
  CHANGELING_REQUIRE(lab.channels == 3, "a Lab picture has three channels");
  std::array<float, 3> gain{};
  for (std::size_t c = 0; c < 3; ++c) {
    const float ratio = from.deviation[c] > 1e-3F ? to.deviation[c] / from.deviation[c] : 1.0F;
    gain[c] = std::clamp(ratio, options.min_gain, options.max_gain);
  }
  for (std::size_t i = 0; i < lab.values.size(); ++i) {
    const std::size_t c = i % 3;
    lab.values[i] = (lab.values[i] - from.mean[c]) * gain[c] + to.mean[c];
  }
  return lab;
}

FloatImage smooth_difference(const FloatImage& target, const FloatImage& source,
                             const FloatImage& weight, float sigma_px, float doubt) {
  require_weight(target, weight);
  require_weight(source, weight);
  CHANGELING_REQUIRE(sigma_px > 0 && doubt > 0, "sigma and doubt must be positive");
  // A Gaussian of sigma s is band-limited: on a grid with s / 3 px spacing nothing visible is lost.
  const double scale = std::min(1.0, 3.0 / sigma_px);
  const cv::Size small(std::max(1, static_cast<int>(std::lround(weight.width_px * scale))),
                       std::max(1, static_cast<int>(std::lround(weight.height_px * scale))));
  FloatImage weighted(weight.width_px, weight.height_px, 3);
  for (std::size_t i = 0; i < weighted.values.size(); ++i) {
    weighted.values[i] = (target.values[i] - source.values[i]) * weight.values[i / 3];
  }
  cv::Mat numerator;
  cv::Mat denominator;
  cv::resize(as_mat(weighted), numerator, small, 0, 0, cv::INTER_AREA);
  cv::resize(as_mat(weight), denominator, small, 0, 0, cv::INTER_AREA);
  const double sigma = sigma_px * scale;
  cv::GaussianBlur(numerator, numerator, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
  cv::GaussianBlur(denominator, denominator, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
  cv::add(denominator, static_cast<double>(doubt), denominator);
  cv::divide(numerator, to_three_channels(denominator), numerator);
  FloatImage out(weight.width_px, weight.height_px, 3);
  cv::Mat out_mat = as_mat(out);
  cv::resize(numerator, out_mat, out_mat.size(), 0, 0, cv::INTER_LINEAR);
  return out;
}

}  // namespace changeling
