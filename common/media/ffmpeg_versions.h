// common/media/ffmpeg_versions.h: what FFmpeg 6.1 moved elsewhere, in one form for the 5.1 of
// Debian 12 and the 7.1 of Debian 13. Layer 1, for this module's own sources.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/media/ffmpeg_handles.h"

namespace changeling {

/// Rotation, mirroring and scale of a stream, 16.16 fixed point, as FFmpeg has them.
using DisplayMatrix = std::array<std::int32_t, 9>;

/// Whether decoding can begin at this frame.
[[nodiscard]] bool is_key_frame(const AVFrame& picture);

/// Whether the lines of the frame are of two moments.
[[nodiscard]] bool is_interlaced(const AVFrame& picture);

/// Nothing when the container states none.
[[nodiscard]] std::optional<DisplayMatrix> display_matrix_of(const AVStream& stream);

/// For the muxer to write. Throws Error(kResource) when memory is short.
void set_display_matrix(AVStream& stream, const DisplayMatrix& matrix);

/// Takes away what an encoder says of its buffer since 6.1: mp4 would state a mean rate of zero.
void drop_side_data(AVCodecParameters& parameters);

}  // namespace changeling
