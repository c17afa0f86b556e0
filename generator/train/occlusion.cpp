#include "generator/train/occlusion.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kLeastBoxPx = 10;

/// First and last face pixel of a row of the mask.
struct FaceRow {
  int y = 0;
  int left = 0;
  int right = 0;
};

std::vector<FaceRow> face_rows(const at::Tensor& mask) {
  const float* pixels = mask.data_ptr<float>();
  const auto height = static_cast<int>(mask.size(0));
  const auto width = static_cast<int>(mask.size(1));
  std::vector<FaceRow> rows;
  for (int y = 0; y < height; ++y, pixels += width) {
    const float* end = pixels + width;
    const float* first = std::find_if(pixels, end, [](float value) { return value > 0.5F; });
    if (first == end) {
      continue;
    }
    int right = width - 1;
    while (pixels[right] <= 0.5F) {
      --right;
    }
    rows.push_back({y, static_cast<int>(first - pixels), right});
  }
  return rows;
}

/// A whole number in [low, high), `low` when that is empty.
int draw(CounterRng& rng, int low, int high) {
  return high > low ? low + static_cast<int>(rng.below(static_cast<std::uint64_t>(high - low)))
                    : low;
}

}  // namespace

at::Tensor random_occluder(const at::Tensor& face_mask, CounterRng& rng) {
  CHANGELING_REQUIRE(face_mask.dim() == 2, "an occluder needs a mask (R,R)");
  const at::Tensor mask = face_mask.to(at::kCPU, at::kFloat).contiguous();
  at::Tensor occluder = at::zeros_like(mask);
  const std::vector<FaceRow> rows = face_rows(mask);
  if (rows.empty()) {
    return occluder;
  }
  int left = rows.front().left;
  int right = rows.front().right;
  for (const FaceRow& row : rows) {
    left = std::min(left, row.left);
    right = std::max(right, row.right);
  }
  if (right - left <= kLeastBoxPx || rows.back().y - rows.front().y <= kLeastBoxPx) {
    return occluder;
  }
  const FaceRow& row = rows[rng.below(rows.size())];
  const int center_x = rng.below(2) == 0 ? row.left : row.right;
  const int width = right - left + 1;
  const double a = draw(rng, width / 4, width / 2);
  const double b = draw(rng, width / 4, width / 2);
  const double angle = draw(rng, 0, 180) * std::acos(-1.0) / 180;
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  const float* face = mask.data_ptr<float>();
  float* into = occluder.data_ptr<float>();
  for (std::int64_t y = 0; y < mask.size(0); ++y) {
    for (std::int64_t x = 0; x < mask.size(1); ++x, ++face, ++into) {
      const auto dx = static_cast<double>(x - center_x);
      const auto dy = static_cast<double>(y - row.y);
      const double u = (cosine * dx + sine * dy) / a;
      const double v = (cosine * dy - sine * dx) / b;
      *into = *face > 0.5F && u * u + v * v <= 1 ? 1.0F : 0.0F;
    }
  }
  return occluder;
}

}  // namespace changeling
