// common/media/image_codec.h: still pictures through FFmpeg's codecs. Layer 1.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/frame.h"

namespace changeling {

/// Decodes a PNG, JPEG or other still picture to kRgb24. Throws Error(kInput).
[[nodiscard]] Frame read_image(const std::filesystem::path& path);

/// The same of a picture in memory.
[[nodiscard]] Frame decode_image(std::string bytes);

/// Encodes to PNG (RGB or grey, lossless, no time stamp).
[[nodiscard]] std::string encode_png(const Frame& frame);

/// Encodes to JPEG, 4:2:0. `quality` 1..31 is FFmpeg's qscale, 2 = best.
[[nodiscard]] std::string encode_jpeg(const Frame& frame, int quality = 3);

}  // namespace changeling
