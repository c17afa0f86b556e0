#include "common/media/video_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/image_codec.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/process.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using ::testing::TestWithParam;
using ::testing::Values;

struct DecodedClip {
  std::vector<Frame> frames;
  std::vector<double> seconds;
  std::int64_t errors = 0;
};

DecodedClip decode_all(const std::filesystem::path& path, int batch_frames = 7) {
  VideoReader reader(path);
  DecodedClip clip;
  while (const auto batch = reader.next_batch(batch_frames)) {
    EXPECT_EQ(batch->first_index, static_cast<std::int64_t>(clip.frames.size()));
    clip.frames.insert(clip.frames.end(), batch->frames.begin(), batch->frames.end());
    clip.seconds.insert(clip.seconds.end(), batch->pts_seconds.begin(), batch->pts_seconds.end());
  }
  clip.errors = reader.decode_error_count();
  return clip;
}

Frame frame_at(VideoReader& reader, std::int64_t index) {
  reader.seek(index);
  const auto batch = reader.next_batch(1);
  EXPECT_TRUE(batch.has_value()) << "no frame " << index;
  EXPECT_EQ(batch->first_index, index);
  return batch->frames.front();
}

struct Difference {
  int max = 0;
  double mean = 0;
};

Difference difference(const Frame& a, const Frame& b) {
  EXPECT_EQ(a.size_bytes(), b.size_bytes());
  Difference result;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    const int d = std::abs(a.data()[i] - b.data()[i]);
    result.max = std::max(result.max, d);
    result.mean += d;
  }
  result.mean /= static_cast<double>(a.size_bytes());
  return result;
}

/// All frames of a clip as the ffmpeg program shows them, turned upright, with the given source
/// matrix.
std::vector<Frame> decode_by_ffmpeg(const std::filesystem::path& path, int width_px, int height_px,
                                    const std::string& matrix, const std::string& range) {
  const TempDir folder;
  const std::string raw = (folder / "out.rgb").string();
  run_or_throw(
      {"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-fps_mode", "passthrough", "-vf",
       "scale=in_color_matrix=" + matrix + ":in_range=" + range +
           ":flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,format=rgb24",
       "-f", "rawvideo", raw});
  const std::string bytes = read_file(raw);
  const auto frame_bytes =
      static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px) * 3;
  std::vector<Frame> frames;
  for (std::size_t at = 0; at + frame_bytes <= bytes.size(); at += frame_bytes) {
    std::vector<std::uint8_t> pixels(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(at + frame_bytes));
    frames.emplace_back(width_px, height_px, PixelFormat::kRgb24, std::move(pixels));
  }
  return frames;
}

std::string error_text(const std::filesystem::path& path) {
  try {
    const VideoReader reader(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_NE(text.find(path.string()), std::string::npos) << text;
    return text;
  }
  return "";
}

// ---- formats ----

struct FormatCase {
  std::string name;
  std::string extension;
  ClipSpec spec;
};

ClipSpec make_spec(const std::string& codec, const std::string& pixel_format, int width_px,
                   int height_px, std::vector<std::string> options = {}) {
  ClipSpec spec;
  spec.codec = codec;
  spec.pixel_format = pixel_format;
  spec.width_px = width_px;
  spec.height_px = height_px;
  spec.encoder_options = std::move(options);
  return spec;
}

std::vector<FormatCase> format_cases() {
  const std::vector<std::string> open_gop = {
      "-x264-params", "open-gop=1:keyint=8:min-keyint=8:scenecut=0:bframes=3"};
  std::vector<FormatCase> cases = {
      {"H264", ".mp4", make_spec("libx264", "yuv420p", 96, 80, {"-bf", "3", "-g", "8"})},
      {"H264OpenGop", ".mp4", make_spec("libx264", "yuv420p", 96, 80, open_gop)},
      {"H264OpenGopTs", ".ts", make_spec("libx264", "yuv420p", 96, 80, open_gop)},
      {"H264IntraRefresh", ".mp4",
       make_spec("libx264", "yuv420p", 96, 80,
                 {"-x264-params", "intra-refresh=1:keyint=8:bframes=0"})},
      {"H264Matroska", ".mkv", make_spec("libx264", "yuv420p", 96, 80, {"-bf", "2", "-g", "6"})},
      {"H264Raw", ".h264", make_spec("libx264", "yuv420p", 96, 80, {"-bf", "2", "-g", "6"})},
      {"H264Yuv422", ".mp4", make_spec("libx264", "yuv422p", 96, 80)},
      {"H264Yuv444", ".mp4", make_spec("libx264", "yuv444p", 97, 81)},
      {"H264TenBit", ".mp4", make_spec("libx264", "yuv420p10le", 96, 80)},
      {"HevcTenBit422", ".mp4",
       make_spec("libx265", "yuv422p10le", 96, 80,
                 {"-x265-params", "log-level=none:pools=none:frame-threads=1"})},
      {"HevcBFrames", ".mp4",
       make_spec("libx265", "yuv420p", 96, 80,
                 {"-x265-params", "log-level=none:keyint=8:pools=none:frame-threads=1"})},
      {"Vp9Odd", ".webm",
       make_spec("libvpx-vp9", "yuv420p", 95, 79, {"-deadline", "realtime", "-g", "8"})},
      {"Mpeg4Avi", ".avi", make_spec("mpeg4", "yuv420p", 96, 80, {"-bf", "2", "-g", "8"})},
      {"Mpeg2Ts", ".ts", make_spec("mpeg2video", "yuv420p", 96, 80, {"-bf", "2", "-g", "8"})},
      {"Mjpeg", ".avi", make_spec("mjpeg", "yuvj422p", 95, 79, {"-q:v", "2"})},
      {"Ffv1Rgb", ".mkv", make_spec("ffv1", "bgr0", 95, 79)},
      {"OneFrame", ".mp4", make_spec("libx264", "yuv420p", 96, 80)},
  };
  cases.back().spec.n_frames = 1;
  cases[cases.size() - 3].spec.is_full_range = true;  // as "yuvj" is by nature
  FormatCase vfr{"VariableRate", ".mp4",
                 make_spec("libx264", "yuv420p", 96, 80, {"-bf", "2", "-g", "8"})};
  vfr.spec.is_vfr = true;
  cases.push_back(vfr);
  FormatCase full{"FullRange709", ".mp4", make_spec("libx264", "yuv420p", 96, 80)};
  full.spec.is_full_range = true;
  full.spec.color_matrix = "bt709";
  cases.push_back(full);
  return cases;
}

class VideoFormat : public TestWithParam<FormatCase> {
 protected:
  std::filesystem::path write() {
    const std::filesystem::path path = folder_ / ("clip" + GetParam().extension);
    write_clip(path, GetParam().spec);
    return path;
  }

  TempDir folder_;
};

TEST_P(VideoFormat, ShowsTheDrawnFramesInOrder) {
  const ClipSpec& spec = GetParam().spec;
  const DecodedClip clip = decode_all(write());
  ASSERT_EQ(clip.frames.size(), static_cast<std::size_t>(spec.n_frames));
  EXPECT_EQ(clip.errors, 0);
  for (int i = 0; i < spec.n_frames; ++i) {
    const Frame& frame = clip.frames[static_cast<std::size_t>(i)];
    ASSERT_EQ(frame.width_px(), spec.width_px);
    ASSERT_EQ(frame.height_px(), spec.height_px);
    // The blue background moves 5 levels a frame, so a frame out of order is far off.
    EXPECT_LT(difference(frame, draw_frame(spec, i)).mean, 5.0) << "frame " << i;
  }
}

TEST_P(VideoFormat, AgreesWithTheFfmpegProgram) {
  const ClipSpec& spec = GetParam().spec;
  const std::filesystem::path path = write();
  const DecodedClip clip = decode_all(path);
  const std::string matrix = spec.color_matrix.empty() ? "smpte170m" : spec.color_matrix;
  const std::vector<Frame> oracle = decode_by_ffmpeg(path, spec.width_px, spec.height_px, matrix,
                                                     spec.is_full_range ? "full" : "limited");
  ASSERT_EQ(clip.frames.size(), oracle.size());
  for (std::size_t i = 0; i < oracle.size(); ++i) {
    const Difference d = difference(clip.frames[i], oracle[i]);
    EXPECT_EQ(d.max, 0) << "frame " << i;
  }
}

TEST_P(VideoFormat, SeeksToTheSameFramesAsReading) {
  const std::filesystem::path path = write();
  const DecodedClip clip = decode_all(path);
  VideoReader reader(path);
  const auto n = static_cast<std::int64_t>(clip.frames.size());
  // Far, back over key frames, to the same frame, close by, to both ends.
  for (const std::int64_t wanted :
       {n - 1, n / 2, n / 2, n / 2 + 1, n / 3, std::int64_t{0}, n - 2, std::int64_t{9}}) {
    const std::int64_t index = std::clamp<std::int64_t>(wanted, 0, n - 1);
    EXPECT_TRUE(frame_at(reader, index) == clip.frames[static_cast<std::size_t>(index)])
        << "frame " << index;
  }
  for (std::int64_t index = n - 1; index >= 0; --index) {
    EXPECT_TRUE(frame_at(reader, index) == clip.frames[static_cast<std::size_t>(index)])
        << "frame " << index;
  }
}

TEST_P(VideoFormat, TimesAscendAndSurviveSeeks) {
  const ClipSpec& spec = GetParam().spec;
  const std::filesystem::path path = write();
  const DecodedClip clip = decode_all(path);
  const std::vector<double> written = frame_seconds(spec);
  for (std::size_t i = 0; i < clip.seconds.size(); ++i) {
    EXPECT_NEAR(clip.seconds[i] - clip.seconds[0], written[i] - written[0], 0.0011)
        << "frame " << i;
  }
  VideoReader reader(path);
  while (reader.next_batch(16)) {}
  reader.seek(0);
  const auto again = reader.next_batch(1000);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->pts_seconds, clip.seconds);
}

INSTANTIATE_TEST_SUITE_P(Formats, VideoFormat, ::testing::ValuesIn(format_cases()),
                         [](const auto& instance) { return instance.param.name; });

// ---- reading ----

class VideoReaderTest : public ::testing::Test {
 protected:
  std::filesystem::path clip(const std::string& name, const ClipSpec& spec = {}) {
    const std::filesystem::path path = folder_ / name;
    write_clip(path, spec);
    return path;
  }

  TempDir folder_;
};

TEST_F(VideoReaderTest, TellsWhatTheContainerSays) {
  ClipSpec spec;
  spec.has_audio = true;
  spec.color_matrix = "bt709";
  const VideoReader reader(clip("a.mp4", spec));
  const VideoInfo& info = reader.info();
  EXPECT_EQ(info.width_px, 96);
  EXPECT_EQ(info.height_px, 80);
  EXPECT_EQ(info.frame_rate.numerator, 25 * info.frame_rate.denominator);
  EXPECT_EQ(info.frame_count_from_header, 24);
  EXPECT_NEAR(info.duration_seconds_from_header.value_or(0), 0.96, 0.001);
  EXPECT_EQ(info.codec, "h264");
  EXPECT_EQ(info.pixel_format, "yuv420p");
  EXPECT_EQ(info.color_matrix, ColorMatrix::kBt709);
  EXPECT_EQ(info.color_range, ColorRange::kLimited);
  EXPECT_TRUE(info.color_is_stated);
  EXPECT_TRUE(info.has_audio);
}

TEST_F(VideoReaderTest, AssumesBt601BelowAndBt709From720Lines) {
  ClipSpec spec;
  const VideoReader small(clip("small.mp4", spec));
  EXPECT_FALSE(small.info().color_is_stated);
  EXPECT_EQ(small.info().color_matrix, ColorMatrix::kBt601);
  spec.height_px = 720;
  spec.n_frames = 2;
  const VideoReader large(clip("large.mp4", spec));
  EXPECT_FALSE(large.info().color_is_stated);
  EXPECT_EQ(large.info().color_matrix, ColorMatrix::kBt709);
}

TEST_F(VideoReaderTest, SeekPastTheEndYieldsNothingAndSeekBackWorks) {
  const std::filesystem::path path = clip("a.mp4");
  VideoReader reader(path);
  reader.seek(1000);
  EXPECT_FALSE(reader.next_batch(4).has_value());
  EXPECT_FALSE(reader.next_batch(4).has_value());
  EXPECT_TRUE(frame_at(reader, 5) == decode_all(path).frames[5]);
}

TEST_F(VideoReaderTest, LastSeekCounts) {
  const std::filesystem::path path = clip("a.mp4");
  VideoReader reader(path);
  reader.seek(1000);
  reader.seek(3);
  EXPECT_EQ(reader.next_batch(2)->first_index, 3);
}

TEST_F(VideoReaderTest, BatchesDoNotChangeFrames) {
  const std::filesystem::path path = clip("a.mp4");
  const DecodedClip one = decode_all(path, 1);
  const DecodedClip many = decode_all(path, 100);
  ASSERT_EQ(one.frames.size(), many.frames.size());
  for (std::size_t i = 0; i < one.frames.size(); ++i) {
    EXPECT_TRUE(one.frames[i] == many.frames[i]);
  }
}

TEST_F(VideoReaderTest, HeaderFrameCountIsNotBelieved) {
  ClipSpec spec = make_spec("mpeg4", "yuv420p", 96, 80);
  const std::filesystem::path path = clip("lies.avi", spec);
  overwrite_avi_frame_count(path, 999);
  const VideoProbe probe = probe_video(path);
  EXPECT_EQ(probe.info.frame_count_from_header, 999);
  EXPECT_EQ(probe.frame_count_from_index, 24);
}

class Rotation : public TestWithParam<int> {};

TEST_P(Rotation, TurnsFramesUpright) {
  const int rotation_deg = GetParam();
  const TempDir folder;
  ClipSpec spec = make_spec("libx264", "yuv444p", 96, 64, {"-crf", "5"});
  spec.rotation_deg = rotation_deg;
  spec.n_frames = 3;
  write_clip(folder / "r.mp4", spec);
  VideoReader reader(folder / "r.mp4");
  EXPECT_EQ(reader.info().rotation_deg, rotation_deg);
  const bool is_on_side = rotation_deg % 180 != 0;
  EXPECT_EQ(reader.info().width_px, is_on_side ? 64 : 96);
  EXPECT_EQ(reader.info().height_px, is_on_side ? 96 : 64);
  const Frame shown = reader.next_batch(1)->frames.front();
  const Frame drawn = draw_frame(spec, 0);
  // The marker: the drawn picture's top right corner has the most red and the least green. Turned
  // clockwise by 90 it is bottom right, by 180 bottom left, by 270 top left.
  const int right = shown.width_px() - 3;
  const int bottom = shown.height_px() - 3;
  const int x = rotation_deg == 90 ? right : 2;
  const int y = rotation_deg == 270 ? 2 : bottom;
  const auto pixel = [](const Frame& frame, int px, int py) {
    return frame.data() + static_cast<std::size_t>(py) * frame.row_bytes() +
           static_cast<std::size_t>(px) * 3;
  };
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(pixel(shown, x, y)[c], pixel(drawn, 93, 2)[c], 12) << "channel " << c;
  }
  const std::vector<Frame> oracle = decode_by_ffmpeg(folder / "r.mp4", shown.width_px(),
                                                     shown.height_px(), "smpte170m", "limited");
  EXPECT_LE(difference(shown, oracle.front()).max, 2);
}

INSTANTIATE_TEST_SUITE_P(QuarterTurns, Rotation, Values(90, 180, 270));

// ---- damage ----

TEST_F(VideoReaderTest, TruncatedFileYieldsItsFirstFrames) {
  ClipSpec spec =
      make_spec("libx264", "yuv420p", 96, 80, {"-movflags", "+faststart", "-g", "6", "-bf", "2"});
  const std::filesystem::path whole = clip("whole.mp4", spec);
  write_truncated(whole, folder_ / "cut.mp4", 0.6);
  const DecodedClip all = decode_all(whole);
  const DecodedClip cut = decode_all(folder_ / "cut.mp4");
  EXPECT_GT(cut.frames.size(), 3U);
  EXPECT_LT(cut.frames.size(), all.frames.size());
  EXPECT_TRUE(cut.frames.front() == all.frames.front());
  EXPECT_EQ(VideoReader(folder_ / "cut.mp4").info().frame_count_from_header, 24);
}

TEST_F(VideoReaderTest, DamagedBytesLoseFramesButNeverStop) {
  ClipSpec spec = make_spec("libx264", "yuv420p", 160, 120,
                            {"-movflags", "+faststart", "-g", "6", "-bf", "2", "-crf", "12"});
  spec.n_frames = 48;
  const std::filesystem::path whole = clip("whole.mp4", spec);
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const std::filesystem::path damaged = folder_ / ("damaged" + std::to_string(seed) + ".mp4");
    write_damaged(whole, damaged, 60, 0.2, 0.8, seed);
    const DecodedClip clip = decode_all(damaged);
    EXPECT_GT(clip.errors, 0) << "seed " << seed;
    EXPECT_GE(clip.frames.size(), 24U) << "seed " << seed;
    EXPECT_LE(clip.frames.size(), 48U) << "seed " << seed;
    EXPECT_TRUE(std::is_sorted(clip.seconds.begin(), clip.seconds.end(), std::less_equal<>()));
    VideoReader reader(damaged);
    const auto last = static_cast<std::int64_t>(clip.frames.size()) - 1;
    for (const std::int64_t index : {last, last / 2, last / 3, last - 1}) {
      EXPECT_TRUE(frame_at(reader, index) == clip.frames[static_cast<std::size_t>(index)]);
    }
    EXPECT_EQ(decode_all(damaged).errors, clip.errors) << "the count is reproducible";
  }
}

TEST_F(VideoReaderTest, DamagedHeadersNeverCrash) {
  const std::filesystem::path whole = clip("whole.mp4");
  int opened = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const std::filesystem::path damaged = folder_ / "d.mp4";
    write_damaged(whole, damaged, 12, 0.0, 1.0, seed);
    try {
      decode_all(damaged);
      ++opened;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
    }
  }
  EXPECT_GT(opened, 0);
}

TEST_F(VideoReaderTest, ChangeOfSizeIsScaledToTheFirst) {
  const std::filesystem::path small = clip("small.h264", make_spec("libx264", "yuv420p", 64, 48));
  const std::filesystem::path large = clip("large.h264", make_spec("libx264", "yuv420p", 128, 96));
  write_concatenated({small, large}, folder_ / "both.h264");
  const DecodedClip both = decode_all(folder_ / "both.h264");
  ASSERT_EQ(both.frames.size(), 48U);
  for (const Frame& frame : both.frames) {
    EXPECT_EQ(frame.width_px(), 64);
    EXPECT_EQ(frame.height_px(), 48);
  }
  VideoReader reader(folder_ / "both.h264");
  EXPECT_TRUE(frame_at(reader, 40) == both.frames[40]);
  EXPECT_TRUE(frame_at(reader, 30) == both.frames[30]);
  EXPECT_TRUE(frame_at(reader, 2) == both.frames[2]);
}

TEST_F(VideoReaderTest, RepeatedTimesAreRepaired) {
  const std::filesystem::path path =
      clip("same.mp4", make_spec("libx264", "yuv420p", 96, 80, {"-bf", "0"}));
  overwrite_mp4_frame_distance(path, 0);
  const DecodedClip clip = decode_all(path);
  ASSERT_EQ(clip.frames.size(), 24U);
  for (std::size_t i = 1; i < clip.seconds.size(); ++i) {
    EXPECT_GT(clip.seconds[i], clip.seconds[i - 1]);
  }
}

// ---- refusals ----

TEST_F(VideoReaderTest, APictureIsAVideoOfOneFrameWhateverItsName) {
  const Frame picture = draw_frame(ClipSpec{}, 3);
  for (const char* name : {"face.png", "face.mp4", "face", "face%03d.png", "face*.png"}) {
    write_file_atomically(folder_ / name, encode_png(picture));
    VideoReader reader(folder_ / name);
    const std::optional<FrameBatch> frames = reader.next_batch(8);
    ASSERT_TRUE(frames && frames->frames.size() == 1) << name;
    EXPECT_TRUE(frames->frames[0] == picture) << name;
    EXPECT_FALSE(reader.next_batch(8)) << name;
    reader.seek(0);
    EXPECT_TRUE(reader.next_batch(1)->frames[0] == picture) << name;
  }
}

TEST_F(VideoReaderTest, AJpegIsAVideoOfOneFrame) {
  const std::string bytes = encode_jpeg(draw_frame(ClipSpec{}, 3));
  for (const char* name : {"face.jpg", "face.JPEG", "face", "face_01.jpg"}) {
    write_file_atomically(folder_ / name, bytes);
    VideoReader reader(folder_ / name);
    const std::optional<FrameBatch> frames = reader.next_batch(8);
    ASSERT_TRUE(frames && frames->frames.size() == 1) << name;
    const Frame& frame = frames->frames[0];
    const Frame still = read_image(folder_ / name);
    ASSERT_EQ(frame.size_bytes(), still.size_bytes()) << name;
    double difference = 0;
    for (std::size_t i = 0; i < frame.size_bytes(); ++i) {
      difference += std::abs(frame.data()[i] - still.data()[i]);
    }
    EXPECT_LT(difference / static_cast<double>(frame.size_bytes()), 2) << name;  // full range, too
    EXPECT_FALSE(reader.next_batch(8)) << name;
  }
}

TEST_F(VideoReaderTest, ANameLikeAPatternMeansTheOneFile) {
  clip("clip%02d.mp4", make_spec("libx264", "yuv420p", 96, 80));
  EXPECT_EQ(decode_all(folder_ / "clip%02d.mp4").frames.size(), 24U);
  write_file_atomically(folder_ / "text%02d.mp4", "this is no video");
  EXPECT_NE(error_text(folder_ / "text%02d.mp4").find("no known video format"), std::string::npos);
  EXPECT_NE(error_text(folder_ / "none%02d.mp4").find("No such file"), std::string::npos);
}

TEST_F(VideoReaderTest, TooFewDescriptorsAreNotTheFilesFault) {
  const std::filesystem::path path = clip("a.mp4");
  std::string message;
  const NoDescriptors none;
  EXPECT_EQ(kind_thrown_by([&] { (void)VideoReader(path); }, &message), ErrorKind::kResource);
  EXPECT_NE(message.find("Too many open files"), std::string::npos) << message;
}

TEST_F(VideoReaderTest, RefusesWhatIsNoVideoInOneLine) {
  EXPECT_NE(error_text(folder_ / "missing.mp4").find("No such file or directory"),
            std::string::npos);
  write_file_atomically(folder_ / "empty.mp4", "");
  EXPECT_NE(error_text(folder_ / "empty.mp4").find("empty (0 bytes)"), std::string::npos);
  write_file_atomically(folder_ / "text.mp4", "subject,file\n1,a.mp4\n");
  EXPECT_NE(error_text(folder_ / "text.mp4").find("Invalid data"), std::string::npos);
  write_file_atomically(folder_ / "list.m3u8", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n");
  EXPECT_NE(error_text(folder_ / "list.m3u8"), "");
  EXPECT_NE(error_text(folder_.path()).find("is a directory"), std::string::npos);
  write_audio_only(folder_ / "sound.m4a", 0.5);
  EXPECT_NE(error_text(folder_ / "sound.m4a").find("audio only"), std::string::npos);
}

TEST_F(VideoReaderTest, KeepsFfmpegsReasonForAFileWithoutIndex) {
  write_truncated(clip("whole.mp4"), folder_ / "cut.mp4", 0.5);
  EXPECT_NE(error_text(folder_ / "cut.mp4").find("moov atom not found"), std::string::npos);
}

TEST_F(VideoReaderTest, RefusesAVideoWithoutDecodableFrame) {
  ClipSpec spec;
  spec.n_frames = 2;
  const std::filesystem::path path = clip("whole.mp4", spec);
  std::string bytes = read_file(path);
  const std::size_t first = bytes.find("mdat") + 4;
  const std::size_t last = bytes.find("moov") - 4;
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(first),
            bytes.begin() + static_cast<std::ptrdiff_t>(last), '\xFF');
  write_file_atomically(folder_ / "dead.mp4", bytes);
  EXPECT_NE(error_text(folder_ / "dead.mp4").find("no frame decodes"), std::string::npos);
}

// ---- probe ----

TEST_F(VideoReaderTest, ProbeTellsVariableFromConstantRate) {
  ClipSpec spec;
  EXPECT_FALSE(probe_video(clip("constant.mp4", spec)).is_vfr);
  EXPECT_FALSE(probe_video(clip("constant.mkv", spec)).is_vfr);
  spec.is_vfr = true;
  const VideoProbe vfr = probe_video(clip("variable.mp4", spec));
  EXPECT_TRUE(vfr.is_vfr);
  EXPECT_EQ(vfr.frame_count_from_index, 24);
}

TEST_F(VideoReaderTest, ProbeMeasuresAndHashes) {
  const std::filesystem::path path = clip("a.mp4");
  const VideoProbe probe = probe_video(path);
  EXPECT_NEAR(probe.duration_seconds, 0.96, 1e-6);
  EXPECT_EQ(probe.decode_error_count, 0);
  EXPECT_EQ(probe.file_bytes, static_cast<std::int64_t>(std::filesystem::file_size(path)));
  EXPECT_EQ(probe.file_sha256, sha256_file(path));
  EXPECT_EQ(probe.stream_sha256, video_stream_sha256(path));
}

TEST_F(VideoReaderTest, StreamDigestSurvivesRemuxAndTagEdit) {
  const std::filesystem::path path = clip("a.mp4");
  const std::string to_mkv = (folder_ / "a.mkv").string();
  const std::string tagged = (folder_ / "tagged.mp4").string();
  run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-c", "copy", to_mkv});
  run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-c", "copy", "-metadata",
                "title=x", tagged});
  EXPECT_EQ(video_stream_sha256(to_mkv), video_stream_sha256(path));
  EXPECT_EQ(video_stream_sha256(tagged), video_stream_sha256(path));
  EXPECT_NE(sha256_file(tagged), sha256_file(path));
}

}  // namespace
}  // namespace changeling
