// common/media/frame_decoder.h: decoded pictures by exact index, before any conversion. Layer 1,
// module-private; VideoReader and probe_video stand on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "common/media/ffmpeg_handles.h"
#include "common/media/video_demuxer.h"

namespace changeling {

/// Decodes one video stream frame by frame; codec threads = 1. See Note [Exact seek] in the source.
class FrameDecoder {
 public:
  /// Sees each packet that is fed to the decoder in the first pass.
  using PacketObserver = std::function<void(const AVPacket&)>;

  /// Throws Error(kInput) as VideoReader, also when no frame decodes.
  explicit FrameDecoder(const std::filesystem::path& path, PacketObserver observer = {});

  /// Decodes the next frame; false at the end.
  bool advance();

  /// Makes advance() yield frame `index`; the work happens there.
  void seek(std::int64_t index);

  /// The picture of the last advance(); before that, the first of the clip.
  [[nodiscard]] const AVFrame& picture() const { return *picture_; }

  /// Index and time of picture().
  [[nodiscard]] std::int64_t frame_index() const { return next_ - 1; }

  [[nodiscard]] double pts_seconds() const { return seconds_[static_cast<std::size_t>(next_ - 1)]; }

  [[nodiscard]] const VideoDemuxer& demuxer() const { return *demuxer_; }

  [[nodiscard]] const AVCodecContext& codec() const { return *codec_; }

  [[nodiscard]] std::int64_t error_count() const;

  /// Nominal distance of two frames; 1/25 s when the container does not tell.
  [[nodiscard]] double frame_period_seconds() const { return period_seconds_; }

 private:
  struct EntryPoint {
    std::int64_t frame_index = 0;
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    int bytes = 0;
  };

  void open();
  bool decode_one();
  bool feed();
  void note_entry(const AVPacket& packet);
  void note_frame();
  void record_time(std::int64_t timestamp);
  void reposition();
  bool jump_to(const EntryPoint& entry);
  [[nodiscard]] std::optional<EntryPoint> best_entry(std::int64_t index) const;
  [[nodiscard]] bool contradicts_first_pass() const;

  std::filesystem::path path_;
  PacketObserver observer_;
  std::optional<VideoDemuxer> demuxer_;
  UniqueCodecContext codec_;
  UniquePacket packet_;
  UniquePacket held_packet_;
  UniqueFrame picture_;
  double period_seconds_ = 0;
  int first_width_px_ = 0;
  int first_height_px_ = 0;
  bool is_first_pending_ = false;
  bool is_draining_ = false;
  bool has_jumped_ = false;
  bool may_jump_ = true;
  bool has_held_packet_ = false;
  std::int64_t next_ = 0;
  std::int64_t errors_this_pass_ = 0;
  std::int64_t errors_of_passes_ = 0;
  std::optional<std::int64_t> wanted_;
  std::vector<std::int64_t> timestamps_;  // of every frame ever decoded, as the stream says
  std::vector<double> seconds_;           // the same, repaired to ascend strictly
  std::map<std::int64_t, EntryPoint> fed_entries_;  // by pts, until their frame appears
  std::vector<EntryPoint> entries_;                 // ascending
};

}  // namespace changeling
