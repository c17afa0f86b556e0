// common/media/video_reader.h: decodes a video to RGB frames by exact frame index. Layer 1, FFmpeg
// only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/digest.h"
#include "common/base/frame.h"

namespace changeling {

struct Rational {
  int numerator = 0;
  int denominator = 1;
};

enum class ColorMatrix { kBt601, kBt709, kBt2020 };
enum class ColorRange { kLimited, kFull };
/// Which light the values stand for; those of HDR are taken as they are, never mapped to others.
enum class ColorTransfer { kStandard, kPq, kHlg };

/// What the container and the first frames tell; nothing here required decoding the whole clip.
struct VideoInfo {
  int width_px = 0;  ///< as shown, after rotation
  int height_px = 0;
  Rational pixel_aspect{1, 1};  ///< width of a pixel to its height, as shown, after rotation
  Rational frame_rate;
  int rotation_deg = 0;  ///< 0, 90, 180 or 270, clockwise; frames are already turned upright
  std::optional<std::int64_t> frame_count_from_header;
  std::optional<double> duration_seconds_from_header;
  std::string codec;                               ///< "h264"
  std::string pixel_format;                        ///< "yuv420p"
  ColorMatrix color_matrix = ColorMatrix::kBt601;  ///< used for the conversion
  ColorRange color_range = ColorRange::kLimited;
  ColorTransfer color_transfer = ColorTransfer::kStandard;
  bool color_is_stated =
      false;  ///< false = assumed: BT.709 from 720 lines up, else BT.601; limited range
  bool is_interlaced = false;  ///< of the first frame; both fields are in each frame, unchanged
  bool has_audio = false;
  /// Luma quantizer of the first frame, mean of its blocks by area; empty where the decoder does
  /// not tell (it does for H.264, VP9 and MPEG-1, -2, -4).
  std::optional<double> first_frame_qp;
};

/// Consecutive frames in presentation order.
struct FrameBatch {
  std::vector<Frame> frames;        ///< kRgb24
  std::vector<double> pts_seconds;  ///< strictly ascending, same length
  std::int64_t first_index = 0;     ///< 0-based index of frames[0] in the video
};

/// Sequential decoder with seek by index. Move-only; one thread per object; codec threads = 1, so
/// the pixels do not depend on the machine. Frame i is the i-th decodable frame in presentation
/// order, whatever the header says; a still picture is a video of one frame, turned as its EXIF
/// says. Damaged packets lose frames but never stop the decoder; decode_error_count() tells.
class VideoReader {
 public:
  /// Reads the video stream that the container calls the default one, else the first. Throws
  /// Error(kInput): missing, empty, not a video, audio only, encrypted, in colours that nothing
  /// here converts, or no decodable frame. The message keeps FFmpeg's text.
  explicit VideoReader(const std::filesystem::path& path);
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;

  [[nodiscard]] const VideoInfo& info() const;

  /// As read_container_tags.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> tags() const;

  /// Up to `max_frames` further frames; nullopt at the end. Frames of a size that differs from the
  /// first are scaled to it.
  std::optional<FrameBatch> next_batch(int max_frames);

  /// Makes `index` the next frame. Exact for every stream; seeking back re-decodes from a key frame
  /// or from the start. An index past the end makes next_batch return nullopt.
  void seek(std::int64_t index);

  /// The frame at `index`; nullopt past the end. Moves as seek and next_batch do.
  std::optional<Frame> frame_at(std::int64_t index);

  [[nodiscard]] std::int64_t decode_error_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What a full pass over the file tells.
struct VideoProbe {
  VideoInfo info;
  std::int64_t frame_count_from_index = 0;  ///< frames that decode
  bool is_vfr = false;
  double duration_seconds = 0;
  std::int64_t decode_error_count = 0;
  Digest file_sha256;
  Digest stream_sha256;  ///< of the video packets' payload in file order; survives tag edits and
                         ///< remuxes
  std::int64_t file_bytes = 0;
};

/// Decodes the whole clip once. Throws Error(kInput) as VideoReader, and for an mp4 file that ends
/// before its last frame.
[[nodiscard]] VideoProbe probe_video(const std::filesystem::path& path);

/// SHA-256 of the video packets' payload in file order. Throws Error(kInput).
[[nodiscard]] Digest video_stream_sha256(const std::filesystem::path& path);

/// Container tags, lower-case key -> value without the padding at its end. Throws Error(kInput).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_container_tags(
    const std::filesystem::path& path);

}  // namespace changeling
