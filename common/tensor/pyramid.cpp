#include "common/tensor/pyramid.h"

#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

/// The 5x5 Gaussian for every channel, made on the device: a copy from the host would break the
/// recording of a CUDA graph. All its values are exact in bfloat16 too.
at::Tensor pyr_down_kernel(const at::Tensor& image) {
  std::vector<at::Tensor> line;
  for (const int weight : {1, 4, 6, 4, 1}) {
    line.push_back(at::full({1}, weight / 16.0, image.options()));
  }
  const at::Tensor row = at::cat(line);
  return at::outer(row, row).expand({image.size(1), 1, 5, 5});
}

at::Tensor pyr_down(const at::Tensor& image) {
  CHANGELING_REQUIRE(image.size(2) >= 4 && image.size(3) >= 4,
                     "pyrDown mirrors two pixels of its border");
  const at::Tensor padded = at::reflection_pad2d(image, {2, 2, 2, 2});
  return at::conv2d(padded, pyr_down_kernel(image), {}, {2, 2}, at::IntArrayRef{0, 0}, {1, 1},
                    image.size(1))
      .contiguous(image.suggest_memory_format());
}

at::Tensor halved(const at::Tensor& image, Halving halving) {
  return halving == Halving::kPyrDown ? pyr_down(image)
                                      : at::avg_pool2d(image, {3, 3}, {2, 2}, {1, 1}, false, false);
}

}  // namespace

Pyramid make_pyramid(const at::Tensor& image, int count, Halving halving) {
  CHANGELING_REQUIRE(image.dim() == 4 && count >= 1 && count < 16,
                     "a pyramid needs (N,C,H,W) and at least one level");
  const std::int64_t unit = std::int64_t{1} << (count - 1);
  CHANGELING_REQUIRE(image.size(2) % unit == 0 && image.size(3) % unit == 0,
                     "every level of a pyramid halves the size exactly");
  Pyramid pyramid;
  pyramid.levels.push_back(image);
  while (pyramid.levels.size() < static_cast<std::size_t>(count)) {
    pyramid.levels.push_back(halved(pyramid.levels.back(), halving));
  }
  return pyramid;
}

}  // namespace changeling
