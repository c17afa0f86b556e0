#include "common/tensor/gaussian_taps.h"

#include <cmath>

namespace changeling {

std::vector<double> gaussian_taps(double sigma_px, int reach) {
  std::vector<double> taps;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    const double offset = i;
    taps.push_back(std::exp(-offset * offset / (2 * sigma_px * sigma_px)));
    sum += taps.back();
  }
  for (double& tap : taps) {
    tap /= sum;
  }
  return taps;
}

}  // namespace changeling
