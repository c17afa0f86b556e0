#include "common/front/still_pictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr double kMargin = 1.7;
constexpr int kGlyphScale = 4;
constexpr int kPadding = 6;

/// F, A, K, E: 5 by 7 dots, a byte a row, the highest of five bits on the left.
constexpr std::array<std::array<std::uint8_t, 7>, 4> kGlyphs = {{
    {0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10},
    {0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11},
    {0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11},
    {0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F},
}};

/// Channel value at whole pixel coordinates; grey frames answer for every channel, outside is
/// black.
double pixel(const Frame& frame, int x, int y, int channel) {
  if (x < 0 || y < 0 || x >= frame.width_px() || y >= frame.height_px()) {
    return 0;
  }
  const auto channels = static_cast<std::size_t>(frame.channels());
  const std::size_t place =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.width_px()) +
       static_cast<std::size_t>(x)) *
          channels +
      (channels == 1 ? 0 : static_cast<std::size_t>(channel));
  return frame.data()[place];
}

/// Bilinear; pixel centres lie at +0.5.
double sample(const Frame& frame, double x, double y, int channel) {
  const double left = std::floor(x - 0.5);
  const double top = std::floor(y - 0.5);
  const double right_share = x - 0.5 - left;
  const double bottom_share = y - 0.5 - top;
  const int column = static_cast<int>(left);
  const int row = static_cast<int>(top);
  const double upper = pixel(frame, column, row, channel) * (1 - right_share) +
                       pixel(frame, column + 1, row, channel) * right_share;
  const double lower = pixel(frame, column, row + 1, channel) * (1 - right_share) +
                       pixel(frame, column + 1, row + 1, channel) * right_share;
  return upper * (1 - bottom_share) + lower * bottom_share;
}

void set_pixel(std::vector<std::uint8_t>& pixels, int width, int x, int y,
               const std::array<std::uint8_t, 3>& color) {
  const auto place = static_cast<std::size_t>((y * width + x) * 3);
  std::copy(color.begin(), color.end(), pixels.begin() + static_cast<std::ptrdiff_t>(place));
}

bool is_dot(int x, int y) {
  const int glyph = x / 6;
  const int column = x % 6;
  return column < 5 &&
         (kGlyphs[static_cast<std::size_t>(glyph)][static_cast<std::size_t>(y)] >> (4 - column) &
          1) != 0;
}

}  // namespace

SquareCrop square_around(const Frame& mask) {
  int left = mask.width_px(), right = -1, top = mask.height_px(), bottom = -1;
  for (int y = 0; y < mask.height_px(); ++y) {
    for (int x = 0; x < mask.width_px(); ++x) {
      if (pixel(mask, x, y, 0) > 0) {
        left = std::min(left, x);
        right = std::max(right, x);
        top = std::min(top, y);
        bottom = std::max(bottom, y);
      }
    }
  }
  if (right < 0) {
    return square_of_whole(mask);
  }
  const double side = kMargin * std::max(right - left + 1, bottom - top + 1);
  return {(left + right + 1) / 2.0 - side / 2, (top + bottom + 1) / 2.0 - side / 2, side};
}

SquareCrop square_of_whole(const Frame& frame) {
  const double side = std::max(frame.width_px(), frame.height_px());
  return {(frame.width_px() - side) / 2, (frame.height_px() - side) / 2, side};
}

Frame cut_square(const Frame& frame, const SquareCrop& crop, int side_px) {
  const double scale = crop.side_px / side_px;
  // Enough samples a pixel that shrinking averages instead of dropping.
  const int samples = std::max(1, static_cast<int>(std::ceil(scale)));
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side_px) *
                                   static_cast<std::size_t>(side_px) * 3);
  std::size_t place = 0;
  for (int y = 0; y < side_px; ++y) {
    for (int x = 0; x < side_px; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        double sum = 0;
        for (int i = 0; i < samples * samples; ++i) {
          const double dx = x + (i % samples + 0.5) / samples;
          const double dy = y + (std::floor(i / static_cast<double>(samples)) + 0.5) / samples;
          sum += sample(frame, crop.left_px + dx * scale, crop.top_px + dy * scale, channel);
        }
        pixels[place++] = static_cast<std::uint8_t>(std::lround(sum / (samples * samples)));
      }
    }
  }
  return {side_px, side_px, PixelFormat::kRgb24, std::move(pixels)};
}

Frame label_fake(const Frame& picture) {
  const int word_width = (4 * 6 - 1) * kGlyphScale;
  const int width = picture.width_px();
  const int height = picture.height_px();
  CHANGELING_REQUIRE(picture.format() == PixelFormat::kRgb24 &&
                         width >= word_width + 2 * kPadding &&
                         height >= 7 * kGlyphScale + 2 * kPadding,
                     "the picture is too small for its label");
  std::vector<std::uint8_t> pixels(picture.data(), picture.data() + picture.size_bytes());
  const int top = height - 7 * kGlyphScale - 2 * kPadding;
  for (int y = top; y < height; ++y) {
    for (int x = 0; x < word_width + 2 * kPadding; ++x) {
      const int word_x = x - kPadding;
      const int word_y = y - top - kPadding;
      const bool inside =
          word_x >= 0 && word_x < word_width && word_y >= 0 && word_y < 7 * kGlyphScale;
      const bool dot = inside && is_dot(word_x / kGlyphScale, word_y / kGlyphScale);
      set_pixel(pixels, width, x, y,
                dot ? std::array<std::uint8_t, 3>{255, 255, 255}
                    : std::array<std::uint8_t, 3>{179, 38, 30});
    }
  }
  return {width, height, PixelFormat::kRgb24, std::move(pixels)};
}

}  // namespace changeling
