#include "common/media/entry_point.h"

#include <cstddef>
#include <cstdint>

namespace changeling {
namespace {

constexpr int kNalSlice = 1;
constexpr int kNalIdrSlice = 5;

/// The type of the first slice in length-prefixed units (mp4, Matroska); 0 without one.
int first_slice_with_lengths(const std::uint8_t* bytes, std::size_t size,
                             std::size_t length_bytes) {
  std::size_t at = 0;
  while (at + length_bytes < size) {
    std::size_t unit_bytes = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
      unit_bytes = (unit_bytes << 8U) | bytes[at + i];
    }
    at += length_bytes;
    const int type = bytes[at] & 0x1F;
    if (type == kNalSlice || type == kNalIdrSlice) {
      return type;
    }
    if (unit_bytes > size - at) {
      return 0;
    }
    at += unit_bytes;
  }
  return 0;
}

/// The same for units behind start codes (00 00 01; MPEG-TS, raw streams).
int first_slice_with_start_codes(const std::uint8_t* bytes, std::size_t size) {
  for (std::size_t at = 0; at + 3 < size; ++at) {
    if (bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1) {
      const int type = bytes[at + 3] & 0x1F;
      if (type == kNalSlice || type == kNalIdrSlice) {
        return type;
      }
    }
  }
  return 0;
}

bool is_idr(const AVPacket& packet, const AVCodecParameters& codec) {
  const auto size = static_cast<std::size_t>(packet.size);
  const bool has_lengths = codec.extradata_size >= 7 && codec.extradata[0] == 1;
  if (!has_lengths) {
    return first_slice_with_start_codes(packet.data, size) == kNalIdrSlice;
  }
  const auto length_bytes = static_cast<std::size_t>(codec.extradata[4] & 3) + 1;
  return first_slice_with_lengths(packet.data, size, length_bytes) == kNalIdrSlice;
}

}  // namespace

bool is_entry_packet(const AVPacket& packet, const AVCodecParameters& codec) {
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0 || packet.size <= 0) {
    return false;
  }
  if (codec.codec_id == AV_CODEC_ID_H264) {
    return is_idr(packet, codec);
  }
  const AVCodecDescriptor* description = avcodec_descriptor_get(codec.codec_id);
  return description != nullptr && (description->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
}

}  // namespace changeling
