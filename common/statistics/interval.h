// common/statistics/interval.h: a closed interval of real numbers. Layer 1.
#pragma once

namespace changeling {

struct Interval {
  double low = 0;
  double high = 0;

  [[nodiscard]] bool contains(double value) const { return value >= low && value <= high; }

  [[nodiscard]] double half_width() const { return (high - low) / 2; }
};

}  // namespace changeling
