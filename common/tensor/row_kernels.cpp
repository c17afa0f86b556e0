#include "common/tensor/row_kernels.h"

#include <cstring>

#include "common/base/vector_clones.h"

namespace changeling {
namespace {

inline float widen(float x) {
  return x;
}

inline float widen(std::uint16_t x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x) << 16U;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline void narrow(float x, float& out) {
  out = x;
}

inline void narrow(float x, std::uint16_t& out) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  const std::uint32_t rounded = bits + 0x7FFFU + ((bits >> 16U) & 1U);
  out = static_cast<std::uint16_t>((x == x ? rounded : (bits | 0x400000U)) >> 16U);
}

inline float relu(float x) {
  return x < 0 ? 0.0F : x;
}

// Note [Clones]: each clone of an exported function compiles its own copy of these bodies, so they
// must be inlined; the switch stands outside the loops, because GCC does not vectorise around one.

template <typename X, typename T>
[[gnu::always_inline]] inline void join_body(Join join, const X* x, const float* bias,
                                             const T* other, T* out, std::int64_t count) {
  switch (join) {
    case Join::kCopy:
      for (std::int64_t i = 0; i < count; ++i) {
        narrow(widen(x[i]) + bias[i], out[i]);
      }
      break;
    case Join::kRelu:
      for (std::int64_t i = 0; i < count; ++i) {
        narrow(relu(widen(x[i]) + bias[i]), out[i]);
      }
      break;
    case Join::kAddThenRelu:
      for (std::int64_t i = 0; i < count; ++i) {
        narrow(relu(widen(x[i]) + bias[i] + widen(other[i])), out[i]);
      }
      break;
    case Join::kReluThenAdd:
      for (std::int64_t i = 0; i < count; ++i) {
        narrow(relu(widen(x[i]) + bias[i]) + widen(other[i]), out[i]);
      }
      break;
  }
}

template <typename T>
[[gnu::always_inline]] inline void mix_two(const T* base, const Mix& mix, std::int64_t channels,
                                           float* out) {
  const T* a = base + mix.offset[0];
  const T* b = base + mix.offset[1];
  const std::array<float, 6> w = mix.weight;
  for (std::int64_t c = 0; c < channels; ++c) {
    out[c] = widen(a[c]) * w[0] + widen(b[c]) * w[1];
  }
}

template <typename T>
[[gnu::always_inline]] inline void mix_six(const T* base, const Mix& mix, std::int64_t channels,
                                           float* out) {
  const T* p0 = base + mix.offset[0];
  const T* p1 = base + mix.offset[1];
  const T* p2 = base + mix.offset[2];
  const T* p3 = base + mix.offset[3];
  const T* p4 = base + mix.offset[4];
  const T* p5 = base + mix.offset[5];
  const std::array<float, 6> w = mix.weight;
  for (std::int64_t c = 0; c < channels; ++c) {
    out[c] = widen(p0[c]) * w[0] + widen(p1[c]) * w[1] + widen(p2[c]) * w[2] + widen(p3[c]) * w[3] +
             widen(p4[c]) * w[4] + widen(p5[c]) * w[5];
  }
}

template <typename T>
[[gnu::always_inline]] inline void mix_body(const MixSource<T>& from, std::int64_t count,
                                            std::int64_t channels, float* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    const Mix& mix = from.mixes[i * from.mix_step];
    const T* base = from.base + i * from.base_step;
    if (mix.taps == 2) {
      mix_two(base, mix, channels, out + i * channels);
    } else {
      mix_six(base, mix, channels, out + i * channels);
    }
  }
}

}  // namespace

CHANGELING_VECTOR_CLONES void join_row(Join join, const float* __restrict x,
                                       const float* __restrict bias, const float* __restrict other,
                                       float* __restrict out, std::int64_t count) {
  join_body(join, x, bias, other, out, count);
}

CHANGELING_VECTOR_CLONES void join_row(Join join, const std::uint16_t* __restrict x,
                                       const float* __restrict bias,
                                       const std::uint16_t* __restrict other,
                                       std::uint16_t* __restrict out, std::int64_t count) {
  join_body(join, x, bias, other, out, count);
}

CHANGELING_VECTOR_CLONES void join_row(Join join, const float* __restrict x,
                                       const float* __restrict bias,
                                       const std::uint16_t* __restrict other,
                                       std::uint16_t* __restrict out, std::int64_t count) {
  join_body(join, x, bias, other, out, count);
}

CHANGELING_VECTOR_CLONES void mix_row(const MixSource<float>& from, std::int64_t count,
                                      std::int64_t channels, float* __restrict out) {
  mix_body(from, count, channels, out);
}

CHANGELING_VECTOR_CLONES void mix_row(const MixSource<std::uint16_t>& from, std::int64_t count,
                                      std::int64_t channels, float* __restrict out) {
  mix_body(from, count, channels, out);
}

CHANGELING_VECTOR_CLONES void narrow_row(const float* __restrict x, std::uint16_t* __restrict out,
                                         std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    narrow(x[i], out[i]);
  }
}

void narrow_row(const float* x, float* out, std::int64_t count) {
  std::memcpy(out, x, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace changeling
