// common/media/labeled_video_writer.h: the only way to write a video. It takes a Provenance, so
// nothing leaves without its label. Layer 1, FFmpeg only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "common/base/digest.h"
#include "common/base/frame.h"
#include "common/base/provenance.h"
#include "common/media/video_reader.h"

namespace changeling {

/// Encoder settings; part of the recipe, so equal options and frames give equal bytes.
struct EncodeOptions {
  /// "h264" (libx264), "h265" (libx265), "av1" (SVT-AV1): yuv420p in mp4; "ffv1": lossless RGB or
  /// grey in mkv.
  std::string codec = "h264";
  int crf = 23;                   ///< 0..51, av1 0..63; ffv1 has none
  std::string preset = "medium";  ///< of x264 and x265; av1 has preset 8, ffv1 none
  int gop_frames = 250;           ///< key frame distance

  /// File name suffix of the container: ".mp4" or ".mkv".
  [[nodiscard]] std::string extension() const;
};

/// What stands in the stream; selects the pixel format.
enum class StreamContent {
  kVideo,  ///< RGB clip: fake or control
  kMask,   ///< grey mask, always FFV1
};

struct WrittenVideo {
  std::filesystem::path path;
  std::int64_t bytes = 0;
  Digest sha256;
  Digest stream_sha256;  ///< as video_stream_sha256
  std::int64_t n_frames = 0;
};

/// Encodes frames to `path` through `path.part`, published by finish() after fsync; destroyed
/// before that, it leaves no file. Tags: `comment` (a sentence with label and job key) and
/// changeling_label, changeling_method, changeling_job, changeling_source_type, and in mp4 XMP with
/// Iptc4xmpExt:DigitalSourceType; values are padded to equal length so that real and fake differ in
/// no size. Single-threaded encoder, no wall clock:
/// byte-identical reruns.
class LabeledVideoWriter {
 public:
  struct Settings {
    int width_px =
        0;  ///< odd sizes are legal: yuv420p pads to even by repeating the edge and crops on decode
    int height_px = 0;
    Rational frame_rate{25, 1};
    StreamContent content = StreamContent::kVideo;
    EncodeOptions encode;
    ColorMatrix color_matrix = ColorMatrix::kBt709;           ///< written into the stream
    ColorTransfer color_transfer = ColorTransfer::kStandard;  ///< told, nothing is converted
    Rational pixel_aspect{1, 1};  ///< not square: told by stream and container
    /// Copies this file's first audio track, cut to the clip's length. Its times are those of
    /// write().
    std::optional<std::filesystem::path> audio_from;

    /// Frames of a clip are shown as that clip shows them: colours and shape of a pixel.
    void show_as(const VideoInfo& clip);
  };

  /// Throws Error(kConfig) for bad options, Error(kResource) when the file cannot be made.
  LabeledVideoWriter(const std::filesystem::path& path, const Settings& settings,
                     const Provenance& provenance);
  ~LabeledVideoWriter();
  LabeledVideoWriter(LabeledVideoWriter&&) noexcept;
  LabeledVideoWriter& operator=(LabeledVideoWriter&&) noexcept;

  /// Appends a frame of the declared size (kRgb24 for video, kGray8 for masks). pts must ascend and
  /// count from the same zero as `audio_from` (pass the reader's); the file starts with the first
  /// frame. Throws Error(kResource) on a full disk.
  void write(const Frame& frame, double pts_seconds);

  /// Encodes what the encoder holds back; no frame may follow. For whoever times encoding apart
  /// from what finish() does.
  void flush();

  /// Flushes where flush() has not, publishes, hashes. Call once.
  WrittenVideo finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeling
