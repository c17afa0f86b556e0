#include "common/media/muxer.h"

#include <string>

#include "common/base/error.h"
#include "common/media/ffmpeg_error.h"

namespace changeling {

int make_muxer(const char* container, const std::filesystem::path& path, UniqueMuxer& muxer) {
  const std::string url = "file:" + path.string();
  AVFormatContext* raw_muxer = nullptr;
  const int made = avformat_alloc_output_context2(&raw_muxer, nullptr, container, url.c_str());
  muxer.reset(raw_muxer);
  if (made >= 0) {
    muxer->flags |= AVFMT_FLAG_BITEXACT;
  }
  return made;
}

AVStream& add_copied_stream(AVFormatContext& muxer, const AVStream& from) {
  AVStream* stream = check_allocated(avformat_new_stream(&muxer, nullptr), "cannot add a stream");
  check_ffmpeg(avcodec_parameters_copy(stream->codecpar, from.codecpar), "cannot add a stream");
  stream->codecpar->codec_tag = 0;  // the muxer's own
  return *stream;
}

int begin_file(AVFormatContext& muxer, const std::filesystem::path& named) {
  const int opened = avio_open(&muxer.pb, muxer.url, AVIO_FLAG_WRITE);
  if (opened < 0) {
    throw_ffmpeg(ErrorKind::kResource, "cannot make", named, opened);
  }
  AVDictionary* raw_options = nullptr;
  av_dict_set(&raw_options, "movflags", "+use_metadata_tags", 0);
  const int written = avformat_write_header(&muxer, &raw_options);
  const UniqueDictionary unused(raw_options);
  return written;
}

}  // namespace changeling
