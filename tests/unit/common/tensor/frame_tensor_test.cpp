#include "common/tensor/frame_tensor.h"

#include <optional>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/tensor/device.h"
#include "tests/support/refusal.h"

namespace changeling {
namespace {

Frame small_rgb(std::uint8_t first) {
  std::vector<std::uint8_t> pixels;
  for (std::uint8_t i = 0; i < 12; ++i) {
    pixels.push_back(static_cast<std::uint8_t>(first + i));
  }
  return Frame(2, 2, PixelFormat::kRgb24, pixels);
}

TEST(FrameTensor, SharesTheStorageAndKeepsItAlive) {
  std::optional<Frame> frame = small_rgb(5);
  const at::Tensor tensor = to_tensor(*frame);
  EXPECT_EQ(tensor.data_ptr(), frame->data());
  EXPECT_EQ(tensor.sizes(), (at::IntArrayRef{2, 2, 3}));
  frame.reset();
  EXPECT_EQ(tensor[1][1][2].item<int>(), 16);
}

TEST(FrameTensor, RoundTripKeepsEveryByte) {
  const Frame rgb = small_rgb(0);
  EXPECT_TRUE(to_frame(to_tensor(rgb)) == rgb);
  const Frame gray(3, 1, PixelFormat::kGray8, {1, 2, 3});
  EXPECT_TRUE(to_frame(to_tensor(gray)) == gray);
}

TEST(FrameTensor, RefusesOtherShapesAndTypes) {
  EXPECT_THROW((void)to_frame(at::zeros({2, 2, 3})), Error);
  EXPECT_THROW((void)to_frame(at::zeros({2, 2, 4}, at::TensorOptions().dtype(at::kByte))), Error);
}

TEST(Device, ParsesNamesAndRefusesOthers) {
  EXPECT_TRUE(parse_device("cpu").is_cpu());
  for (const char* text :
       {"", "gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:999", "CPU"}) {
    EXPECT_EQ(kind_thrown_by([&] { (void)parse_device(text); }), ErrorKind::kConfig) << text;
  }
  EXPECT_EQ(kind_thrown_by([] { (void)parse_device("cuda:127"); }), ErrorKind::kResource)
      << "no machine has that many";
}

TEST(Device, ConfigureSetsThreadsAndDeterminism) {
  configure_torch(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_THAT(torch_build_summary(), testing::HasSubstr("get_num_threads"));
}

TEST(FrameTensor, WhatNetworksPaintIsClampedAndRoundedToBytes) {
  const at::Tensor image = at::tensor({-1.5F, -1.0F, 0.0F, 0.2F, 1.0F, 7.0F}).view({3, 1, 2});
  const at::Tensor pixels = to_pixels(image);
  EXPECT_EQ(pixels.sizes(), (at::IntArrayRef{1, 2, 3}));
  EXPECT_TRUE(at::equal(pixels.permute({2, 0, 1}).flatten().to(at::kLong),
                        at::tensor(std::vector<std::int64_t>{0, 0, 128, 153, 255, 255})));
  EXPECT_TRUE(at::equal(to_pixels(image.unsqueeze(0))[0], pixels));
}

}  // namespace
}  // namespace changeling
