#include "generator/train/occlusion.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace changeling {
namespace {

at::Tensor disc(int size, double radius) {
  const at::Tensor axis = at::arange(size).to(at::kFloat) - size / 2.0;
  return (axis.unsqueeze(0).square() + axis.unsqueeze(1).square() <= radius * radius)
      .to(at::kFloat);
}

TEST(RandomOccluder, LiesInsideTheFaceAndReachesItsEdge) {
  const at::Tensor face = disc(64, 20);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CounterRng rng(seed);
    const at::Tensor occluder = random_occluder(face, rng);
    EXPECT_FALSE((occluder.gt(0) & face.le(0.5)).any().item<bool>());
    // Its centre is the first or last face pixel of a row.
    bool touches_edge = false;
    for (std::int64_t y = 0; y < 64; ++y) {
      const at::Tensor row = face[y].nonzero();
      if (row.numel() > 0) {
        touches_edge = touches_edge || occluder[y][row[0].item<std::int64_t>()].item<float>() > 0 ||
                       occluder[y][row[row.size(0) - 1].item<std::int64_t>()].item<float>() > 0;
      }
    }
    EXPECT_TRUE(touches_edge) << "seed " << seed;
    EXPECT_LT(occluder.sum().item<float>(), face.sum().item<float>());
  }
}

TEST(RandomOccluder, DependsOnTheSeedAlone) {
  const at::Tensor face = disc(64, 20);
  CounterRng a(7);
  CounterRng b(7);
  CounterRng c(8);
  const at::Tensor first = random_occluder(face, a);
  EXPECT_TRUE(at::equal(first, random_occluder(face, b)));
  EXPECT_FALSE(at::equal(first, random_occluder(face, c)));
}

TEST(RandomOccluder, LeavesSmallAndEmptyFacesAlone) {
  CounterRng rng(1);
  EXPECT_EQ(random_occluder(disc(64, 5), rng).sum().item<float>(), 0) << "11 px across";
  EXPECT_EQ(random_occluder(at::zeros({64, 64}), rng).sum().item<float>(), 0);
  EXPECT_GT(random_occluder(disc(64, 6), rng).sum().item<float>(), 0) << "13 px across";
}

}  // namespace
}  // namespace changeling
