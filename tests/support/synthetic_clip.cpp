#include "tests/support/synthetic_clip.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/big_endian.h"
#include "common/base/rng.h"
#include "tests/support/process.h"

namespace changeling {
namespace {

struct Color {
  int r = 0;
  int g = 0;
  int b = 0;
};

/// Fills an ellipse, pixel centres at +0.5, with a soft edge of about one pixel.
void fill_ellipse(double cx, double cy, double rx, double ry, Color color, int width, int height,
                  std::vector<std::uint8_t>& pixels) {
  const int first_y = std::max(0, static_cast<int>(cy - ry) - 2);
  const int last_y = std::min(height - 1, static_cast<int>(cy + ry) + 2);
  const int first_x = std::max(0, static_cast<int>(cx - rx) - 2);
  const int last_x = std::min(width - 1, static_cast<int>(cx + rx) + 2);
  for (int y = first_y; y <= last_y; ++y) {
    for (int x = first_x; x <= last_x; ++x) {
      const double distance = std::hypot((x + 0.5 - cx) / rx, (y + 0.5 - cy) / ry);
      const double alpha = std::clamp((1.0 - distance) * std::min(rx, ry) + 0.5, 0.0, 1.0);
      std::uint8_t* pixel =
          pixels.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(x)) *
                              3;
      const int target[3] = {color.r, color.g, color.b};
      for (int c = 0; c < 3; ++c) {
        pixel[c] =
            static_cast<std::uint8_t>(std::lround(pixel[c] + (target[c] - pixel[c]) * alpha));
      }
    }
  }
}

std::vector<std::uint8_t> draw_background(const ClipSpec& spec, int index) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(spec.width_px) *
                 static_cast<std::size_t>(spec.height_px) * 3);
  CounterRng noise(derive_seed(spec.seed, {"noise", std::to_string(index)}));
  const auto level = [&noise](int base) {
    return static_cast<std::uint8_t>(
        std::clamp(base + static_cast<int>(noise.below(7)) - 3, 0, 255));
  };
  for (int y = 0; y < spec.height_px; ++y) {
    for (int x = 0; x < spec.width_px; ++x) {
      const int across = 40 + 160 * x / spec.width_px;
      const int down = 40 + 160 * y / spec.height_px;
      pixels.push_back(level(across));
      pixels.push_back(level(down));
      pixels.push_back(level(40 + (index * 5) % 160));
    }
  }
  return pixels;
}

std::vector<std::string> input_arguments(const ClipSpec& spec, const std::filesystem::path& raw) {
  const std::string rate =
      std::to_string(spec.frame_rate.numerator) + "/" + std::to_string(spec.frame_rate.denominator);
  const std::string size = std::to_string(spec.width_px) + "x" + std::to_string(spec.height_px);
  std::vector<std::string> arguments = {
      "ffmpeg", "-v",          "error", "-nostdin",   "-y", "-f", "rawvideo",  "-pixel_format",
      "rgb24",  "-video_size", size,    "-framerate", rate, "-i", raw.string()};
  if (spec.has_audio) {
    const double seconds = spec.n_frames * static_cast<double>(spec.frame_rate.denominator) /
                           spec.frame_rate.numerator;
    const std::string sine =
        "sine=frequency=440:sample_rate=44100:duration=" + std::to_string(seconds);
    arguments.insert(arguments.end(), {"-f", "lavfi", "-i", sine, "-c:a", spec.audio_codec});
  }
  return arguments;
}

/// The time from frame to frame in ticks of 1/90000 s, as an expression of ffmpeg.
std::string period_90k(const ClipSpec& spec) {
  return "90000*" + std::to_string(spec.frame_rate.denominator) + "/" +
         std::to_string(spec.frame_rate.numerator);
}

/// The filters state what the conversion does, so that the file's tags are true.
std::string filter_chain(const ClipSpec& spec) {
  const std::string matrix = spec.color_matrix.empty() ? "smpte170m" : spec.color_matrix;
  std::string chain =
      "scale=out_color_matrix=" + matrix +
      ":out_range=" + (spec.is_full_range ? "full" : "limited") +
      ":flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,format=" +
      spec.pixel_format;
  if (spec.color_matrix.empty() && spec.pixel_format.rfind("yuv", 0) == 0) {
    // ffmpeg 7.1 lets the encoder state what the filter did.
    chain += ",setparams=colorspace=unknown";
    chain += spec.is_full_range ? "" : ":range=unknown";
  }
  if (spec.is_vfr) {
    chain += ",settb=1/90000,setpts=(N+0.4*eq(mod(N\\,3)\\,1))*" + period_90k(spec);
  }
  return chain;
}

void patch(const std::filesystem::path& path, const std::string& mark, std::size_t offset,
           const std::string& bytes) {
  std::string file = read_file(path);
  const std::size_t at = file.find(mark);
  if (at == std::string::npos || at + offset + bytes.size() > file.size()) {
    throw std::runtime_error("no '" + mark + "' in " + path.string());
  }
  file.replace(at + offset, bytes.size(), bytes);
  write_file_atomically(path, file);
}

std::string little_endian(std::uint32_t value) {
  std::string bytes;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xFFU));
  }
  return bytes;
}

}  // namespace

void draw_face(const DrawnFace& face, int width_px, int height_px,
               std::vector<std::uint8_t>& pixels) {
  CounterRng look(derive_seed(face.look_seed, {"look"}));
  const int skin = 150 + static_cast<int>(look.below(80));
  const double eye_gap = 0.38 + 0.1 * look.uniform();
  const double mouth_width = 0.3 + 0.15 * look.uniform();
  const double w = face.half_width_px;
  const double x = face.center_x_px;
  const double y = face.center_y_px;
  const double features_x = x + 0.25 * w * face.turn;
  const auto fill = [&](double cx, double cy, double rx, double ry, Color color) {
    fill_ellipse(cx, cy, rx, ry, color, width_px, height_px, pixels);
  };
  fill(x, y - 0.35 * w, 1.08 * w, 1.15 * w, {60, 40, 30});  // hair
  fill(x, y, w, 1.3 * w, {skin, skin * 3 / 4, skin * 5 / 8});
  for (const int side : {-1, 1}) {
    const double eye_x = features_x + side * eye_gap * w;
    fill(eye_x, y - 0.5 * w, 0.22 * w, 0.05 * w, {50, 35, 25});
    fill(eye_x, y - 0.25 * w, 0.19 * w, 0.11 * w, {240, 240, 240});
    fill(eye_x + 0.05 * w * face.turn, y - 0.25 * w, 0.09 * w, 0.09 * w, {30, 30, 60});
  }
  fill(features_x + 0.05 * w * face.turn, y + 0.15 * w, 0.11 * w, 0.25 * w,
       {skin * 9 / 10, skin * 5 / 8, skin / 2});
  fill(features_x, y + 0.7 * w, mouth_width * w, 0.12 * w, {170, 60, 60});
}

DrawnFace face_of_frame(const ClipSpec& spec, int index) {
  CounterRng path(derive_seed(spec.seed, {"path"}));
  const double phase = 6.283185307179586 * path.uniform();
  const double angle = phase + 0.15 * index;
  const double size = std::min(spec.width_px, spec.height_px);
  DrawnFace face;
  face.half_width_px = 0.24 * size;
  face.center_x_px = spec.width_px * 0.5 + 0.12 * size * std::cos(angle);
  face.center_y_px = spec.height_px * 0.5 + 0.06 * size * std::sin(2 * angle);
  face.turn = std::sin(angle);
  face.look_seed = spec.seed;
  return face;
}

Frame draw_frame(const ClipSpec& spec, int index) {
  std::vector<std::uint8_t> pixels = draw_background(spec, index);
  if (spec.has_face) {
    draw_face(face_of_frame(spec, index), spec.width_px, spec.height_px, pixels);
  }
  return {spec.width_px, spec.height_px, PixelFormat::kRgb24, std::move(pixels)};
}

std::vector<Frame> draw_frames(const ClipSpec& spec) {
  std::vector<Frame> frames;
  for (int i = 0; i < spec.n_frames; ++i) {
    frames.push_back(draw_frame(spec, i));
  }
  return frames;
}

std::vector<double> frame_seconds(const ClipSpec& spec) {
  const double period =
      static_cast<double>(spec.frame_rate.denominator) / spec.frame_rate.numerator;
  std::vector<double> seconds;
  for (int i = 0; i < spec.n_frames; ++i) {
    seconds.push_back((i + (spec.is_vfr && i % 3 == 1 ? 0.4 : 0.0)) * period);
  }
  return seconds;
}

void write_clip(const std::filesystem::path& path, const ClipSpec& spec) {
  std::filesystem::path raw = path;
  raw += ".rgb";
  {
    std::ofstream file(raw, std::ios::binary);
    for (int i = 0; i < spec.n_frames; ++i) {
      const Frame frame = draw_frame(spec, i);
      file.write(reinterpret_cast<const char*>(frame.data()),
                 static_cast<std::streamsize>(frame.size_bytes()));
    }
  }
  std::vector<std::string> arguments = input_arguments(spec, raw);
  arguments.insert(arguments.end(), {"-vf", filter_chain(spec), "-c:v", spec.codec, "-threads", "1",
                                     "-fps_mode", "passthrough", "-bitexact"});
  if (spec.is_vfr) {
    // ffmpeg 7.1 writes no duration of the last frame otherwise, and its edit list hides that.
    arguments.insert(arguments.end(), {"-enc_time_base", "1:90000", "-bsf:v",
                                       "setts=pts=PTS:dts=DTS:duration=" + period_90k(spec)});
  }
  if (!spec.color_matrix.empty()) {
    arguments.insert(arguments.end(), {"-colorspace", spec.color_matrix});
  }
  if (!spec.color_matrix.empty() || spec.is_full_range) {
    arguments.insert(arguments.end(), {"-color_range", spec.is_full_range ? "pc" : "tv"});
  }
  arguments.insert(arguments.end(), spec.encoder_options.begin(), spec.encoder_options.end());
  arguments.push_back(path.string());
  run_or_throw(arguments);
  std::filesystem::remove(raw);
  if (spec.rotation_deg != 0) {
    turn_mp4(path, spec.rotation_deg);
  }
}

void write_audio_only(const std::filesystem::path& path, double seconds) {
  run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                "sine=frequency=440:duration=" + std::to_string(seconds), "-c:a", "aac",
                "-bitexact", path.string()});
}

void write_truncated(const std::filesystem::path& from, const std::filesystem::path& to,
                     double share) {
  const std::string bytes = read_file(from);
  const auto kept = static_cast<std::size_t>(static_cast<double>(bytes.size()) * share);
  write_file_atomically(to, std::string_view(bytes).substr(0, kept));
}

void write_clips(const std::filesystem::path& root, const std::vector<std::string>& rel_paths,
                 int n_frames) {
  ClipSpec clip;
  clip.n_frames = n_frames;
  for (const std::string& rel_path : rel_paths) {
    std::filesystem::create_directories((root / rel_path).parent_path());
    write_clip(root / rel_path, clip);
    ++clip.seed;
  }
}

void write_damaged(const std::filesystem::path& from, const std::filesystem::path& to, int n_bytes,
                   double first_share, double last_share, std::uint64_t seed) {
  std::string bytes = read_file(from);
  const auto first = static_cast<std::size_t>(static_cast<double>(bytes.size()) * first_share);
  const auto last = static_cast<std::size_t>(static_cast<double>(bytes.size()) * last_share);
  CounterRng rng(derive_seed(seed, {"damage"}));
  for (int i = 0; i < n_bytes; ++i) {
    bytes[first + rng.below(last - first)] = static_cast<char>(rng.below(256));
  }
  write_file_atomically(to, bytes);
}

void write_concatenated(const std::vector<std::filesystem::path>& from,
                        const std::filesystem::path& to) {
  std::string bytes;
  for (const std::filesystem::path& path : from) {
    bytes += read_file(path);
  }
  write_file_atomically(to, bytes);
}

void overwrite_avi_frame_count(const std::filesystem::path& avi, std::uint32_t n_frames) {
  constexpr std::size_t kTotalFramesInAvih = 24;  // mark, size, then four fields
  constexpr std::size_t kLengthInStrh = 40;       // mark, size, then eight fields
  patch(avi, "avih", kTotalFramesInAvih, little_endian(n_frames));
  patch(avi, "strh", kLengthInStrh, little_endian(n_frames));
}

void overwrite_mp4_frame_distance(const std::filesystem::path& mp4, std::uint32_t delta) {
  constexpr std::size_t kFirstDeltaInStts = 16;  // mark, version, entry count, sample count
  patch(mp4, "stts", kFirstDeltaInStts, big_endian(delta));
}

void hide_mp4_end(const std::filesystem::path& mp4, std::uint32_t milliseconds) {
  constexpr std::size_t kFirstDurationInElst = 12;  // mark, version, entry count
  patch(mp4, "elst", kFirstDurationInElst, big_endian(milliseconds));
}

void turn_mp4(const std::filesystem::path& mp4, int rotation_deg) {
  const auto fixed = [](int value) { return static_cast<std::uint32_t>(value) << 16U; };
  const int cosine = rotation_deg == 180 ? -1 : 0;
  const int sine = rotation_deg == 90 ? 1 : rotation_deg == 270 ? -1 : 0;
  std::string matrix;
  for (const std::uint32_t value : {fixed(cosine), fixed(sine), 0U, fixed(-sine), fixed(cosine)}) {
    matrix += big_endian(value);
  }
  patch(mp4, "tkhd", 44, matrix);
}

}  // namespace changeling
