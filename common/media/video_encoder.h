// common/media/video_encoder.h: frames to packets by one closed recipe per EncodeOptions. Layer 1,
// module-private.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/media/ffmpeg_handles.h"
#include "common/media/labeled_video_writer.h"
#include "common/media/pixel_convert.h"

namespace changeling {

/// Throws Error(kConfig) naming the option and its legal values.
void check_encode_settings(const LabeledVideoWriter::Settings& settings);

/// Single-threaded encoder; the same frames and settings give the same packets on every run.
/// H.264 packets lose x264's own user data, which would tell version and options.
class VideoEncoder {
 public:
  /// `time_base` is the unit of time stamps; `wants_global_header` comes from the container.
  VideoEncoder(const LabeledVideoWriter::Settings& settings, AVRational time_base,
               bool wants_global_header);

  /// Parameters for the container, with the true size: for odd sizes the coded picture is larger,
  /// and decoders crop to the size that the container states.
  void describe(AVCodecParameters& parameters) const;

  /// Hands over a frame; null ends the stream.
  void send(const Frame* frame, std::int64_t pts);

  /// The next finished packet; false when a further frame is needed, or at the end.
  bool receive(AVPacket& packet);

 private:
  void fill(const Frame& frame);

  LabeledVideoWriter::Settings settings_;
  UniqueCodecContext codec_;
  UniqueBitstreamFilter filter_;
  UniqueFrame picture_;
  std::optional<Yuv420Converter> converter_;
};

}  // namespace changeling
