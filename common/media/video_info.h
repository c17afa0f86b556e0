// common/media/video_info.h: what container and first frame tell, as VideoInfo. Layer 1,
// module-private.
#pragma once

#include "common/media/frame_decoder.h"
#include "common/media/pixel_convert.h"
#include "common/media/video_reader.h"

namespace changeling {

/// From the stream and the decoder's first picture; call before advance().
[[nodiscard]] VideoInfo describe_video(const FrameDecoder& decoder);

/// From the stream's display matrix; of a still picture from its EXIF, as read_image does. Call
/// before advance().
[[nodiscard]] Orientation orientation_of(const FrameDecoder& decoder);

/// As read_container_tags, of an opened file.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> container_tags(
    const AVFormatContext& file);

}  // namespace changeling
