#include "generator/methods/compositor.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace changeling {
namespace {

using Bytes = std::vector<std::uint8_t>;

Frame rgb(int width, int height, Bytes pixels) {
  return Frame(width, height, PixelFormat::kRgb24, std::move(pixels));
}

Frame gray(int width, int height, Bytes pixels) {
  return Frame(width, height, PixelFormat::kGray8, std::move(pixels));
}

Bytes bytes_of(const Frame& frame) {
  return {frame.data(), frame.data() + frame.size_bytes()};
}

TEST(Composite, MixesByAlphaAndRoundsHalfUp) {
  const Frame target = rgb(4, 1, {0, 0, 0, 10, 10, 10, 255, 0, 100, 7, 8, 9});
  const Frame swapped = rgb(4, 1, {255, 1, 2, 20, 30, 40, 0, 255, 101, 200, 201, 202});
  const Frame alpha = gray(4, 1, {128, 51, 255, 0});

  const ComposedFrame out = composite(target, swapped, alpha);

  // 128 * 255 / 255 = 128; 128 / 255 = 0.502 -> 1; 256 / 255 = 1.004 -> 1; a fifth of the way from
  // 10 is 12, 14, 16; full alpha is the swapped pixel; no alpha is the target.
  EXPECT_EQ(bytes_of(out.frame), (Bytes{128, 1, 1, 12, 14, 16, 0, 255, 101, 7, 8, 9}));
  EXPECT_EQ(out.status, FrameStatus::kSwapped);
}

TEST(Composite, ChangedMaskMarksDifferencesAndNotAlpha) {
  // Pixel 0: alpha, same colour. Pixel 1: alpha too small to matter. Pixels 2 and 3: one channel
  // differs, however little.
  const Frame target = rgb(4, 1, {5, 6, 7, 100, 100, 100, 1, 2, 3, 9, 9, 9});
  const Frame swapped = rgb(4, 1, {5, 6, 7, 101, 100, 100, 1, 2, 4, 9, 200, 9});
  const Frame alpha = gray(4, 1, {255, 100, 255, 255});

  const ComposedFrame out = composite(target, swapped, alpha);

  EXPECT_EQ(bytes_of(out.changed), (Bytes{0, 0, 255, 255}));
  EXPECT_EQ(bytes_of(out.alpha), (Bytes{255, 100, 255, 255}));
}

TEST(Composite, WhatNobodySeesIsAPassThrough) {
  const Frame target = rgb(2, 1, Bytes(6, 100));
  const auto differing_by = [&](int levels, std::uint8_t alpha) {
    Bytes swapped(6, 100);
    swapped[4] = static_cast<std::uint8_t>(100 + levels);
    return composite(target, rgb(2, 1, swapped), gray(2, 1, {alpha, alpha}));
  };
  for (const ComposedFrame& out :
       {differing_by(kUnseenLevels, 255), differing_by(-kUnseenLevels, 255), differing_by(0, 255),
        differing_by(140, 7)}) {
    EXPECT_EQ(out.status, FrameStatus::kPassthrough);
    EXPECT_EQ(out.frame, target);
    EXPECT_EQ(bytes_of(out.alpha), Bytes(2, 0));
    EXPECT_EQ(bytes_of(out.changed), Bytes(2, 0));
  }
  EXPECT_EQ(differing_by(kUnseenLevels + 1, 255).status, FrameStatus::kSwapped);
  EXPECT_EQ(differing_by(-kUnseenLevels - 1, 255).status, FrameStatus::kSwapped);
}

TEST(Composite, WithoutAlphaItIsAPassThrough) {
  const Frame target = rgb(2, 1, {1, 2, 3, 4, 5, 6});
  const ComposedFrame out = composite(target, rgb(2, 1, Bytes(6, 200)), gray(2, 1, {0, 0}));
  EXPECT_EQ(out.frame, target);
  EXPECT_EQ(out.status, FrameStatus::kPassthrough);
  EXPECT_EQ(bytes_of(out.changed), (Bytes{0, 0}));
}

TEST(Composite, RefusesOtherSizesAndFormats) {
  const Frame target = rgb(2, 1, Bytes(6, 0));
  const Frame alpha = gray(2, 1, {1, 1});
  EXPECT_THROW(static_cast<void>(composite(target, rgb(1, 2, Bytes(6, 0)), alpha)), Error);
  EXPECT_THROW(static_cast<void>(composite(target, target, gray(1, 1, {1}))), Error);
  EXPECT_THROW(static_cast<void>(composite(target, target, target)), Error);
  EXPECT_THROW(static_cast<void>(composite(alpha, target, alpha)), Error);
}

TEST(PassThrough, IsTheTargetWithEmptyMasks) {
  const Frame target = rgb(2, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const ComposedFrame out = pass_through(target);
  EXPECT_EQ(out.frame, target);
  EXPECT_EQ(bytes_of(out.alpha), Bytes(4, 0));
  EXPECT_EQ(bytes_of(out.changed), Bytes(4, 0));
  EXPECT_EQ(out.status, FrameStatus::kPassthrough);
}

struct Pictures {
  int width;
  int height;
  Bytes target;
  Bytes swapped;
  Bytes alpha;
};

Pictures any_pictures() {
  const int width = *rc::gen::inRange(1, 8);
  const int height = *rc::gen::inRange(1, 8);
  const auto n = static_cast<std::size_t>(width * height);
  const auto bytes = [](std::size_t count) {
    return *rc::gen::container<Bytes>(count, rc::gen::arbitrary<std::uint8_t>());
  };
  // Zero and full alpha, the values that must be exact, come up in two of three pixels.
  Bytes alpha = bytes(n);
  for (std::size_t i = 0; i < n; ++i) {
    alpha[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? 255 : alpha[i];
  }
  return {width, height, bytes(3 * n), bytes(3 * n), alpha};
}

/// What channel `c` of the pictures becomes, by floating point.
int mixed(const Pictures& p, std::size_t c) {
  const double alpha = p.alpha[c / 3];
  return static_cast<int>((alpha * p.swapped[c] + (255 - alpha) * p.target[c]) / 255 + 0.5);
}

RC_GTEST_PROP(CompositeProperty, IsExactOutsideAlphaAndBetweenTheTwoInside, ()) {
  const Pictures p = any_pictures();
  const ComposedFrame out =
      composite(rgb(p.width, p.height, p.target), rgb(p.width, p.height, p.swapped),
                gray(p.width, p.height, p.alpha));
  int largest = 0;
  for (std::size_t c = 0; c < p.target.size(); ++c) {
    largest = std::max(largest, std::abs(mixed(p, c) - p.target[c]));
  }
  const bool is_seen = largest > kUnseenLevels;
  RC_ASSERT((out.status == FrameStatus::kSwapped) == is_seen);
  for (std::size_t i = 0; i < p.alpha.size(); ++i) {
    bool differs = false;
    RC_ASSERT(out.alpha.data()[i] == (is_seen ? p.alpha[i] : 0));
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      const int value = out.frame.data()[c];
      RC_ASSERT(value == (is_seen ? mixed(p, c) : p.target[c]));
      RC_ASSERT(p.alpha[i] != 0 || value == p.target[c]);
      differs = differs || value != p.target[c];
    }
    RC_ASSERT(out.changed.data()[i] == (differs ? 255 : 0));
  }
}

}  // namespace
}  // namespace changeling
