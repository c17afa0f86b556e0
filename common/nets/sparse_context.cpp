#include "common/nets/sparse_context.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/vector_clones.h"
#include "common/nets/landmark_context.h"
#include "common/nets/reflection_pad.h"
#include "common/tensor/parallel.h"
#include "common/tensor/row_kernels.h"

namespace changeling {
namespace {

constexpr int kKernel = 7;
constexpr int kPad = kKernel / 2;
constexpr std::int64_t kLanes = 8;  ///< channels that the kernel handles at once: GCC 12 keeps
                                    ///< longer vectors in memory where AVX2 is all there is
constexpr std::int64_t kBlock = 8;  ///< output pixels of a row, likewise
constexpr std::int64_t kBand = 8;   ///< output rows that are summed before they are rounded

using Lanes = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float))));

/// Half-open range of pixels.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;

  [[nodiscard]] bool empty() const { return first >= last; }

  [[nodiscard]] std::int64_t size() const { return last - first; }
};

/// Non-zero part of one padded map: pixel i of the map is pixel i + kPad here.
struct Disc {
  std::int64_t landmark = 0;
  Span rows;
  Span columns;
  std::int64_t row_size = 0;
  std::vector<float> values;  ///< a row begins kKernel - 1 zeros before `columns`, ends in zeros

  /// Output pixels that see the disc.
  [[nodiscard]] static Span seen(const Span& span, std::int64_t resolution) {
    return {std::max<std::int64_t>(0, span.first - 2 * kPad), std::min(span.last, resolution)};
  }
};

/// Pixels of a map axis within the support of a landmark at `centre`, in padded coordinates and
/// widened to the mirror images of pixels next to the border.
Span padded_support(double centre, std::int64_t resolution) {
  const auto size = static_cast<double>(resolution);
  const double lowest = std::ceil((centre - kLandmarkMapRadius) * size - 0.5);
  const double highest = std::floor((centre + kLandmarkMapRadius) * size - 0.5);
  // Written so that a landmark that is not a number has no support.
  if (!(highest >= 0 && lowest < size && lowest <= highest)) {
    return {};
  }
  const auto low = static_cast<std::int64_t>(std::max(lowest, 0.0));
  const auto high = static_cast<std::int64_t>(std::min(highest, size - 1));
  Span span = {low + kPad, high + kPad + 1};
  if (low <= kPad && high >= 1) {
    span.first = std::min(span.first, kPad - std::min<std::int64_t>(high, kPad));
  }
  const std::int64_t last = resolution - 1;
  if (high >= last - kPad && low <= last - 1) {
    span.last = std::max(span.last, 2 * last - std::max(low, last - kPad) + kPad + 1);
  }
  return span;
}

/// Pixel of the map whose value padding puts at `padded`.
std::int64_t mirrored(std::int64_t padded, std::int64_t resolution) {
  const std::int64_t i = std::abs(padded - kPad);
  return i < resolution ? i : 2 * (resolution - 1) - i;
}

float disc_value(double dx, double dy) {
  const double near = 1 - std::sqrt((dx * dx + dy * dy) / 2);
  const double power = std::pow(near, 8);
  return near > 0 ? static_cast<float>(std::max(0.0, (power - 0.8) / 0.2)) : 0.0F;
}

Disc make_disc(std::int64_t landmark, double x, double y, std::int64_t resolution) {
  Disc disc;
  disc.landmark = landmark;
  disc.rows = padded_support(y, resolution);
  disc.columns = padded_support(x, resolution);
  if (disc.rows.empty() || disc.columns.empty()) {
    disc.rows = {};
    return disc;
  }
  disc.row_size = disc.columns.size() + 2 * (kKernel - 1) + kBlock;
  disc.values.assign(static_cast<std::size_t>(disc.rows.size() * disc.row_size), 0.0F);
  const auto size = static_cast<double>(resolution);
  for (std::int64_t row = 0; row < disc.rows.size(); ++row) {
    float* into = disc.values.data() + row * disc.row_size + kKernel - 1;
    const auto map_y = static_cast<double>(mirrored(disc.rows.first + row, resolution));
    for (std::int64_t column = 0; column < disc.columns.size(); ++column) {
      const auto map_x = static_cast<double>(mirrored(disc.columns.first + column, resolution));
      into[column] = disc_value((map_x + 0.5) / size - x, (map_y + 0.5) / size - y);
    }
  }
  return disc;
}

/// Adds to kBlock pixels x kLanes channels what the map rows give; a null row is all zeros.
CHANGELING_VECTOR_CLONES void add_block(const std::array<const float*, kKernel>& rows,
                                        const float* weight, std::int64_t lanes, float* out) {
  Lanes sums[kBlock];  // std::array would drop the attributes of the type
  for (std::int64_t p = 0; p < kBlock; ++p) {
    std::memcpy(&sums[p], out + p * lanes, sizeof(Lanes));
  }
  for (std::int64_t ky = 0; ky < kKernel; ++ky) {
    const float* row = rows[static_cast<std::size_t>(ky)];
    if (row == nullptr) {
      continue;
    }
    for (std::int64_t kx = 0; kx < kKernel; ++kx) {
      Lanes element;
      std::memcpy(&element, weight + (ky * kKernel + kx) * lanes, sizeof(Lanes));
      for (std::int64_t p = 0; p < kBlock; ++p) {
        sums[p] += row[p + kx] * element;
      }
    }
  }
  for (std::int64_t p = 0; p < kBlock; ++p) {
    std::memcpy(out + p * lanes, &sums[p], sizeof(Lanes));
  }
}

/// Adds the part of a disc that falls on output row y to `sums`, (resolution + kBlock) x lanes.
void add_row(const Disc& disc, std::int64_t y, std::int64_t resolution, const float* weight,
             std::int64_t lanes, float* sums) {
  std::array<const float*, kKernel> rows{};
  const Span columns = Disc::seen(disc.columns, resolution);
  for (std::int64_t x = columns.first; x < columns.last; x += kBlock) {
    for (std::int64_t ky = 0; ky < kKernel; ++ky) {
      const std::int64_t row = y + ky - disc.rows.first;
      const bool hit = row >= 0 && row < disc.rows.size();
      rows[static_cast<std::size_t>(ky)] =
          hit ? disc.values.data() + row * disc.row_size + x - (disc.columns.first - (kKernel - 1))
              : nullptr;
    }
    for (std::int64_t lane = 0; lane < lanes; lane += kLanes) {
      add_block(rows, weight + lane, lanes, sums + x * lanes + lane);
    }
  }
}

std::vector<Disc> make_discs(const at::Tensor& landmarks, std::int64_t resolution) {
  std::vector<Disc> discs;
  const auto points = landmarks.accessor<float, 2>();
  for (std::int64_t l = 0; l < landmarks.size(0); ++l) {
    Disc disc = make_disc(l, points[l][0], points[l][1], resolution);
    if (!disc.rows.empty()) {
      discs.push_back(std::move(disc));
    }
  }
  return discs;
}

/// Paints one context on the CPU in bands of rows; T is float or uint16 (bfloat16).
template <typename T>
class Painter {
 public:
  Painter(const at::Tensor& packed, std::int64_t channels, std::int64_t resolution)
      : weight_(packed.data_ptr<float>()),
        lanes_(packed.size(2)),
        channels_(channels),
        resolution_(resolution) {}

  void paint(const std::vector<Disc>& discs, T* out) const {
    const std::int64_t bands = (resolution_ + kBand - 1) / kBand;
    at::parallel_for(0, bands, 1, [&](std::int64_t first, std::int64_t last) {
      std::vector<float> sums(static_cast<std::size_t>(kBand * row_size()));
      for (std::int64_t band = first; band < last; ++band) {
        std::fill(sums.begin(), sums.end(), 0.0F);
        paint_band(discs, {band * kBand, std::min((band + 1) * kBand, resolution_)}, sums.data(),
                   out);
      }
    });
  }

 private:
  /// Blocks may reach beyond the last pixel, where the map is zero.
  [[nodiscard]] std::int64_t row_size() const { return (resolution_ + kBlock) * lanes_; }

  void paint_band(const std::vector<Disc>& discs, const Span& band, float* sums, T* out) const {
    for (const Disc& disc : discs) {
      const Span rows = Disc::seen(disc.rows, resolution_);
      const float* weight = weight_ + disc.landmark * kKernel * kKernel * lanes_;
      for (std::int64_t y = std::max(rows.first, band.first); y < std::min(rows.last, band.last);
           ++y) {
        add_row(disc, y, resolution_, weight, lanes_, sums + (y - band.first) * row_size());
      }
    }
    for (std::int64_t y = band.first; y < band.last; ++y) {
      store(sums + (y - band.first) * row_size(), out + y * resolution_ * channels_);
    }
  }

  void store(const float* sums, T* out) const {
    if (channels_ == lanes_) {
      narrow_row(sums, out, resolution_ * channels_);
      return;
    }
    for (std::int64_t x = 0; x < resolution_; ++x) {
      narrow_row(sums + x * lanes_, out + x * channels_, channels_);
    }
  }

  const float* weight_;
  std::int64_t lanes_;
  std::int64_t channels_;
  std::int64_t resolution_;
};

template <typename T>
void paint_all(const Painter<T>& painter, const at::Tensor& landmarks, std::int64_t resolution,
               at::Tensor& contexts) {
  for (std::int64_t f = 0; f < landmarks.size(0); ++f) {
    painter.paint(make_discs(landmarks[f], resolution),
                  static_cast<T*>(contexts.select(0, f).data_ptr()));
  }
}

/// Kernel element by element, channels last and rounded up to whole lanes.
at::Tensor pack(const at::Tensor& weight) {
  const std::int64_t missing = (kLanes - weight.size(0) % kLanes) % kLanes;
  return at::constant_pad_nd(weight.permute({1, 2, 3, 0}).flatten(1, 2), {0, missing}).contiguous();
}

}  // namespace

SparseContext::SparseContext(const at::Tensor& weight)
    : channels_(weight.size(0)), landmarks_(weight.size(1)) {
  CHANGELING_REQUIRE(weight.dim() == 4 && weight.size(2) == kKernel && weight.size(3) == kKernel &&
                         weight.scalar_type() == at::kFloat,
                     "needs a float32 (C,L,7,7) weight");
  // On other devices the maps are made after all: convolved once a frame they are 4 % of the work.
  if (weight.device().is_cpu()) {
    weight_ = pack(weight);
  } else {
    weight_ = weight.contiguous(at::MemoryFormat::ChannelsLast);
    bfloat16_weight_ = weight_.to(at::kBFloat16);
  }
}

at::Tensor SparseContext::make(const at::Tensor& landmarks, int resolution_px,
                               at::ScalarType dtype) const {
  CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(1) == landmarks_ &&
                         landmarks.size(2) == 2 && landmarks.scalar_type() == at::kFloat,
                     "needs float32 landmarks (F,L,2)");
  CHANGELING_REQUIRE(resolution_px > kPad, "reflection needs more pixels than it adds");
  if (!weight_.device().is_cpu()) {
    const at::Tensor maps = landmark_maps(landmarks, resolution_px).to(dtype);
    return at::conv2d(reflection_pad_by_lines(maps, kPad),
                      dtype == at::kBFloat16 ? bfloat16_weight_ : weight_)
        .contiguous(at::MemoryFormat::ChannelsLast);
  }
  at::Tensor contexts = at::empty({landmarks.size(0), channels_, resolution_px, resolution_px},
                                  landmarks.options().dtype(dtype), at::MemoryFormat::ChannelsLast);
  if (dtype == at::kBFloat16) {
    paint_all(Painter<std::uint16_t>(weight_, channels_, resolution_px), landmarks, resolution_px,
              contexts);
  } else {
    paint_all(Painter<float>(weight_, channels_, resolution_px), landmarks, resolution_px,
              contexts);
  }
  return contexts;
}

}  // namespace changeling
