// tests/support/synthetic_clip.h: deterministic test videos: a drawn face that moves over a
// gradient with noise, in every container shape the tests need. Encoded by the ffmpeg program, so
// that the readers are tested against files that our own writer did not make.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/frame.h"
#include "common/media/video_reader.h"

namespace changeling {

/// What is drawn and how it is encoded.
struct ClipSpec {
  int width_px = 96;
  int height_px = 80;
  int n_frames = 24;
  Rational frame_rate{25, 1};
  std::uint64_t seed = 1;  ///< picks the face's look, its path and the noise
  bool has_face = true;

  std::string codec = "libx264";  ///< an encoder of ffmpeg
  std::string pixel_format = "yuv420p";
  std::vector<std::string> encoder_options;  ///< further ffmpeg options, for example {"-bf", "2"}
  std::string color_matrix;  ///< "bt709", "smpte170m" or empty = not stated in the file
  bool is_full_range = false;
  bool is_vfr = false;  ///< every third frame comes 0.4 periods late
  bool has_audio =
      false;  ///< adds a sine of the clip's length, AAC unless audio_codec says otherwise
  std::string audio_codec = "aac";
  int rotation_deg = 0;  ///< display matrix of an mp4: 90, 180 or 270 clockwise
};

/// A face of simple shapes: oval, two eyes with brows, nose, mouth.
struct DrawnFace {
  double center_x_px = 0;
  double center_y_px = 0;
  double half_width_px = 0;  ///< the oval is 1.3 times as high
  double turn = 0;           ///< -1..1: shifts the features sideways
  std::uint64_t look_seed = 1;
};

/// Draws a face over `pixels`, RGB of width_px by height_px.
void draw_face(const DrawnFace& face, int width_px, int height_px,
               std::vector<std::uint8_t>& pixels);

/// Where the face of frame `index` is.
[[nodiscard]] DrawnFace face_of_frame(const ClipSpec& spec, int index);

/// Frame `index` before encoding.
[[nodiscard]] Frame draw_frame(const ClipSpec& spec, int index);

/// All of them.
[[nodiscard]] std::vector<Frame> draw_frames(const ClipSpec& spec);

/// Time of each frame as written by write_clip.
[[nodiscard]] std::vector<double> frame_seconds(const ClipSpec& spec);

/// Encodes the clip to `path`; the extension picks the container. Throws std::runtime_error with
/// ffmpeg's text.
void write_clip(const std::filesystem::path& path, const ClipSpec& spec);

/// Small clips of different looks below `root`, folders made; `n_frames` each.
void write_clips(const std::filesystem::path& root, const std::vector<std::string>& rel_paths,
                 int n_frames);

/// A file with sound and no picture.
void write_audio_only(const std::filesystem::path& path, double seconds);

/// The first `share` (0..1) of a file.
void write_truncated(const std::filesystem::path& from, const std::filesystem::path& to,
                     double share);

/// A copy with `n_bytes` random bytes at random places in the part [first_share, last_share) of the
/// file.
void write_damaged(const std::filesystem::path& from, const std::filesystem::path& to, int n_bytes,
                   double first_share, double last_share, std::uint64_t seed = 1);

/// Files one after another.
void write_concatenated(const std::vector<std::filesystem::path>& from,
                        const std::filesystem::path& to);

/// Makes an AVI's header claim `n_frames` frames.
void overwrite_avi_frame_count(const std::filesystem::path& avi, std::uint32_t n_frames);

/// Makes the edit list of an mp4 show its first `milliseconds` only; all packets stay.
void hide_mp4_end(const std::filesystem::path& mp4, std::uint32_t milliseconds);

/// Writes the display matrix of the first track of an mp4: 90, 180 or 270 clockwise. The options of
/// ffmpeg 5.1 and 7.1 for it have nothing in common.
void turn_mp4(const std::filesystem::path& mp4, int rotation_deg);

/// Makes all frames of an mp4 with a constant rate carry the distance `delta` (in its time scale
/// units).
void overwrite_mp4_frame_distance(const std::filesystem::path& mp4, std::uint32_t delta);

}  // namespace changeling
