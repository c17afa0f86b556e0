// common/media/pixel_convert.h: decoder pictures to RGB and back with a stated matrix and range,
// always the same bytes on every machine. Layer 1, module-private.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/frame.h"
#include "common/media/ffmpeg_handles.h"
#include "common/media/video_reader.h"

namespace changeling {

/// How the samples of a picture are to be read.
struct ColorInterpretation {
  ColorMatrix matrix = ColorMatrix::kBt601;
  ColorRange range = ColorRange::kLimited;
  ColorTransfer transfer = ColorTransfer::kStandard;
  bool is_stated = false;
};

/// What the picture states; where it is silent: BT.709 from 720 lines up, else BT.601, limited
/// range. RGB and grey pictures are full range unless they say otherwise. Throws Error(kInput) for
/// a matrix that swscale does not know (YCgCo, ICtCp, YDzDx).
[[nodiscard]] ColorInterpretation interpret_color(const AVFrame& picture);

/// One of the eight ways to hold a picture upright.
struct Orientation {
  bool swaps_axes = false;
  bool flips_x = false;  ///< in the shown picture
  bool flips_y = false;

  [[nodiscard]] bool is_upright() const { return !swaps_axes && !flips_x && !flips_y; }

  /// From FFmpeg's 3x3 display matrix; angles between quarter turns go to the nearest.
  static Orientation from_display_matrix(const std::int32_t* matrix);

  /// From EXIF's tag 0x0112, 1..8; upright for any other number.
  static Orientation from_exif(int tag);

  /// 0, 90, 180 or 270 clockwise; a mirrored picture counts as its turn alone.
  [[nodiscard]] int rotation_deg() const;
};

/// How the camera was held that took a picture, by EXIF; upright where nothing is said.
[[nodiscard]] Orientation orientation_of(const AVFrame& picture);

/// Turns a frame upright.
[[nodiscard]] Frame turn_upright(const Frame& frame, const Orientation& orientation);

/// Converts pictures of any format and size to kRgb24 of one size. One thread per object.
class RgbConverter {
 public:
  RgbConverter(int width_px, int height_px, const ColorInterpretation& color);

  /// Throws Error(kInput) for a pixel format that swscale cannot read.
  [[nodiscard]] Frame convert(const AVFrame& picture);

 private:
  void prepare(const AVFrame& picture);
  void scale(const AVFrame& picture, std::vector<std::uint8_t>& pixels);

  int width_px_;
  int height_px_;
  ColorInterpretation color_;
  UniqueSws scaler_;
  UniqueFrame planes_;  // GBRP; null when the scaler writes RGB at once
  int source_width_px_ = 0;
  int source_height_px_ = 0;
  int source_format_ = -1;
};

/// Converts kRgb24 to yuv420p of even size: odd sizes repeat the last column and row.
class Yuv420Converter {
 public:
  Yuv420Converter(int width_px, int height_px, ColorMatrix matrix, ColorRange range);

  /// Fills `picture`, a writable yuv420p picture of padded_width_px by padded_height_px.
  void convert(const Frame& frame, AVFrame& picture);

  [[nodiscard]] int padded_width_px() const { return width_px_ + width_px_ % 2; }

  [[nodiscard]] int padded_height_px() const { return height_px_ + height_px_ % 2; }

 private:
  int width_px_;
  int height_px_;
  UniqueSws scaler_;
  std::vector<std::uint8_t> padded_;
};

}  // namespace changeling
