#include "catalog/export/pixel_probe.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kBoxScale = 1.2;
constexpr double kFloor = 1e-3;  // levels: a flat picture has a finite logarithm

/// Columns first..last and rows top..bottom that alpha covers; both ends included.
struct Box {
  int first = 0, top = 0, last = -1, bottom = -1;

  [[nodiscard]] bool is_empty() const { return last < first; }
};

/// A picture with what alpha says of it.
class Scene {
 public:
  Scene(const Frame& picture, const Frame& alpha)
      : picture_(picture),
        width_(picture.width_px()),
        height_(picture.height_px()),
        luma_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)),
        near_(luma_.size(), 0) {
    if (picture.format() != PixelFormat::kRgb24 || alpha.width_px() != width_ ||
        alpha.height_px() != height_) {
      throw Error(ErrorKind::kInput, "a clip and its alpha mask differ in size");
    }
    for (std::size_t i = 0; i < luma_.size(); ++i) {
      const std::uint8_t* pixel = picture.data() + 3 * i;
      luma_[i] = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    }
    const auto step = static_cast<std::size_t>(alpha.channels());
    box_ = {width_, height_, -1, -1};
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (alpha.data()[index(x, y) * step] > 0) {
          note_alpha(x, y);
        }
      }
    }
  }

  [[nodiscard]] const Box& box() const { return box_; }

  [[nodiscard]] int width() const { return width_; }

  [[nodiscard]] int height() const { return height_; }

  [[nodiscard]] bool is_near_alpha(int x, int y) const { return near_[index(x, y)] != 0; }

  [[nodiscard]] int channel(int x, int y, std::size_t c) const {
    return picture_.data()[3 * index(x, y) + c];
  }

  /// Luma, 0..255.
  [[nodiscard]] double luma(int x, int y) const { return luma_[index(x, y)]; }

  /// Absolute Laplacian of the luma; inner pixels only.
  [[nodiscard]] double high_pass(int x, int y) const {
    return std::abs(4 * luma(x, y) - luma(x - 1, y) - luma(x + 1, y) - luma(x, y - 1) -
                    luma(x, y + 1));
  }

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(x);
  }

  void note_alpha(int x, int y) {
    box_ = {std::min(box_.first, x), std::min(box_.top, y), std::max(box_.last, x),
            std::max(box_.bottom, y)};
    // Marks the margin once per run of a row: neighbours to the left have marked the rest.
    const bool is_inside_run = x > 0 && near_[index(x - 1, y)] == kAlpha;
    const int from = is_inside_run ? x + kProbeMarginPx : x - kProbeMarginPx;
    for (int v = std::max(0, y - kProbeMarginPx); v <= std::min(height_ - 1, y + kProbeMarginPx);
         ++v) {
      for (int u = std::max(0, from); u <= std::min(width_ - 1, x + kProbeMarginPx); ++u) {
        near_[index(u, v)] = std::max<unsigned char>(near_[index(u, v)], 1);
      }
    }
    near_[index(x, y)] = kAlpha;
  }

  static constexpr unsigned char kAlpha = 2;

  const Frame& picture_;
  int width_, height_;
  std::vector<double> luma_;
  std::vector<unsigned char> near_;  ///< 2 alpha, 1 within the margin, 0 outside
  Box box_;
};

struct Mean {
  double sum = 0;
  double n = 0;

  void add(double value) {
    sum += value;
    n += 1;
  }

  [[nodiscard]] double value() const { return sum / n; }
};

ProbeFeatures background_of(const Scene& scene) {
  Mean red, green, blue, luma, square, across, down, high;
  for (int y = 1; y + 1 < scene.height(); ++y) {
    for (int x = 1; x + 1 < scene.width(); ++x) {
      if (scene.is_near_alpha(x, y)) {
        continue;
      }
      const double here = scene.luma(x, y);
      red.add(scene.channel(x, y, 0));
      green.add(scene.channel(x, y, 1));
      blue.add(scene.channel(x, y, 2));
      luma.add(here);
      square.add(here * here);
      across.add(std::abs(scene.luma(x + 1, y) - here));
      down.add(std::abs(scene.luma(x, y + 1) - here));
      high.add(scene.high_pass(x, y));
    }
  }
  if (luma.n == 0) {
    return {};
  }
  const double variance = square.value() - luma.value() * luma.value();
  return {{"red", red.value()},
          {"green", green.value()},
          {"blue", blue.value()},
          {"contrast", std::sqrt(std::max(0.0, variance))},
          {"gradient across", across.value()},
          {"gradient down", down.value()},
          {"high pass", std::log(high.value() + kFloor)}};
}

ProbeFeatures box_of(const Scene& scene) {
  if (scene.box().is_empty()) {
    return {};
  }
  const Box& box = scene.box();
  const double half = kBoxScale / 2 * (std::max(box.last - box.first, box.bottom - box.top) + 1);
  const double center_x = (box.first + box.last) / 2.0, center_y = (box.top + box.bottom) / 2.0;
  Mean inside, outside;
  for (int y = 1; y + 1 < scene.height(); ++y) {
    for (int x = 1; x + 1 < scene.width(); ++x) {
      if (!scene.is_near_alpha(x, y)) {
        const bool is_inside = std::abs(x - center_x) <= half && std::abs(y - center_y) <= half;
        (is_inside ? inside : outside).add(scene.high_pass(x, y));
      }
    }
  }
  if (inside.n == 0 || outside.n == 0) {
    return {};
  }
  return {{"high pass inside over outside",
           std::log((inside.value() + kFloor) / (outside.value() + kFloor))}};
}

}  // namespace

PixelFeatures pixel_features(const Frame& picture, const Frame& alpha) {
  const Scene scene(picture, alpha);
  return {background_of(scene), box_of(scene)};
}

}  // namespace changeling
