// common/media/video_demuxer.h: packets of a file's video stream, in file order. Layer 1,
// module-private.
#pragma once

#include <cstdint>
#include <filesystem>

#include "common/media/ffmpeg_handles.h"

namespace changeling {

/// Opens a media file with the containers Changeling accepts. Playlists, image sequences, text-art
/// and network protocols are left out: a corpus file must not make the reader open other files.
/// With `read_streams`, also analyses the streams. Throws Error(kInput) with FFmpeg's text.
[[nodiscard]] UniqueDemuxer open_media(const std::filesystem::path& path, bool read_streams);

/// Of video the stream that the container calls the default one, else the first; never a cover
/// picture. Of other kinds the first. -1 without one.
[[nodiscard]] int find_stream(const AVFormatContext& file, AVMediaType kind);

/// Reads the packets of the video stream of find_stream. One thread per object.
class VideoDemuxer {
 public:
  /// Throws Error(kInput): unreadable, not a video, audio only, encrypted.
  explicit VideoDemuxer(const std::filesystem::path& path);

  /// The next packet; false at the end of what can be read. Unreadable parts are skipped and
  /// counted. Throws Error(kInput) for an encrypted one.
  bool read(AVPacket& packet);

  /// Moves to the key frame at or before `timestamp` (stream time base); false when that fails.
  bool seek_back_to(std::int64_t timestamp);

  [[nodiscard]] const AVFormatContext& file() const { return *file_; }

  [[nodiscard]] const AVStream& stream() const;

  [[nodiscard]] std::int64_t read_error_count() const { return read_error_count_; }

 private:
  std::filesystem::path path_;
  UniqueDemuxer file_;
  int stream_index_ = -1;
  std::int64_t read_error_count_ = 0;
};

}  // namespace changeling
