#include "common/statistics/roc.h"

#include <algorithm>
#include <cmath>

#include "common/base/error.h"

namespace changeling {
namespace {

/// Calls `visit(previous, point)` for every step of the curve; false when there is none.
template <typename Visit>
bool visit_steps(const std::vector<ScoredItem>& items, Visit&& visit) {
  const std::vector<RocPoint> curve = roc_curve(items);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    visit(curve[i - 1], curve[i]);
  }
  return !curve.empty();
}

}  // namespace

std::vector<RocPoint> roc_curve(const std::vector<ScoredItem>& items) {
  std::vector<ScoredItem> sorted;
  double positives = 0;
  double negatives = 0;
  for (const ScoredItem& item : items) {
    CHANGELING_REQUIRE(std::isfinite(item.score) && item.weight >= 0, "scores must be finite");
    if (item.weight > 0) {
      sorted.push_back(item);
      (item.is_positive ? positives : negatives) += item.weight;
    }
  }
  if (positives == 0 || negatives == 0) {
    return {};
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const ScoredItem& a, const ScoredItem& b) { return a.score > b.score; });
  std::vector<RocPoint> curve = {{sorted.front().score, 0, 0, 1}};
  double true_positives = 0;
  double false_positives = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    (sorted[i].is_positive ? true_positives : false_positives) += sorted[i].weight;
    if (i + 1 == sorted.size() || sorted[i + 1].score < sorted[i].score) {
      curve.push_back({sorted[i].score, false_positives / negatives, true_positives / positives,
                       true_positives / (true_positives + false_positives)});
    }
  }
  return curve;
}

std::optional<double> auc(const std::vector<ScoredItem>& items) {
  double area = 0;
  const bool is_defined = visit_steps(items, [&](const RocPoint& a, const RocPoint& b) {
    area += (b.fpr - a.fpr) * (a.tpr + b.tpr) / 2;
  });
  return is_defined ? std::optional<double>(area) : std::nullopt;
}

std::optional<double> partial_auc(const std::vector<ScoredItem>& items, double max_fpr) {
  CHANGELING_REQUIRE(max_fpr > 0 && max_fpr <= 1, "a share of false positives lies in (0, 1]");
  double area = 0;
  const bool is_defined = visit_steps(items, [&](const RocPoint& a, const RocPoint& b) {
    if (a.fpr >= max_fpr) {
      return;
    }
    const double end = std::min(b.fpr, max_fpr);
    const double share = b.fpr > a.fpr ? (end - a.fpr) / (b.fpr - a.fpr) : 0;
    const double tpr_end = a.tpr + share * (b.tpr - a.tpr);
    area += (end - a.fpr) * (a.tpr + tpr_end) / 2;
  });
  if (!is_defined) {
    return std::nullopt;
  }
  const double chance = max_fpr * max_fpr / 2;
  return (1 + (area - chance) / (max_fpr - chance)) / 2;
}

std::optional<double> tpr_at_fpr(const std::vector<ScoredItem>& items, double max_fpr) {
  double best = 0;
  const bool is_defined = visit_steps(items, [&](const RocPoint& /*a*/, const RocPoint& b) {
    best = b.fpr <= max_fpr ? std::max(best, b.tpr) : best;
  });
  return is_defined ? std::optional<double>(best) : std::nullopt;
}

std::optional<double> equal_error_rate(const std::vector<ScoredItem>& items) {
  std::optional<double> rate;
  const bool is_defined = visit_steps(items, [&](const RocPoint& a, const RocPoint& b) {
    const double before = 1 - a.tpr - a.fpr;  // falls from 1 to -1
    const double after = 1 - b.tpr - b.fpr;
    if (!rate && after <= 0) {
      const double share = before / (before - after);
      rate = a.fpr + share * (b.fpr - a.fpr);
    }
  });
  return is_defined ? rate : std::nullopt;
}

std::optional<double> average_precision(const std::vector<ScoredItem>& items) {
  double sum = 0;
  const bool is_defined = visit_steps(
      items, [&](const RocPoint& a, const RocPoint& b) { sum += (b.tpr - a.tpr) * b.precision; });
  return is_defined ? std::optional<double>(sum) : std::nullopt;
}

std::int64_t least_negatives(double max_fpr) {
  CHANGELING_REQUIRE(max_fpr > 0 && max_fpr <= 1, "a share of false positives lies in (0, 1]");
  return static_cast<std::int64_t>(std::ceil(3 / max_fpr - 1e-9));
}

}  // namespace changeling
