#include "common/face/cut_detector.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "common/base/error.h"
#include "common/base/upper_median.h"

namespace changeling {
namespace {

constexpr int kSamplesPerCell = 4;  // along each axis
constexpr float kMinLumaChange = 14;
constexpr float kMinHistogramChange = 0.35F;  // of 2
constexpr float kMinRatio = 4;
constexpr std::size_t kMemory = 9;

template <std::size_t N>
float total_difference(const std::array<float, N>& a, const std::array<float, N>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F, std::plus<>(),
                            [](float x, float y) { return std::abs(x - y); });
}

/// Sample `index` of `count` spread evenly over `size` pixels.
int sample_position(int index, int count, int size) {
  return static_cast<int>((static_cast<std::int64_t>(2 * index + 1) * size) / (2 * count));
}

}  // namespace

CutDetector::Look CutDetector::look_at(const Frame& frame) {
  CHANGELING_REQUIRE(frame.format() == PixelFormat::kRgb24, "cut detection needs RGB");
  constexpr int kWide = kColumns * kSamplesPerCell;
  constexpr int kHigh = kRows * kSamplesPerCell;
  constexpr float kShare = 1.0F / (kSamplesPerCell * kSamplesPerCell);
  Look look;
  for (int j = 0; j < kHigh; ++j) {
    const std::uint8_t* row =
        frame.data() +
        frame.row_bytes() * static_cast<std::size_t>(sample_position(j, kHigh, frame.height_px()));
    for (int i = 0; i < kWide; ++i) {
      const std::uint8_t* rgb = row + 3 * sample_position(i, kWide, frame.width_px());
      const float luma = 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2];
      const int cell = (j / kSamplesPerCell) * kColumns + i / kSamplesPerCell;
      look.luma[static_cast<std::size_t>(cell)] += kShare * luma;
      const int bin = ((rgb[0] / 64) * kLevels + rgb[1] / 64) * kLevels + rgb[2] / 64;
      look.histogram[static_cast<std::size_t>(bin)] += 1.0F / (kWide * kHigh);
    }
  }
  const float mean = std::accumulate(look.luma.begin(), look.luma.end(), 0.0F) /
                     static_cast<float>(look.luma.size());
  for (float& value : look.luma) {
    value -= mean;  // a flash of light is no cut
  }
  return look;
}

float CutDetector::usual_change() const {
  return upper_median(std::vector<float>(recent_changes_.begin(), recent_changes_.end()));
}

bool CutDetector::add(const Frame& frame) {
  const Look look = look_at(frame);
  bool is_cut = false;
  if (previous_) {
    const Look& before = *previous_;
    const float luma =
        total_difference(look.luma, before.luma) / static_cast<float>(look.luma.size());
    is_cut = luma >= kMinLumaChange && luma >= kMinRatio * usual_change() &&
             total_difference(look.histogram, before.histogram) >= kMinHistogramChange;
    if (is_cut) {
      recent_changes_.clear();
    } else {
      recent_changes_.push_back(luma);
    }
    if (recent_changes_.size() > kMemory) {
      recent_changes_.pop_front();
    }
  }
  previous_ = look;
  return is_cut;
}

}  // namespace changeling
