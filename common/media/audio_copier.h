// common/media/audio_copier.h: copies a file's first audio track beside a written video. Layer 1,
// module-private.
#pragma once

#include <filesystem>
#include <optional>

#include "common/media/ffmpeg_handles.h"

namespace changeling {

/// Packets are copied, never re-encoded. A track that the container cannot hold, or that proves
/// unreadable, is dropped with a log_warn: sound must not cost a clip.
class AudioCopier {
 public:
  /// Adds a stream to `muxer` (before its header is written) when `path` has a usable track.
  /// Throws Error(kInput) when `path` cannot be opened.
  AudioCopier(const std::filesystem::path& path, AVFormatContext& muxer);

  /// Writes the packets that lie whole in [start_seconds, until_seconds) and were not yet written,
  /// times counted in the source file; start_seconds becomes 0. Throws Error(kResource) when
  /// `muxer` cannot write.
  void copy_until(double start_seconds, double until_seconds);

 private:
  bool fetch();
  void write_pending(double start_seconds);
  void drop(const std::string& reason);

  std::filesystem::path path_;
  AVFormatContext* muxer_;
  UniqueDemuxer source_;
  UniquePacket pending_;
  bool has_pending_ = false;
  bool is_done_ = false;
  int source_index_ = -1;
  int muxer_index_ = -1;
};

}  // namespace changeling
