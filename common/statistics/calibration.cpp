#include "common/statistics/calibration.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kLeastProbability = 1e-7;

/// Weighted mean of `value(item)`.
template <typename Value>
double weighted_mean(const std::vector<ScoredItem>& items, Value&& value) {
  double sum = 0;
  double weight = 0;
  for (const ScoredItem& item : items) {
    CHANGELING_REQUIRE(item.score >= 0 && item.score <= 1, "a probability lies in [0, 1]");
    sum += item.weight * value(item);
    weight += item.weight;
  }
  CHANGELING_REQUIRE(weight > 0, "a mean of nothing is undefined");
  return sum / weight;
}

bool is_right(const ScoredItem& item) {
  return (item.score >= 0.5) == item.is_positive;
}

}  // namespace

double log_loss(const std::vector<ScoredItem>& items) {
  return weighted_mean(items, [](const ScoredItem& item) {
    const double p = std::clamp(item.score, kLeastProbability, 1 - kLeastProbability);
    return -std::log(item.is_positive ? p : 1 - p);
  });
}

double brier_score(const std::vector<ScoredItem>& items) {
  return weighted_mean(items, [](const ScoredItem& item) {
    const double error = item.score - (item.is_positive ? 1 : 0);
    return error * error;
  });
}

std::vector<ReliabilityBin> reliability_curve(const std::vector<ScoredItem>& items, int n_bins) {
  CHANGELING_REQUIRE(n_bins > 0, "a curve has bins");
  std::vector<ScoredItem> sorted;
  double total = 0;
  for (const ScoredItem& item : items) {
    if (item.weight > 0) {
      sorted.push_back(item);
      total += item.weight;
    }
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const ScoredItem& a, const ScoredItem& b) { return a.score < b.score; });
  std::vector<ReliabilityBin> bins;
  ReliabilityBin bin;
  double done = 0;
  double ended = 0;  // shares of 1 / n_bins that the bins so far fill; one of ties fills several
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    bin.predicted += sorted[i].weight * sorted[i].score;
    bin.observed += sorted[i].is_positive ? sorted[i].weight : 0;
    bin.weight += sorted[i].weight;
    done += sorted[i].weight;
    const bool is_last = i + 1 == sorted.size();
    const bool splits_equals = !is_last && sorted[i + 1].score == sorted[i].score;
    const double next_end = total * (ended + 1) / n_bins;
    if (is_last || (!splits_equals && done >= next_end * (1 - 1e-12))) {
      bins.push_back({bin.predicted / bin.weight, bin.observed / bin.weight, bin.weight});
      bin = {};
      ended = std::max(ended + 1, std::floor(done * n_bins / total));
    }
  }
  return bins;
}

double calibration_error(const std::vector<ScoredItem>& items, int n_bins) {
  double sum = 0;
  double weight = 0;
  for (const ReliabilityBin& bin : reliability_curve(items, n_bins)) {
    sum += bin.weight * std::abs(bin.predicted - bin.observed);
    weight += bin.weight;
  }
  CHANGELING_REQUIRE(weight > 0, "a mean of nothing is undefined");
  return sum / weight;
}

double accuracy(const std::vector<ScoredItem>& items) {
  return weighted_mean(items, [](const ScoredItem& item) { return is_right(item) ? 1.0 : 0.0; });
}

double balanced_accuracy(const std::vector<ScoredItem>& items) {
  double right[2] = {0, 0};
  double all[2] = {0, 0};
  for (const ScoredItem& item : items) {
    const int side = item.is_positive ? 1 : 0;
    right[side] += is_right(item) ? item.weight : 0;
    all[side] += item.weight;
  }
  return (right[0] / all[0] + right[1] / all[1]) / 2;
}

}  // namespace changeling
