// tests/unit/evaluator/metrics/metric_fixture.h: small pictures and faces with known properties.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "evaluator/metrics/builtin_metrics.h"

namespace changeling {

inline std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

/// A smooth picture with texture, fixed by its size.
inline Frame textured_frame(int width, int height) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      pixels.push_back(to_byte(128 + 60 * std::sin(0.3 * x) + 40 * std::cos(0.23 * y)));
      pixels.push_back(to_byte(100 + 70 * std::sin(0.11 * (x + y))));
      pixels.push_back(to_byte(140 + 50 * std::cos(0.4 * x - 0.2 * y)));
    }
  }
  return Frame(width, height, PixelFormat::kRgb24, std::move(pixels));
}

/// `frame` plus uniform noise of the given amplitude, the same draws for every amplitude.
inline Frame add_noise(const Frame& frame, double amplitude) {
  CounterRng rng(11);
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  for (std::uint8_t& pixel : pixels) {
    pixel = to_byte(pixel + amplitude * (2 * rng.uniform() - 1));
  }
  return Frame(frame.width_px(), frame.height_px(), frame.format(), std::move(pixels));
}

inline Frame constant_frame(int width, int height, std::uint8_t value) {
  const std::size_t size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  return Frame(width, height, PixelFormat::kRgb24, std::vector<std::uint8_t>(size, value));
}

/// Alpha of 255 on columns [first_x, last_x) of rows [first_y, last_y).
inline Frame box_alpha(int width, int height, int first_x, int first_y, int last_x, int last_y) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool inside = x >= first_x && x < last_x && y >= first_y && y < last_y;
      pixels.push_back(inside ? 255 : 0);
    }
  }
  return Frame(width, height, PixelFormat::kGray8, std::move(pixels));
}

inline Frame empty_alpha(int width, int height) {
  return box_alpha(width, height, 0, 0, 0, 0);
}

/// The only sample of a metric over one frame.
inline Sample score_one(const Metric& metric, const FrameSample& frame,
                        const ClipContext& clip = {}) {
  const std::unique_ptr<MetricAccumulator> accumulator = metric.begin(clip);
  accumulator->observe(frame);
  const std::vector<Sample> samples = accumulator->finish();
  CHANGELING_REQUIRE(samples.size() == 1, "one frame gives one sample");
  return samples.front();
}

inline Sample score_pictures(const Metric& metric, const Frame& fake, const Frame& target,
                             const Frame& alpha) {
  FrameSample frame;
  frame.fake = &fake;
  frame.target = &target;
  frame.alpha = &alpha;
  return score_one(metric, frame);
}

inline Sample score_against_control(const Metric& metric, const Frame& fake, const Frame& control,
                                    const Frame& target, const Frame& alpha) {
  FrameSample frame;
  frame.fake = &fake;
  frame.control = &control;
  frame.target = &target;
  frame.alpha = &alpha;
  return score_one(metric, frame);
}

/// Mean of every pixel's neighbourhood of side 2 radius + 1, pixels beyond the border left out.
inline Frame box_blur(const Frame& frame, int radius) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < frame.height_px(); ++y) {
    for (int x = 0; x < frame.width_px(); ++x) {
      for (int c = 0; c < 3; ++c) {
        double sum = 0;
        int count = 0;
        for (int v = std::max(0, y - radius); v <= std::min(frame.height_px() - 1, y + radius);
             ++v) {
          for (int u = std::max(0, x - radius); u <= std::min(frame.width_px() - 1, x + radius);
               ++u) {
            sum += frame.data()[3 * (v * frame.width_px() + u) + c];
            ++count;
          }
        }
        pixels.push_back(to_byte(sum / count));
      }
    }
  }
  return Frame(frame.width_px(), frame.height_px(), frame.format(), std::move(pixels));
}

/// 68 points on a grid; the outer eye corners (36, 45) are 60 px apart on one line.
inline Landmarks grid_landmarks() {
  Landmarks points;
  for (int i = 0; i < 68; ++i) {
    points.push_back(
        {static_cast<float>(100 + 7 * (i % 10)), static_cast<float>(80 + 9 * (i / 10))});
  }
  points[36] = {110, 120};
  points[45] = {170, 120};
  return points;
}

}  // namespace changeling
