#include "common/tensor/channels_last.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include <ATen/Functions.h>

#include "common/base/error.h"
#include "common/tensor/parallel.h"

namespace changeling {
namespace {

// Note [Products first]
// Upsampling mixes places, the convolution mixes channels: they commute. A 3x3 convolution after x2
// upsampling is, for each of the nine kernel elements, a product at the small size (a quarter of
// the multiplications), then a weighted sum of upsampled products. The sum is separable: along y
// each output row needs two small rows for each ky, along x two columns for each kx. Reflection at
// the border and the clamped edges of the upsampling are in the tables of those places.

constexpr std::int64_t kGrain = 1 << 16;  ///< elements a thread should at least write
constexpr std::int64_t kTile = 1024;      ///< elements of bias, repeated so that loops are long

/// Pixels of a channels-last tensor: rows may be apart, a row is dense.
template <typename T>
struct Pixels {
  T* data = nullptr;
  std::int64_t batch = 0;
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t image_stride = 0;
  std::int64_t row_stride = 0;

  T* row(std::int64_t n, std::int64_t y) const { return data + n * image_stride + y * row_stride; }
};

template <typename T>
Pixels<T> pixels_of(const at::Tensor& x) {
  CHANGELING_REQUIRE(x.dim() == 4 && x.device().is_cpu(), "needs a (N,C,H,W) tensor on the CPU");
  CHANGELING_REQUIRE(
      (x.size(1) == 1 || x.stride(1) == 1) && (x.size(3) == 1 || x.stride(3) == x.size(1)),
      "needs a channels-last tensor");
  CHANGELING_REQUIRE(x.scalar_type() == (std::is_same_v<T, float> ? at::ScalarType::Float
                                                                  : at::ScalarType::BFloat16),
                     "needs float32 or bfloat16, the same everywhere");
  return {static_cast<T*>(x.data_ptr()),
          x.size(0),
          x.size(1),
          x.size(2),
          x.size(3),
          x.stride(0),
          x.stride(2)};
}

at::Tensor new_image(const at::Tensor& like, std::int64_t channels, std::int64_t height,
                     std::int64_t width) {
  return at::empty({like.size(0), channels, height, width}, like.options(),
                   at::MemoryFormat::ChannelsLast);
}

/// Index i of an axis of `size` after reflection about its first and last element.
std::int64_t reflect(std::int64_t i, std::int64_t size) {
  if (i < 0) {
    return -i;
  }
  return i < size ? i : 2 * (size - 1) - i;
}

/// Finishes rows of the output: joins, then fills the columns outside from those inside.
template <typename T>
class RowFinisher {
 public:
  RowFinisher(const LayerEnd& end, const Pixels<T>& out)
      : join_(end.join), pad_(end.pad), channels_(out.channels), width_(out.width - 2 * end.pad) {
    const std::int64_t height = out.height - 2 * end.pad;
    CHANGELING_REQUIRE(end.pad >= 0 && end.pad < height && end.pad < width_,
                       "reflection needs more pixels than it adds");
    if (join_ == Join::kAddThenRelu || join_ == Join::kReluThenAdd) {
      other_ = pixels_of<T>(end.other);
      CHANGELING_REQUIRE(other_.batch == out.batch && other_.channels == channels_ &&
                             other_.height == height && other_.width == width_,
                         "what is added must have the size of the output");
    }
    tile_.assign(static_cast<std::size_t>(channels_ * std::max<std::int64_t>(1, kTile / channels_)),
                 0.0F);
    if (end.bias.defined()) {
      CHANGELING_REQUIRE(end.bias.numel() == channels_ && end.bias.scalar_type() == at::kFloat,
                         "needs a float32 bias for every channel");
      const at::Tensor bias = end.bias.contiguous();
      for (std::size_t i = 0; i < tile_.size(); ++i) {
        tile_[i] = bias.data_ptr<float>()[static_cast<std::int64_t>(i) % channels_];
      }
    }
  }

  /// `x`: the row (n, y) of the output without padding; `out`: where its padded row begins.
  template <typename X>
  void finish(const X* x, std::int64_t n, std::int64_t y, T* out) const {
    const T* other = other_.data == nullptr ? nullptr : other_.row(n, y);
    T* inner = out + pad_ * channels_;
    const std::int64_t count = width_ * channels_;
    const auto step = static_cast<std::int64_t>(tile_.size());
    for (std::int64_t i = 0; i < count; i += step) {
      join_row(join_, x + i, tile_.data(), other == nullptr ? nullptr : other + i, inner + i,
               std::min(step, count - i));
    }
    for (std::int64_t k = 1; k <= pad_; ++k) {
      copy_pixel(inner + k * channels_, inner - k * channels_);
      T* last = inner + (width_ - 1) * channels_;
      copy_pixel(last - k * channels_, last + k * channels_);
    }
  }

 private:
  void copy_pixel(const T* from, T* to) const {
    std::memcpy(to, from, static_cast<std::size_t>(channels_) * sizeof(T));
  }

  Join join_;
  std::int64_t pad_;
  std::int64_t channels_;
  std::int64_t width_;
  Pixels<T> other_;
  std::vector<float> tile_;
};

/// Calls body(n, y, row) for every row of `out`, on all threads; scratch is one vector a thread.
template <typename T, typename Body>
void for_each_row(const Pixels<T>& out, std::size_t scratch_size, const Body& body) {
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (out.width * out.channels));
  at::parallel_for(0, out.batch * out.height, grain, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scratch(scratch_size);
    for (std::int64_t i = first; i < last; ++i) {
      body(i / out.height, i % out.height, out.row(i / out.height, i % out.height), scratch.data());
    }
  });
}

template <typename T>
at::Tensor finish_layer_as(const at::Tensor& x, const LayerEnd& end) {
  const Pixels<T> from = pixels_of<T>(x);
  at::Tensor result =
      new_image(x, from.channels, from.height + 2 * end.pad, from.width + 2 * end.pad);
  const Pixels<T> out = pixels_of<T>(result);
  const RowFinisher<T> finisher(end, out);
  for_each_row(out, 0, [&](std::int64_t n, std::int64_t y, T* row, float*) {
    const std::int64_t inner = reflect(y - end.pad, from.height);
    finisher.finish(from.row(n, inner), n, inner, row);
  });
  return result;
}

/// For each output index of an axis of `size` small elements: the two small elements under each of
/// the three kernel elements. Element i, kernel element k lies at i * stride + k * kernel_stride.
std::vector<Mix> upsampled_kernel_mixes(std::int64_t size, std::int64_t stride,
                                        std::int64_t kernel_stride) {
  std::vector<Mix> mixes(static_cast<std::size_t>(2 * size));
  for (std::int64_t i = 0; i < 2 * size; ++i) {
    Mix& mix = mixes[static_cast<std::size_t>(i)];
    mix.taps = 6;
    for (std::int64_t k = 0; k < 3; ++k) {
      const std::int64_t place = reflect(i + k - 1, 2 * size);
      const float source = std::max(0.0F, (static_cast<float>(place) + 0.5F) * 0.5F - 0.5F);
      const auto first = static_cast<std::int64_t>(source);
      const std::int64_t second = std::min(first + 1, size - 1);
      const float weight = source - static_cast<float>(first);
      const auto slot = static_cast<std::size_t>(2 * k);
      mix.offset[slot] = first * stride + k * kernel_stride;
      mix.offset[slot + 1] = second * stride + k * kernel_stride;
      mix.weight[slot] = 1.0F - weight;
      mix.weight[slot + 1] = weight;
    }
  }
  return mixes;
}

template <typename T>
at::Tensor finish_upsampled_as(const at::Tensor& products, const LayerEnd& end) {
  const Pixels<T> from = pixels_of<T>(products);
  CHANGELING_REQUIRE(from.channels % 9 == 0, "needs nine products for every channel");
  const std::int64_t channels = from.channels / 9;
  at::Tensor result =
      new_image(products, channels, 2 * (from.height + end.pad), 2 * (from.width + end.pad));
  const Pixels<T> out = pixels_of<T>(result);
  const RowFinisher<T> finisher(end, out);
  const std::vector<Mix> down = upsampled_kernel_mixes(from.height, from.row_stride, 3 * channels);
  const std::vector<Mix> across = upsampled_kernel_mixes(from.width, 3 * channels, channels);
  // One row of the small width with three values (kx) a channel, then one of the large width.
  const std::int64_t small_row = from.width * 3 * channels;
  const std::int64_t large_row = 2 * from.width * channels;
  for_each_row(
      out, static_cast<std::size_t>(small_row + large_row),
      [&](std::int64_t n, std::int64_t y, T* row, float* scratch) {
        const std::int64_t inner = reflect(y - end.pad, 2 * from.height);
        const Mix* mix = &down[static_cast<std::size_t>(inner)];
        mix_row(MixSource<T>{from.row(n, 0), from.channels, mix, 0}, from.width, 3 * channels,
                scratch);
        float* sums = scratch + small_row;
        mix_row(MixSource<float>{scratch, 0, across.data(), 1}, 2 * from.width, channels, sums);
        finisher.finish(sums, n, inner, row);
      });
  return result;
}

/// The two elements, `stride` apart, that each of 2 * size aligned places lies between.
std::vector<Mix> aligned_mixes(std::int64_t size, std::int64_t stride) {
  std::vector<Mix> mixes(static_cast<std::size_t>(2 * size));
  const float scale = static_cast<float>(size - 1) / static_cast<float>(2 * size - 1);
  for (std::int64_t i = 0; i < 2 * size; ++i) {
    const float source = scale * static_cast<float>(i);
    const std::int64_t first = std::min(static_cast<std::int64_t>(source), size - 1);
    const float weight = std::min(1.0F, source - static_cast<float>(first));
    Mix& mix = mixes[static_cast<std::size_t>(i)];
    mix.offset[0] = first * stride;
    mix.offset[1] = std::min(first + 1, size - 1) * stride;
    mix.weight[0] = 1.0F - weight;
    mix.weight[1] = weight;
  }
  return mixes;
}

template <typename T>
at::Tensor upsample_aligned_as(const at::Tensor& x) {
  const Pixels<T> from = pixels_of<T>(x);
  at::Tensor result = new_image(x, from.channels, 2 * from.height, 2 * from.width);
  const Pixels<T> out = pixels_of<T>(result);
  const std::vector<Mix> down = aligned_mixes(from.height, from.row_stride);
  const std::vector<Mix> across = aligned_mixes(from.width, from.channels);
  const std::int64_t small_row = from.width * from.channels;
  for_each_row(
      out, static_cast<std::size_t>(3 * small_row),
      [&](std::int64_t n, std::int64_t y, T* row, float* scratch) {
        const Mix* mix = &down[static_cast<std::size_t>(y)];
        mix_row(MixSource<T>{from.row(n, 0), 0, mix, 0}, 1, small_row, scratch);
        float* wide = scratch + small_row;
        mix_row(MixSource<float>{scratch, 0, across.data(), 1}, out.width, out.channels, wide);
        narrow_row(wide, row, out.width * out.channels);
      });
  return result;
}

bool is_bfloat16(const at::Tensor& x) {
  return x.scalar_type() == at::ScalarType::BFloat16;
}

}  // namespace

at::Tensor finish_layer(const at::Tensor& x, const LayerEnd& end) {
  return is_bfloat16(x) ? finish_layer_as<std::uint16_t>(x, end) : finish_layer_as<float>(x, end);
}

at::Tensor finish_upsampled_layer(const at::Tensor& products, const LayerEnd& end) {
  return is_bfloat16(products) ? finish_upsampled_as<std::uint16_t>(products, end)
                               : finish_upsampled_as<float>(products, end);
}

at::Tensor upsample_aligned(const at::Tensor& x) {
  return is_bfloat16(x) ? upsample_aligned_as<std::uint16_t>(x) : upsample_aligned_as<float>(x);
}

at::Tensor inside(const at::Tensor& x, int pad) {
  return x.narrow(2, pad, x.size(2) - 2 * pad).narrow(3, pad, x.size(3) - 2 * pad);
}

}  // namespace changeling
