// The tensor functions on a GPU against the CPU.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "common/tensor/resample.h"
#include "generator/methods/fsgan/crop_geometry.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/methods/fsgan/poisson_solver.h"
#include "generator/methods/fsgan/soft_erosion.h"

namespace changeling {
namespace {

class OnGpu : public testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) {
      GTEST_SKIP() << "no CUDA device";
    }
  }

  static at::Tensor to_gpu(const at::Tensor& tensor) { return tensor.to(at::kCUDA); }

  static double difference(const at::Tensor& on_gpu, const at::Tensor& on_cpu) {
    EXPECT_TRUE(on_gpu.is_cuda());
    return (on_gpu.to(at::kCPU) - on_cpu).abs().max().item<double>();
  }
};

TEST_F(OnGpu, ErosionIsTheSame) {
  at::Tensor mask = at::zeros({2, 1, 96, 96});
  mask[0][0].slice(0, 20, 70).slice(1, 30, 80).fill_(1);
  const ErodedMask expected = erode_softly(mask);
  const ErodedMask eroded = erode_softly(to_gpu(mask));
  EXPECT_EQ(difference(eroded.hard, expected.hard), 0);
  EXPECT_LT(difference(eroded.soft, expected.soft), 1e-5);
}

TEST_F(OnGpu, TurningAndResizingAreTheSame) {
  const at::Tensor images = at::rand({2, 3, 64, 64});
  EXPECT_LT(difference(turn_ccw(to_gpu(images), {20, -75}, -1), turn_ccw(images, {20, -75}, -1)),
            1e-4);
  for (const Resampling kind : {Resampling::kLinear, Resampling::kCubic, Resampling::kArea}) {
    const PixelWindow window = {-8, 3, 60, 70};
    EXPECT_LT(difference(resample_window(to_gpu(images), window, 30, 90, kind),
                         resample_window(images, window, 30, 90, kind)),
              1e-4);
  }
}

TEST_F(OnGpu, CloningIsTheSame) {
  const at::Tensor source = at::rand({3, 3, 80, 80});
  const at::Tensor target = at::rand({3, 3, 80, 80});
  const at::Tensor line = (at::arange(80) - 40).square();
  at::Tensor mask = (line.view({1, 80}) + line.view({80, 1}) < 900).to(at::kFloat);
  mask = mask.expand({3, 1, 80, 80}).clone();
  mask[1].zero_();
  EXPECT_LT(difference(poisson_target(to_gpu(source), to_gpu(target), to_gpu(mask)),
                       poisson_target(source, target, mask)),
            1e-4);
}

TEST_F(OnGpu, HullMasksAreTheSame) {
  const at::Tensor landmarks = at::rand({2, 68, 2});
  const at::Tensor mask = face_hull_mask(landmarks, 48);
  EXPECT_EQ(difference(face_hull_mask(to_gpu(landmarks), 48), mask), 0);
  EXPECT_EQ(difference(clear_inner_mouth(to_gpu(mask), to_gpu(landmarks)),
                       clear_inner_mouth(mask, landmarks)),
            0);
}

}  // namespace
}  // namespace changeling
