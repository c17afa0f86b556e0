#include "catalog/degrade/frame_steps.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/media/image_codec.h"

namespace changeling {
namespace {

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

/// Which samples of a line make one of the result, with weights that add up to 1.
struct Tap {
  int first = 0;
  std::vector<double> weights;
};

std::vector<Tap> shrinking_taps(int from, int to) {
  std::vector<Tap> taps;
  const double step = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * step;
    const double end = std::min<double>(from, (i + 1) * step);
    Tap tap;
    tap.first = static_cast<int>(begin);
    for (int k = tap.first; k < from && k < end; ++k) {
      const double covered = std::min<double>(k + 1, end) - std::max<double>(k, begin);
      tap.weights.push_back(covered / (end - begin));
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

std::vector<Tap> growing_taps(int from, int to) {
  std::vector<Tap> taps;
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * from / to - 0.5;
    const double at = std::clamp<double>(center, 0, from - 1);
    Tap tap;
    tap.first = std::min(static_cast<int>(at), std::max(0, from - 2));
    const double share = at - tap.first;
    tap.weights = from > 1 ? std::vector<double>{1 - share, share} : std::vector<double>{1};
    taps.push_back(std::move(tap));
  }
  return taps;
}

std::vector<Tap> taps_of(int from, int to) {
  return to < from ? shrinking_taps(from, to) : growing_taps(from, to);
}

/// Each result sample is a weighted sum of samples `stride` apart.
double weighted(const double* samples, const Tap& tap, std::size_t stride) {
  double sum = 0;
  for (std::size_t k = 0; k < tap.weights.size(); ++k) {
    sum += tap.weights[k] * samples[k * stride];
  }
  return sum;
}

Frame apply_taps(const Frame& frame, const std::vector<Tap>& columns,
                 const std::vector<Tap>& rows) {
  const auto channels = static_cast<std::size_t>(frame.channels());
  const std::size_t row_samples = columns.size() * channels;
  const auto height = static_cast<std::size_t>(frame.height_px());
  std::vector<double> lines(height * row_samples);
  std::vector<double> line(frame.row_bytes());
  for (std::size_t y = 0; y < height; ++y) {
    std::copy_n(frame.data() + y * frame.row_bytes(), frame.row_bytes(), line.begin());
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const std::size_t first = static_cast<std::size_t>(columns[x].first) * channels;
      for (std::size_t c = 0; c < channels; ++c) {
        lines[y * row_samples + x * channels + c] =
            weighted(&line[first + c], columns[x], channels);
      }
    }
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(rows.size() * row_samples);
  for (const Tap& tap : rows) {
    const double* first = lines.data() + static_cast<std::size_t>(tap.first) * row_samples;
    for (std::size_t i = 0; i < row_samples; ++i) {
      pixels.push_back(to_byte(weighted(first + i, tap, row_samples)));
    }
  }
  return {static_cast<int>(columns.size()), static_cast<int>(rows.size()), frame.format(),
          std::move(pixels)};
}

Frame change_pixels(const Frame& frame, double saturation, double contrast) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(frame.size_bytes());
  for (const std::uint8_t* p = frame.data(); p != frame.data() + frame.size_bytes(); p += 3) {
    const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    for (int c = 0; c < 3; ++c) {
      pixels.push_back(to_byte(contrast * (luma + saturation * (p[c] - luma))));
    }
  }
  return {frame.width_px(), frame.height_px(), frame.format(), std::move(pixels)};
}

CounterRng rng_of(const Step& step, std::int64_t index) {
  return CounterRng(derive_seed(step.seed, {"frame", std::to_string(index)}));
}

Frame add_blocks(const Frame& frame, const Step& step, std::int64_t index) {
  constexpr int kBlockPx = 8;
  constexpr std::uint8_t kGrey = 128;
  const int width = frame.width_px(), height = frame.height_px();
  std::vector<std::uint8_t> pixels(frame.data(), frame.data() + frame.size_bytes());
  const int count = static_cast<int>(strength(step)) * std::max(1, std::min(width, height) / 256);
  CounterRng rng = rng_of(step, index);
  for (int i = 0; i < count; ++i) {
    const auto left = static_cast<int>(rng.below(static_cast<std::uint64_t>(width)));
    const auto top = static_cast<int>(rng.below(static_cast<std::uint64_t>(height)));
    for (int y = top; y < std::min(height, top + kBlockPx); ++y) {
      const std::ptrdiff_t row = (static_cast<std::ptrdiff_t>(y) * width + left) * 3;
      std::fill_n(pixels.begin() + row, 3 * std::min(kBlockPx, width - left), kGrey);
    }
  }
  return {width, height, frame.format(), std::move(pixels)};
}

/// About normal with deviation 1: twelve 16-bit numbers (Irwin-Hall), so that no machine's libm has
/// a say.
double normal(CounterRng& rng) {
  std::int64_t sum = 0;
  for (int word = 0; word < 3; ++word) {
    const std::uint64_t bits = rng.next();
    for (unsigned shift = 0; shift < 64; shift += 16) {
      sum += static_cast<std::int64_t>(bits >> shift & 0xFFFFU);
    }
  }
  return static_cast<double>(sum) / 65536.0 - 6;
}

Frame add_noise(const Frame& frame, const Step& step, std::int64_t index) {
  const double deviation = 255 * std::sqrt(strength(step));
  CounterRng rng = rng_of(step, index);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(frame.size_bytes());
  for (std::size_t i = 0; i < frame.size_bytes(); ++i) {
    pixels.push_back(to_byte(frame.data()[i] + deviation * normal(rng)));
  }
  return {frame.width_px(), frame.height_px(), frame.format(), std::move(pixels)};
}

/// A Gaussian kernel as taps at every pixel; beyond the border its edge goes on.
std::vector<Tap> blur_taps(int side, int kernel) {
  const int reach = kernel / 2;
  const double sigma = kernel / 6.0;
  std::vector<Tap> taps;
  for (int i = 0; i < side; ++i) {
    Tap tap;
    tap.first = std::max(0, i - reach);
    const int last = std::min(side - 1, i + reach);
    tap.weights.assign(static_cast<std::size_t>(last - tap.first + 1), 0);
    double sum = 0;
    for (int k = -reach; k <= reach; ++k) {
      const double weight = std::exp(-0.5 * k * k / (sigma * sigma));
      tap.weights[static_cast<std::size_t>(std::clamp(i + k, tap.first, last) - tap.first)] +=
          weight;
      sum += weight;
    }
    for (double& weight : tap.weights) {
      weight /= sum;
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

Frame pixelate(const Frame& frame, int factor) {
  const Frame small = resize_smooth(frame, std::max(1, frame.width_px() / factor),
                                    std::max(1, frame.height_px() / factor));
  return resize_smooth(small, frame.width_px(), frame.height_px());
}

}  // namespace

Frame resize_smooth(const Frame& frame, int width_px, int height_px) {
  CHANGELING_REQUIRE(width_px > 0 && height_px > 0, "a frame has pixels");
  if (width_px == frame.width_px() && height_px == frame.height_px()) {
    return frame;
  }
  return apply_taps(frame, taps_of(frame.width_px(), width_px),
                    taps_of(frame.height_px(), height_px));
}

Frame resize_nearest(const Frame& frame, int width_px, int height_px) {
  if (width_px == frame.width_px() && height_px == frame.height_px()) {
    return frame;
  }
  const auto nearest = [](int index, int from, int to) {
    return static_cast<std::size_t>((2 * std::int64_t{index} + 1) * from / (2 * std::int64_t{to}));
  };
  const auto channels = static_cast<std::size_t>(frame.channels());
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height_px; ++y) {
    const std::uint8_t* row =
        frame.data() + nearest(y, frame.height_px(), height_px) * frame.row_bytes();
    for (int x = 0; x < width_px; ++x) {
      const std::uint8_t* pixel = row + nearest(x, frame.width_px(), width_px) * channels;
      pixels.insert(pixels.end(), pixel, pixel + channels);
    }
  }
  return {width_px, height_px, frame.format(), std::move(pixels)};
}

Frame degrade(const Frame& frame, const Step& step, std::int64_t index) {
  switch (step.type) {
    case StepType::kSize: {
      const auto [width, height] = resized(frame.width_px(), frame.height_px(), step.level);
      return resize_smooth(frame, width, height);
    }
    case StepType::kJpeg:
      return decode_image(encode_jpeg(frame, step.level));
    case StepType::kSaturation:
      return change_pixels(frame, strength(step), 1);
    case StepType::kContrast:
      return change_pixels(frame, 1, strength(step));
    case StepType::kBlocks:
      return add_blocks(frame, step, index);
    case StepType::kNoise:
      return add_noise(frame, step, index);
    case StepType::kBlur: {
      const int kernel = static_cast<int>(strength(step));
      return apply_taps(frame, blur_taps(frame.width_px(), kernel),
                        blur_taps(frame.height_px(), kernel));
    }
    case StepType::kPixelate:
      return pixelate(frame, static_cast<int>(strength(step)));
    case StepType::kH264:
    case StepType::kH265:
    case StepType::kAv1:
    case StepType::kRate:
      break;
  }
  throw Error(ErrorKind::kInternal, "codecs and rates are no steps of a single frame");
}

}  // namespace changeling
