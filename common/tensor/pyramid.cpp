#include "common/tensor/pyramid.h"

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {

Pyramid make_pyramid(const at::Tensor& image, int count) {
  CHANGELING_REQUIRE(image.dim() == 4 && count >= 1 && count < 16,
                     "a pyramid needs (N,C,H,W) and at least one level");
  const std::int64_t unit = std::int64_t{1} << (count - 1);
  CHANGELING_REQUIRE(image.size(2) % unit == 0 && image.size(3) % unit == 0,
                     "every level of a pyramid halves the size exactly");
  Pyramid pyramid;
  pyramid.levels.push_back(image);
  while (pyramid.levels.size() < static_cast<std::size_t>(count)) {
    pyramid.levels.push_back(
        at::avg_pool2d(pyramid.levels.back(), {3, 3}, {2, 2}, {1, 1}, false, false));
  }
  return pyramid;
}

}  // namespace changeling
