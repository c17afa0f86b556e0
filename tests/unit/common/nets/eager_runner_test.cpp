#include <cstdint>
#include <new>

#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include "common/base/error.h"
#include "common/nets/landmark_context.h"
#include "common/nets/net_runner.h"
#include "common/nets/networks.h"
#include "tests/support/net_fill.h"

namespace changeling {
namespace {

/// Allocates nothing, as the host's allocator of common/tensor/device.cpp when memory ran out.
class NoMemory : public c10::Allocator {
 public:
#if TORCH_VERSION_MAJOR < 2
  c10::DataPtr allocate(std::size_t) const override {
    throw std::bad_alloc();
  }
#else
  c10::DataPtr allocate(std::size_t) override {
    throw std::bad_alloc();
  }

  void copy_data(void*, const void*, std::size_t) const override {}
#endif
};

/// No tensor can be made on the CPU while it lives.
class MemoryRanOut {
 public:
  MemoryRanOut() { c10::SetCPUAllocator(&none_, kPriority); }

  ~MemoryRanOut() { c10::SetCPUAllocator(before_, kPriority); }

  MemoryRanOut(const MemoryRanOut&) = delete;
  MemoryRanOut& operator=(const MemoryRanOut&) = delete;

 private:
  static constexpr std::uint8_t kPriority = 2;  // above that of configure_torch
  c10::Allocator* before_ = c10::GetCPUAllocator();
  NoMemory none_;
};

TEST(EagerRunner, JoinsTheHeadsOfTheNetwork) {
  const NetWeights net = filled_weights(ms_res_unet_info(7, 4, {1, 1, 1, 1}, {3, 3}));
  const at::Tensor images = at::cat({filled_image(7, 32, 1), filled_image(7, 32, 2)});
  const at::Tensor output = make_eager_runner(net)->run(images);
  EXPECT_TRUE(at::equal(output, at::cat(run_network(net, make_pyramid(images, 2)), 1)));
  EXPECT_FALSE(output.requires_grad());
}

TEST(EagerRunner, HalvesTheInputAsTheWeightsSay) {
  NetWeights net = filled_weights(ms_res_unet_info(4, 4));
  const at::Tensor image = filled_image(4, 32);
  const at::Tensor pooled = make_eager_runner(net)->run(image);
  net.info.pyramid = Halving::kPyrDown;
  const at::Tensor output = make_eager_runner(net)->run(image);
  EXPECT_TRUE(
      at::equal(output, at::cat(run_network(net, make_pyramid(image, 2, Halving::kPyrDown)), 1)));
  EXPECT_FALSE(at::allclose(output, pooled));
}

TEST(EagerRunner, GivesLogitsOfTheSegmentation) {
  const NetWeights net = filled_weights(net_info(NetKind::kSegUnet, 4, {3}));
  const at::Tensor images = filled_image(3, 32);
  EXPECT_TRUE(at::equal(make_eager_runner(net)->run(images),
                        run_network(net, make_pyramid(images, 1)).at(0)));
}

class MapsOfKind : public testing::TestWithParam<NetKind> {};

INSTANTIATE_TEST_SUITE_P(EagerRunner, MapsOfKind,
                         testing::Values(NetKind::kMsResUnetV2, NetKind::kMsResUnetV1));

TEST_P(MapsOfKind, AreDrawnOfEachImagesContext) {
  const NetKind kind = GetParam();
  const NetWeights net = filled_weights(ms_res_unet_info(71, 2, {0, 0, 0, 0}, {3}, kind));
  const auto runner = make_eager_runner(net);
  EXPECT_EQ(runner->info().landmarks, 68);
  const at::Tensor images = at::cat({filled_image(3, 32, 1), filled_image(3, 32, 2)});
  const at::Tensor landmarks = fill(3 * 68 * 2, 5).view({3, 68, 2});
  const at::Tensor context = at::tensor({2, 0}, at::TensorOptions().dtype(at::kLong));
  const Pyramid input =
      with_landmark_maps(kind, make_pyramid(images, 2), landmarks.index_select(0, context));
  const auto draw = kind == NetKind::kMsResUnetV1 ? landmark_maps_v1 : landmark_maps;
  EXPECT_TRUE(
      at::equal(input.levels[1].narrow(1, 3, 68), draw(landmarks.index_select(0, context), 16)));
  EXPECT_TRUE(at::equal(runner->run(images, landmarks, context), run_network(net, input).front()));
}

TEST(EagerRunner, SaysWhenTheHostsMemoryRanOut) {
  const auto runner = make_eager_runner(filled_weights(ms_res_unet_info(4, 2, {0, 0, 0, 0})));
  const at::Tensor image = filled_image(4, 32);
  try {
    const MemoryRanOut none;
    (void)runner->run(image);
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
  }
  EXPECT_EQ(runner->run(image).size(0), 1) << "memory came back";
}

TEST(EagerRunner, RefusesWhatDoesNotFit) {
  const auto blending = make_eager_runner(filled_weights(ms_res_unet_info(7, 2, {0, 0, 0, 0})));
  const at::Tensor images = filled_image(3, 32);
  const at::Tensor landmarks = fill(136, 5).view({1, 68, 2});
  const at::Tensor context = at::zeros({1}, at::TensorOptions().dtype(at::kLong));
  EXPECT_THROW((void)blending->run(images), Error) << "three channels instead of seven";
  EXPECT_THROW((void)blending->run(images, landmarks, context), Error) << "no landmark maps";
  const auto reenactment = make_eager_runner(filled_weights(ms_res_unet_info(71, 2, {0, 0, 0, 0})));
  EXPECT_THROW((void)reenactment->run(images, landmarks, context + 1), Error);
  EXPECT_THROW((void)reenactment->run(images, landmarks.narrow(1, 0, 5), context), Error);
  EXPECT_THROW((void)make_eager_runner(filled_weights(net_info(NetKind::kVgg19, 2, {}))), Error);
}

}  // namespace
}  // namespace changeling
