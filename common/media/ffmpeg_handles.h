// common/media/ffmpeg_handles.h: owning pointers for FFmpeg's objects. Layer 1, for this module's
// own sources and for tests; no public header includes it.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <memory>

namespace changeling {

/// Calls an FFmpeg free function that takes the address of the pointer.
template <typename T, void (*kFree)(T**)>
struct FreeByAddress {
  void operator()(T* object) const { kFree(&object); }
};

/// Frees a muxer and the file it writes to; errors of the close are lost, so finish paths close
/// first.
struct FreeMuxer {
  void operator()(AVFormatContext* context) const {
    if (context->pb != nullptr && (context->flags & AVFMT_FLAG_CUSTOM_IO) == 0) {
      avio_closep(&context->pb);
    }
    avformat_free_context(context);
  }
};

struct FreeSws {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

using UniqueDemuxer =
    std::unique_ptr<AVFormatContext, FreeByAddress<AVFormatContext, avformat_close_input>>;
using UniqueMuxer = std::unique_ptr<AVFormatContext, FreeMuxer>;
using UniqueCodecContext =
    std::unique_ptr<AVCodecContext, FreeByAddress<AVCodecContext, avcodec_free_context>>;
using UniqueBitstreamFilter =
    std::unique_ptr<AVBSFContext, FreeByAddress<AVBSFContext, av_bsf_free>>;
using UniquePacket = std::unique_ptr<AVPacket, FreeByAddress<AVPacket, av_packet_free>>;
using UniqueFrame = std::unique_ptr<AVFrame, FreeByAddress<AVFrame, av_frame_free>>;
using UniqueDictionary = std::unique_ptr<AVDictionary, FreeByAddress<AVDictionary, av_dict_free>>;
using UniqueSws = std::unique_ptr<SwsContext, FreeSws>;

}  // namespace changeling
