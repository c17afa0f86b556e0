// common/media/image_codec.h: still pictures through FFmpeg's codecs. Layer 1.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/frame.h"

namespace changeling {

/// Decodes a PNG, JPEG or other still picture to kRgb24, of a moving one (GIF, PNG) the first: as
/// the camera was held (EXIF of JPEG and WebP), without alpha (what lies under it shows), its ICC
/// profile not applied. Throws Error(kInput), also for HEIC, AVIF and moving WebP, and for a file
/// that was cut off.
[[nodiscard]] Frame read_image(const std::filesystem::path& path);

/// The same of a picture in memory.
[[nodiscard]] Frame decode_image(std::string bytes);

/// Encodes to PNG (RGB or grey, lossless, no time stamp).
[[nodiscard]] std::string encode_png(const Frame& frame);

/// Encodes to JPEG, 4:2:0. `quality` 1..31 is FFmpeg's qscale, 2 = best.
[[nodiscard]] std::string encode_jpeg(const Frame& frame, int quality = 3);

}  // namespace changeling
