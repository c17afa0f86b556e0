#include "common/media/video_demuxer.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string>

#include "common/media/ffmpeg_error.h"

namespace changeling {
namespace {

constexpr const char* kContainers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,nut,ivf,gif,rm,dv,wav,"
    "mp3,h264,hevc,m4v,mpegvideo,mjpeg,y4m,yuv4mpegpipe,obu,aac,flac,"
    "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe";  // a picture is a video of one frame

constexpr int kProbeBytes = 1 << 16;

// After this many read errors in a row nothing more is expected of the file.
constexpr int kReadErrorsInARow = 100;

void refuse_what_is_no_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw Error(ErrorKind::kInput, "cannot open '" + path.string() + "': is a directory");
  }
  if (std::filesystem::is_regular_file(path, error) &&
      std::filesystem::file_size(path, error) == 0) {
    throw Error(ErrorKind::kInput,
                "cannot open '" + path.string() + "': the file is empty (0 bytes); fetch it again");
  }
}

/// FFmpeg takes names like "%03d.png" and "face.jpg" for series of pictures.
bool looks_like_a_series(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" ||
         path.string().find_first_of("%*?{") != std::string::npos;
}

/// Of a file so named the content alone tells the format; nullptr for others: FFmpeg finds it.
const AVInputFormat* format_of_odd_name(const std::filesystem::path& path) {
  if (!looks_like_a_series(path)) {
    return nullptr;
  }
  std::string head(kProbeBytes + AVPROBE_PADDING_SIZE, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), kProbeBytes);
  AVProbeData probe{};
  probe.filename = "";
  probe.buf = reinterpret_cast<unsigned char*>(head.data());
  probe.buf_size = static_cast<int>(file.gcount());
  const AVInputFormat* format = av_probe_input_format(&probe, 1);
  if (format == nullptr && std::filesystem::is_regular_file(path)) {
    throw Error(ErrorKind::kInput, "cannot open '" + path.string() + "': no known video format");
  }
  return format;
}

/// Decoders make noise of it.
[[noreturn]] void refuse_encrypted(const std::filesystem::path& path) {
  throw Error(ErrorKind::kInput, "cannot decode '" + path.string() + "': its video is encrypted");
}

}  // namespace

UniqueDemuxer open_media(const std::filesystem::path& path, bool read_streams) {
  capture_ffmpeg_log();
  refuse_what_is_no_file(path);
  const AVInputFormat* format = format_of_odd_name(path);
  AVDictionary* raw_options = nullptr;
  av_dict_set(&raw_options, "protocol_whitelist", "file", 0);
  av_dict_set(&raw_options, "format_whitelist", kContainers, 0);
  AVFormatContext* raw_file = nullptr;
  // The prefix keeps names with a colon from being taken for protocols.
  const int opened =
      avformat_open_input(&raw_file, ("file:" + path.string()).c_str(), format, &raw_options);
  const UniqueDictionary options(raw_options);
  if (opened < 0) {
    throw_ffmpeg(ErrorKind::kInput, "cannot open", path, opened);
  }
  UniqueDemuxer file(raw_file);
  if (read_streams) {
    const int found = avformat_find_stream_info(file.get(), nullptr);
    if (found < 0) {
      throw_ffmpeg(ErrorKind::kInput, "cannot read the streams of", path, found);
    }
  }
  return file;
}

int find_stream(const AVFormatContext& file, AVMediaType kind) {
  int first = -1;
  for (unsigned i = 0; i < file.nb_streams; ++i) {
    const AVStream& stream = *file.streams[i];
    if (stream.codecpar->codec_type != kind ||
        (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
      continue;
    }
    if (kind != AVMEDIA_TYPE_VIDEO || (stream.disposition & AV_DISPOSITION_DEFAULT) != 0) {
      return static_cast<int>(i);
    }
    first = first < 0 ? static_cast<int>(i) : first;
  }
  return first;
}

VideoDemuxer::VideoDemuxer(const std::filesystem::path& path)
    : path_(path), file_(open_media(path, true)) {
  stream_index_ = find_stream(*file_, AVMEDIA_TYPE_VIDEO);
  if (stream_index_ < 0) {
    throw Error(ErrorKind::kInput,
                "cannot decode '" + path.string() + "': it has no video stream" +
                    (find_stream(*file_, AVMEDIA_TYPE_AUDIO) >= 0 ? " (audio only)" : ""));
  }
  // All that FFmpeg tells of encryption in WebM and Matroska; mp4 tells it of each packet.
  if (av_dict_get(stream().metadata, "enc_key_id", nullptr, AV_DICT_MATCH_CASE) != nullptr) {
    refuse_encrypted(path);
  }
  for (unsigned i = 0; i < file_->nb_streams; ++i) {
    file_->streams[i]->discard =
        static_cast<int>(i) == stream_index_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

const AVStream& VideoDemuxer::stream() const {
  return *file_->streams[stream_index_];
}

bool VideoDemuxer::read(AVPacket& packet) {
  for (int failures = 0; failures < kReadErrorsInARow;) {
    av_packet_unref(&packet);
    const int result = av_read_frame(file_.get(), &packet);
    if (result == AVERROR_EOF) {
      return false;
    }
    if (result < 0) {
      ++read_error_count_;
      ++failures;
    } else if (packet.stream_index == stream_index_) {
      if (av_packet_get_side_data(&packet, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) {
        refuse_encrypted(path_);
      }
      return true;
    }
  }
  return false;
}

bool VideoDemuxer::seek_back_to(std::int64_t timestamp) {
  return av_seek_frame(file_.get(), stream_index_, timestamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

}  // namespace changeling
