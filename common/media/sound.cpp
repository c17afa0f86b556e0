#include "common/media/sound.h"

#include "common/media/ffmpeg_handles.h"
#include "common/media/video_demuxer.h"

namespace changeling {

bool has_sound(const std::filesystem::path& path) {
  UniqueDemuxer file = open_media(path, false);
  if ((file->ctx_flags & AVFMTCTX_NOHEADER) != 0) {  // its streams are found by reading on
    file = open_media(path, true);
  }
  return find_stream(*file, AVMEDIA_TYPE_AUDIO) >= 0;
}

}  // namespace changeling
