#include "generator/methods/fsgan/soft_erosion.h"

#include <array>
#include <string>

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/golden_values.h"

namespace changeling {
namespace {

/// (1,1,256,256): 1 where the pixel lies within r of (128,128), both counted from 0.
at::Tensor disc(int radius_px) {
  const at::Tensor line = (at::arange(256) - 128).square();
  return (line.view({1, 256}) + line.view({256, 1}) <= radius_px * radius_px)
      .to(at::kFloat)
      .view({1, 1, 256, 256});
}

double total(const at::Tensor& tensor) {
  return tensor.sum(at::kDouble).item<double>();
}

TEST(SoftErosionGolden, DiscsOfTheSpecification) {
  expect_golden("pixels_of_r60", total(disc(60)), 11289, 0);
  expect_golden("pixels_of_r20", total(disc(20)), 1257, 0);
  const ErodedMask large = erode_softly(disc(60));
  expect_golden("hard_of_r60", total(large.hard), 10693, 0);
  expect_golden("soft_of_r60", total(large.soft), 12547.63, 0.05);
  expect_golden("rim_of_r60", total(large.soft > 0), 16381, 0);
  const ErodedMask small = erode_softly(disc(20));
  expect_golden("hard_of_r20", total(small.hard), 997, 0);
  expect_golden("soft_of_r20", total(small.soft), 1664.08, 0.01);
  expect_golden("rim_of_r20", total(small.soft > 0), 3245, 0);
  expect_golden("hard_of_ones", total(erode_softly(at::ones({1, 1, 256, 256})).hard), 64400, 0);
}

TEST(SoftErosionGolden, AMaskDoesNotDependOnItsBatch) {
  const at::Tensor batch = at::cat({disc(60), disc(4)});
  const ErodedMask together = erode_softly(batch);
  const ErodedMask alone = erode_softly(disc(4));
  expect_golden("soft_maximum_of_r4", together.soft[1].max().item<double>(), 1, 0);
  expect_golden("rim_of_r4", total(together.soft[1] > 0), 793, 0);
  EXPECT_TRUE(at::equal(together.soft.slice(0, 1, 2), alone.soft));
  EXPECT_TRUE(at::equal(together.hard.slice(0, 1, 2), alone.hard));
}

TEST(SoftErosion, TheCoreLiesInsideTheHardMask) {
  const ErodedMask mask = erode_softly(disc(60));
  EXPECT_EQ(total((mask.core > 0).logical_and(mask.hard < 1)), 0);
  EXPECT_EQ(mask.core[0][0][128][128].item<float>(), 1);
  EXPECT_EQ(mask.core[0][0][128][128 + 48].item<float>(), 1);  // 12 px from the border
  EXPECT_LT(mask.core[0][0][128][128 + 57].item<float>(), 0.5);
  EXPECT_EQ(total(erode_softly(at::zeros({1, 1, 32, 32})).core), 0);
}

TEST(SoftErosionGolden, StraightEdge) {
  // A half plane from column 128 on; the filtered value shows in the soft mask up to its scale, and
  // is itself the mask below a threshold of 1.
  at::Tensor half = at::zeros({1, 1, 256, 256});
  half.slice(3, 128).fill_(1);
  ErosionOptions options;
  options.threshold = 1;
  const at::Tensor soft = erode_softly(half, options).soft[0][0][128];
  // Below threshold 1 the maximum is the value of the 9th column inside; undo that scale by the
  // known value on the edge.
  const at::Tensor value = soft * (.5347 / soft[128].item<double>());
  const std::array<int, 9> offsets = {-10, -8, -6, -4, -2, 0, 1, 2, 4};
  const std::array<double, 9> expected = {.0197, .0791, .1638, .2713, .3974,
                                          .5347, .6026, .6677, .7851};
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    expect_golden("edge" + std::to_string(offsets[i]), value[128 + offsets[i]].item<double>(),
                  expected[i], 1.5e-4);
  }
  EXPECT_EQ(soft[117].item<double>(), 0) << "exactly 0 beyond 10 px";
}

TEST(SoftErosion, AnEmptyMaskGivesZeros) {
  const ErodedMask eroded = erode_softly(at::zeros({2, 1, 64, 64}));
  EXPECT_EQ(total(eroded.hard), 0);
  EXPECT_EQ(total(eroded.soft), 0);
  EXPECT_TRUE(eroded.soft.isfinite().all().item<bool>());
}

TEST(SoftErosion, StaysInRangeWithHardInsideSoft) {
  const at::Tensor mask = at::rand({3, 1, 48, 48});
  const ErodedMask eroded = erode_softly(mask);
  EXPECT_GE(eroded.soft.min().item<double>(), 0);
  EXPECT_LE(eroded.soft.max().item<double>(), 1);
  EXPECT_TRUE(at::equal(at::minimum(eroded.hard, eroded.soft), eroded.hard));
  EXPECT_TRUE(((eroded.hard == 0) | (eroded.hard == 1)).all().item<bool>());
}

TEST(SoftErosion, RefusesOtherShapesAndKernels) {
  EXPECT_THROW(static_cast<void>(erode_softly(at::zeros({1, 3, 8, 8}))), Error);
  EXPECT_THROW(static_cast<void>(erode_softly(at::zeros({8, 8}))), Error);
  ErosionOptions options;
  options.kernel_px = 20;
  EXPECT_THROW(static_cast<void>(erode_softly(at::zeros({1, 1, 8, 8}), options)), Error);
}

}  // namespace
}  // namespace changeling
