// common/media/entry_point.h: packets at which decoding may start without changing a pixel. Layer
// 1, module-private.
#pragma once

#include "common/media/ffmpeg_handles.h"

namespace changeling {

/// True when frames from this packet on do not depend on any earlier packet, and no earlier packet
/// is shown after it: an IDR picture of H.264, or a key frame of an intra-only codec. A key flag
/// alone is not enough: open GOPs and gradual refreshes carry it too.
[[nodiscard]] bool is_entry_packet(const AVPacket& packet, const AVCodecParameters& codec);

}  // namespace changeling
