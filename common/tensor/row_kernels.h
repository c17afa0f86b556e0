// common/tensor/row_kernels.h: the loops below channels_last.h, on rows of float32 or bfloat16
// (moved as uint16). Arithmetic is float32 and rounds once; the bits are the same on every CPU.
// Layer 1.
#pragma once

#include <array>
#include <cstdint>

namespace changeling {

/// What becomes of x, the output of a convolution, on its way to the next layer.
enum class Join {
  kCopy,         ///< x
  kRelu,         ///< max(x, 0)
  kAddThenRelu,  ///< max(x + other, 0): the end of a residual block
  kReluThenAdd,  ///< max(x, 0) + other: a skip connection
};

/// out[i] = join(x[i] + bias[i], other[i]) for i < count; only the joins that add read `other`. A
/// NaN stays NaN.
void join_row(Join join, const float* x, const float* bias, const float* other, float* out,
              std::int64_t count);
void join_row(Join join, const std::uint16_t* x, const float* bias, const std::uint16_t* other,
              std::uint16_t* out, std::int64_t count);
void join_row(Join join, const float* x, const float* bias, const std::uint16_t* other,
              std::uint16_t* out, std::int64_t count);

/// A weighted sum of two or six places.
struct Mix {
  int taps = 2;
  std::array<std::int64_t, 6> offset{};  ///< elements from the base
  std::array<float, 6> weight{};
};

/// Where mix_row reads: place i has the base `base + i * base_step` and the mix mixes[i *
/// mix_step].
template <typename T>
struct MixSource {
  const T* base = nullptr;
  std::int64_t base_step = 0;
  const Mix* mixes = nullptr;
  std::int64_t mix_step = 0;
};

/// Writes count x channels values: out[i * channels + c] = sum over the taps of weight *
/// base[offset
/// + c] at place i.
void mix_row(const MixSource<float>& from, std::int64_t count, std::int64_t channels, float* out);
void mix_row(const MixSource<std::uint16_t>& from, std::int64_t count, std::int64_t channels,
             float* out);

/// Rounds to the nearest bfloat16, ties to even; the other overload copies.
void narrow_row(const float* x, std::uint16_t* out, std::int64_t count);
void narrow_row(const float* x, float* out, std::int64_t count);

}  // namespace changeling
