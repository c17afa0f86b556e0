#include "common/media/labeled_video_writer.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <sys/mount.h>

#include "common/base/atomic_file.h"
#include "common/base/disk_refusal.h"
#include "common/base/rng.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/process.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using Settings = LabeledVideoWriter::Settings;
using Tags = std::map<std::string, std::string>;

Provenance make_provenance(Label label = Label::kFake) {
  Provenance provenance(label);
  if (label == Label::kFake) {
    provenance.method = "mesh_swap";
    provenance.digital_source_type = "compositeCapture";
  }
  provenance.job_key = sha256("job");
  return provenance;
}

Settings settings_of(const ClipSpec& spec, const std::string& codec = "h264") {
  Settings settings;
  settings.width_px = spec.width_px;
  settings.height_px = spec.height_px;
  settings.frame_rate = spec.frame_rate;
  settings.encode.codec = codec;
  return settings;
}

WrittenVideo write_video(const std::filesystem::path& path, const ClipSpec& spec,
                         const Settings& settings, const Provenance& provenance = make_provenance(),
                         double start_seconds = 0) {
  LabeledVideoWriter writer(path, settings, provenance);
  const std::vector<double> seconds = frame_seconds(spec);
  for (int i = 0; i < spec.n_frames; ++i) {
    writer.write(draw_frame(spec, i), start_seconds + seconds[static_cast<std::size_t>(i)]);
  }
  return writer.finish();
}

FrameBatch read_all(const std::filesystem::path& path) {
  VideoReader reader(path);
  return reader.next_batch(100000).value();
}

Tags tags_of(const std::filesystem::path& path) {
  Tags tags;
  for (const auto& [key, value] : read_container_tags(path)) {
    tags[key] = value;
  }
  return tags;
}

nlohmann::json ffprobe(const std::filesystem::path& path) {
  return nlohmann::json::parse(
      run_or_throw({"ffprobe", "-v", "error", "-show_format", "-show_streams", "-count_frames",
                    "-of", "json", path.string()}));
}

double mean_difference(const Frame& a, const Frame& b) {
  EXPECT_EQ(a.size_bytes(), b.size_bytes());
  double sum = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    sum += std::abs(a.data()[i] - b.data()[i]);
  }
  return sum / static_cast<double>(a.size_bytes());
}

class LabeledVideoWriterTest : public ::testing::Test {
 protected:
  TempDir folder_;
  ClipSpec spec_;
};

// ---- reproducible bytes ----

TEST_F(LabeledVideoWriterTest, SameInputAndOptionsGiveTheSameBytes) {
  write_audio_only(folder_ / "sound.m4a", 2);
  for (const std::string codec : {"h264", "ffv1"}) {
    Settings settings = settings_of(spec_, codec);
    settings.audio_from = folder_ / "sound.m4a";
    const WrittenVideo a = write_video(folder_ / ("a" + codec), spec_, settings);
    const WrittenVideo b = write_video(folder_ / "elsewhere" / ("b" + codec), spec_, settings);
    EXPECT_EQ(a.sha256.hex(), b.sha256.hex()) << codec;
    EXPECT_EQ(a.stream_sha256.hex(), b.stream_sha256.hex()) << codec;
    EXPECT_TRUE(read_file(a.path) == read_file(b.path)) << codec;
  }
}

/// Fills fresh and freed memory with a pattern for its lifetime.
class PoisonedHeap {
 public:
  explicit PoisonedHeap(int value) { ::mallopt(M_PERTURB, value); }

  ~PoisonedHeap() { ::mallopt(M_PERTURB, 0); }

  PoisonedHeap(const PoisonedHeap&) = delete;
  PoisonedHeap& operator=(const PoisonedHeap&) = delete;
};

TEST_F(LabeledVideoWriterTest, BytesDoNotDependOnOldMemory) {
  // See Note [One instruction set] in video_encoder.cpp: sizes at which AVX-512 showed the fault.
  for (const auto& [width_px, height_px] :
       {std::pair{96, 80}, std::pair{160, 120}, std::pair{176, 144}}) {
    spec_.width_px = width_px;
    spec_.height_px = height_px;
    std::set<std::string> digests;
    for (const int pattern : {0, 85, 170}) {
      const PoisonedHeap poisoned(pattern);
      digests.insert(write_video(folder_ / "a.mp4", spec_, settings_of(spec_)).sha256.hex());
    }
    EXPECT_EQ(digests.size(), 1U) << width_px << "x" << height_px;
  }
}

TEST_F(LabeledVideoWriterTest, ReportsWhatItWrote) {
  for (const std::string codec : {"h264", "ffv1"}) {
    const WrittenVideo written = write_video(folder_ / codec, spec_, settings_of(spec_, codec));
    EXPECT_EQ(written.path, folder_ / codec);
    EXPECT_EQ(written.n_frames, spec_.n_frames);
    EXPECT_EQ(written.bytes, static_cast<std::int64_t>(std::filesystem::file_size(written.path)));
    EXPECT_EQ(written.sha256, sha256_file(written.path));
    EXPECT_EQ(written.stream_sha256, video_stream_sha256(written.path)) << codec;
    EXPECT_FALSE(std::filesystem::exists(written.path.string() + ".part"));
  }
}

TEST_F(LabeledVideoWriterTest, StreamTellsNoEncoderVersionOrOptions) {
  const WrittenVideo written = write_video(folder_ / "a.mp4", spec_, settings_of(spec_));
  const std::string bytes = read_file(written.path);
  for (const std::string mark : {"x264", "Lavc", "Lavf", "keyint"}) {
    EXPECT_EQ(bytes.find(mark), std::string::npos) << mark;
  }
}

TEST_F(LabeledVideoWriterTest, OptionsReachTheEncoder) {
  spec_.n_frames = 30;
  Settings settings = settings_of(spec_);
  settings.encode.crf = 18;
  const WrittenVideo fine = write_video(folder_ / "fine.mp4", spec_, settings);
  settings.encode.crf = 40;
  const WrittenVideo coarse = write_video(folder_ / "coarse.mp4", spec_, settings);
  EXPECT_LT(coarse.bytes, fine.bytes);
  settings.encode.gop_frames = 5;
  write_video(folder_ / "gop.mp4", spec_, settings);
  const std::string keys = run_or_throw({"ffprobe", "-v", "error", "-select_streams", "v",
                                         "-skip_frame", "nokey", "-show_entries", "frame=key_frame",
                                         "-of", "csv=p=0", (folder_ / "gop.mp4").string()});
  EXPECT_GE(std::count(keys.begin(), keys.end(), '1'), 6);
  settings.encode.preset = "ultrafast";  // Baseline-like: no B frames, no CABAC
  write_video(folder_ / "fast.mp4", spec_, settings);
  EXPECT_EQ(ffprobe(folder_ / "fast.mp4")["streams"][0]["has_b_frames"], 0);
}

// ---- pictures ----

struct Size {
  int width_px = 0;
  int height_px = 0;
};

class WriterSize : public ::testing::TestWithParam<Size> {};

TEST_P(WriterSize, KeepsTheSizeAndThePicture) {
  const TempDir folder;
  ClipSpec spec;
  spec.width_px = GetParam().width_px;
  spec.height_px = GetParam().height_px;
  spec.n_frames = 5;
  Settings settings = settings_of(spec);
  settings.encode.crf = 4;
  write_video(folder / "a.mp4", spec, settings);
  const FrameBatch batch = read_all(folder / "a.mp4");
  ASSERT_EQ(batch.frames.size(), 5U);
  for (int i = 0; i < spec.n_frames; ++i) {
    const Frame& frame = batch.frames[static_cast<std::size_t>(i)];
    EXPECT_EQ(frame.width_px(), spec.width_px);
    EXPECT_EQ(frame.height_px(), spec.height_px);
    EXPECT_LT(mean_difference(frame, draw_frame(spec, i)), 6.0);  // mostly chroma subsampling
  }
  const nlohmann::json stream = ffprobe(folder / "a.mp4")["streams"][0];
  EXPECT_EQ(stream["width"], spec.width_px);
  EXPECT_EQ(stream["height"], spec.height_px);
  const std::string raw = (folder / "a.rgb").string();
  run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", (folder / "a.mp4").string(), "-pix_fmt",
                "rgb24", "-f", "rawvideo", raw});
  EXPECT_EQ(std::filesystem::file_size(raw), 5 * batch.frames[0].size_bytes())
      << "the ffmpeg program crops, too";
}

INSTANTIATE_TEST_SUITE_P(Sizes, WriterSize,
                         ::testing::Values(Size{96, 80}, Size{97, 80}, Size{96, 81}, Size{33, 47},
                                           Size{17, 17}, Size{1, 1}),
                         [](const auto& instance) {
                           return std::to_string(instance.param.width_px) + "x" +
                                  std::to_string(instance.param.height_px);
                         });

class WriterMatrix : public ::testing::TestWithParam<ColorMatrix> {};

TEST_P(WriterMatrix, WritesTheStatedMatrixAndReadsTheSameColors) {
  const TempDir folder;
  ClipSpec spec;
  spec.n_frames = 2;
  Settings settings = settings_of(spec);
  settings.encode.crf = 1;
  settings.color_matrix = GetParam();
  LabeledVideoWriter writer(folder / "a.mp4", settings, make_provenance());
  // Flat saturated fields: chroma subsampling costs nothing, a wrong matrix costs tens of levels.
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < spec.width_px * spec.height_px; ++i) {
    const bool is_left = i % spec.width_px < spec.width_px / 2;
    pixels.insert(pixels.end(), {static_cast<std::uint8_t>(is_left ? 200 : 30), 60,
                                 static_cast<std::uint8_t>(is_left ? 40 : 210)});
  }
  const Frame frame(spec.width_px, spec.height_px, PixelFormat::kRgb24, pixels);
  writer.write(frame, 0);
  writer.write(frame, 0.04);
  writer.finish();
  VideoReader reader(folder / "a.mp4");
  EXPECT_EQ(reader.info().color_matrix, GetParam());
  EXPECT_TRUE(reader.info().color_is_stated);
  EXPECT_EQ(reader.info().color_range, ColorRange::kLimited);
  const Frame back = reader.next_batch(1)->frames[0];
  for (const std::size_t x : {std::size_t{10}, std::size_t{85}}) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at = 40 * frame.row_bytes() + x * 3 + c;
      EXPECT_NEAR(back.data()[at], frame.data()[at], 3) << "x " << x << " channel " << c;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Matrices, WriterMatrix,
                         ::testing::Values(ColorMatrix::kBt601, ColorMatrix::kBt709,
                                           ColorMatrix::kBt2020));

TEST_F(LabeledVideoWriterTest, Ffv1ReturnsEveryRgbByte) {
  spec_.width_px = 61;
  spec_.height_px = 45;
  spec_.n_frames = 4;
  LabeledVideoWriter writer(folder_ / "a.mkv", settings_of(spec_, "ffv1"), make_provenance());
  std::vector<Frame> frames;
  CounterRng noise(7);
  for (int i = 0; i < spec_.n_frames; ++i) {
    std::vector<std::uint8_t> pixels(61 * 45 * 3);
    std::generate(pixels.begin(), pixels.end(),
                  [&noise] { return static_cast<std::uint8_t>(noise.below(256)); });
    frames.emplace_back(61, 45, PixelFormat::kRgb24, std::move(pixels));
    writer.write(frames.back(), i / 25.0);
  }
  writer.finish();
  const FrameBatch batch = read_all(folder_ / "a.mkv");
  ASSERT_EQ(batch.frames.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_TRUE(batch.frames[i] == frames[i]) << "frame " << i;
  }
}

TEST_F(LabeledVideoWriterTest, MasksReturnEveryGrayLevel) {
  Settings settings = settings_of(spec_);
  settings.width_px = 51;
  settings.height_px = 41;
  settings.content = StreamContent::kMask;
  LabeledVideoWriter writer(folder_ / "mask.mkv", settings, make_provenance());
  std::vector<std::uint8_t> levels(51 * 41);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    levels[i] = static_cast<std::uint8_t>(i % 256);
  }
  writer.write(Frame(51, 41, PixelFormat::kGray8, levels), 0);
  writer.finish();
  VideoReader reader(folder_ / "mask.mkv");
  EXPECT_EQ(reader.info().pixel_format, "gray");
  const Frame back = reader.next_batch(1)->frames[0];
  for (std::size_t i = 0; i < levels.size(); ++i) {
    ASSERT_EQ(back.data()[3 * i], levels[i]);
    ASSERT_EQ(back.data()[3 * i + 1], levels[i]);
    ASSERT_EQ(back.data()[3 * i + 2], levels[i]);
  }
}

// ---- times ----

class WriterRate : public ::testing::TestWithParam<Rational> {};

TEST_P(WriterRate, ConstantRateIsKept) {
  const TempDir folder;
  ClipSpec spec;
  spec.frame_rate = GetParam();
  write_video(folder / "a.mp4", spec, settings_of(spec));
  const VideoProbe probe = probe_video(folder / "a.mp4");
  EXPECT_EQ(std::int64_t{probe.info.frame_rate.numerator} * spec.frame_rate.denominator,
            std::int64_t{spec.frame_rate.numerator} * probe.info.frame_rate.denominator);
  EXPECT_FALSE(probe.is_vfr);
  EXPECT_EQ(probe.info.frame_count_from_header, spec.n_frames);
}

INSTANTIATE_TEST_SUITE_P(Rates, WriterRate,
                         ::testing::Values(Rational{25, 1}, Rational{30000, 1001},
                                           Rational{24000, 1001}, Rational{12, 1}, Rational{60, 1},
                                           Rational{1, 2}, Rational{359, 12}));

TEST_F(LabeledVideoWriterTest, VariableTimesAreKept) {
  spec_.is_vfr = true;
  for (const std::string codec : {"h264", "ffv1"}) {
    write_video(folder_ / codec, spec_, settings_of(spec_, codec));
    const FrameBatch batch = read_all(folder_ / codec);
    const std::vector<double> written = frame_seconds(spec_);
    ASSERT_EQ(batch.pts_seconds.size(), written.size());
    for (std::size_t i = 0; i < written.size(); ++i) {
      EXPECT_NEAR(batch.pts_seconds[i], written[i], codec == "h264" ? 1e-5 : 6e-4)
          << codec << " frame " << i;
    }
  }
}

TEST_F(LabeledVideoWriterTest, FirstFrameStartsAtZero) {
  write_video(folder_ / "a.mp4", spec_, settings_of(spec_), make_provenance(), 12.5);
  const FrameBatch batch = read_all(folder_ / "a.mp4");
  EXPECT_EQ(batch.pts_seconds.front(), 0);
  EXPECT_NEAR(batch.pts_seconds[1], 0.04, 1e-5);
}

// ---- labels ----

TEST_F(LabeledVideoWriterTest, TagsReadBack) {
  for (const std::string codec : {"h264", "ffv1"}) {
    const WrittenVideo written = write_video(folder_ / codec, spec_, settings_of(spec_, codec));
    const Tags tags = tags_of(written.path);
    EXPECT_EQ(tags.at("changeling_label"), "fake") << codec;
    EXPECT_EQ(tags.at("changeling_method"), "mesh_swap");
    EXPECT_EQ(tags.at("changeling_job"), sha256("job").hex());
    EXPECT_EQ(tags.at("changeling_source_type"), "compositeCapture");
    EXPECT_NE(tags.at("comment").find("Synthetic media"), std::string::npos);
    EXPECT_NE(tags.at("comment").find(sha256("job").hex()), std::string::npos);
  }
}

TEST_F(LabeledVideoWriterTest, CommentIsShownByFfprobeAndSurvivesACopy) {
  for (const std::string codec : {"h264", "ffv1"}) {
    const std::string extension = settings_of(spec_, codec).encode.extension();
    const WrittenVideo written =
        write_video(folder_ / ("a" + extension), spec_, settings_of(spec_, codec));
    const std::filesystem::path copy = folder_ / ("copy" + extension);
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", written.path.string(), "-c", "copy",
                  copy.string()});
    for (const std::filesystem::path& path : {written.path, copy}) {
      const Tags tags = tags_of(path);
      EXPECT_NE(tags.at("comment").find("label=fake"), std::string::npos) << path;
      const nlohmann::json format_tags = ffprobe(path)["format"]["tags"];
      const std::string key = format_tags.contains("comment") ? "comment" : "COMMENT";
      EXPECT_NE(format_tags.at(key).get<std::string>().find("label=fake"), std::string::npos)
          << path;
    }
    EXPECT_EQ(video_stream_sha256(copy), written.stream_sha256);
  }
}

TEST_F(LabeledVideoWriterTest, RealAndFakeDifferInNoKeyAndNoLength) {
  for (const std::string codec : {"h264", "ffv1"}) {
    const Settings settings = settings_of(spec_, codec);
    const WrittenVideo fake =
        write_video(folder_ / "f", spec_, settings, make_provenance(Label::kFake));
    const WrittenVideo control =
        write_video(folder_ / "c", spec_, settings, make_provenance(Label::kRealControl));
    const WrittenVideo real =
        write_video(folder_ / "r", spec_, settings, make_provenance(Label::kReal));
    EXPECT_EQ(fake.bytes, control.bytes) << codec;
    EXPECT_EQ(fake.bytes, real.bytes) << codec;
    EXPECT_EQ(fake.stream_sha256, control.stream_sha256);
    const nlohmann::json fake_tags = ffprobe(fake.path)["format"]["tags"];
    const nlohmann::json control_tags = ffprobe(control.path)["format"]["tags"];
    ASSERT_EQ(fake_tags.size(), control_tags.size());
    for (const auto& [key, value] : fake_tags.items()) {
      ASSERT_TRUE(control_tags.contains(key)) << key;
      EXPECT_EQ(value.get<std::string>().size(), control_tags[key].get<std::string>().size())
          << key;
    }
    EXPECT_EQ(tags_of(control.path).at("changeling_label"), "real_control");
    EXPECT_EQ(tags_of(real.path).at("changeling_label"), "real");
    EXPECT_EQ(tags_of(real.path).at("changeling_method"), "");
  }
}

TEST_F(LabeledVideoWriterTest, RefusesAMethodLongerThanItsTag) {
  Provenance provenance = make_provenance();
  provenance.method = std::string(33, 'm');
  EXPECT_EQ(kind_thrown_by(
                [&] { LabeledVideoWriter(folder_ / "a.mp4", settings_of(spec_), provenance); }),
            ErrorKind::kConfig);
}

// ---- sound ----

double seconds_of(const nlohmann::json& stream) {
  return std::stod(stream["duration"].get<std::string>());
}

TEST_F(LabeledVideoWriterTest, CopiesSoundCutToTheClip) {
  ClipSpec source = spec_;
  source.n_frames = 100;
  source.has_audio = true;
  write_clip(folder_ / "source.mp4", source);
  Settings settings = settings_of(spec_);
  settings.audio_from = folder_ / "source.mp4";
  write_video(folder_ / "a.mp4", spec_, settings, make_provenance(), 1.0);
  const nlohmann::json streams = ffprobe(folder_ / "a.mp4")["streams"];
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_EQ(streams[1]["codec_name"], "aac");
  EXPECT_NEAR(seconds_of(streams[1]), 0.96, 0.05);
  EXPECT_LE(seconds_of(streams[1]), 0.961);
  EXPECT_TRUE(VideoReader(folder_ / "a.mp4").info().has_audio);
  run_or_throw({"ffmpeg", "-v", "error", "-xerror", "-nostdin", "-i", (folder_ / "a.mp4").string(),
                "-f", "null", "-"});
}

TEST_F(LabeledVideoWriterTest, CopiesSoundIntoMatroska) {
  write_audio_only(folder_ / "sound.m4a", 3);
  Settings settings = settings_of(spec_, "ffv1");
  settings.audio_from = folder_ / "sound.m4a";
  write_video(folder_ / "a.mkv", spec_, settings);
  const nlohmann::json streams = ffprobe(folder_ / "a.mkv")["streams"];
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_EQ(streams[1]["codec_name"], "aac");
  EXPECT_EQ(read_all(folder_ / "a.mkv").pts_seconds.front(), 0);
}

TEST_F(LabeledVideoWriterTest, CopiesAacOutOfATransportStream) {
  ClipSpec source = spec_;
  source.has_audio = true;
  write_clip(folder_ / "source.ts", source);
  Settings settings = settings_of(spec_);
  settings.audio_from = folder_ / "source.ts";
  const double start = read_all(folder_ / "source.ts").pts_seconds.front();
  EXPECT_GT(start, 1.0);
  write_video(folder_ / "a.mp4", spec_, settings, make_provenance(), start);
  const nlohmann::json streams = ffprobe(folder_ / "a.mp4")["streams"];
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_NEAR(seconds_of(streams[1]), 0.96, 0.06);
}

TEST_F(LabeledVideoWriterTest, DropsSoundThatMp4CannotHold) {
  ClipSpec source = spec_;
  source.has_audio = true;
  source.audio_codec = "wmav2";  // PCM fits since FFmpeg 6
  write_clip(folder_ / "source.mkv", source);
  Settings settings = settings_of(spec_);
  settings.audio_from = folder_ / "source.mkv";
  const WrittenVideo written = write_video(folder_ / "a.mp4", spec_, settings);
  EXPECT_EQ(written.n_frames, spec_.n_frames);
  EXPECT_EQ(ffprobe(folder_ / "a.mp4")["streams"].size(), 1U);
}

TEST_F(LabeledVideoWriterTest, ClipWithoutSoundGetsNone) {
  write_clip(folder_ / "silent.mp4", spec_);
  Settings settings = settings_of(spec_);
  settings.audio_from = folder_ / "silent.mp4";
  write_video(folder_ / "a.mp4", spec_, settings);
  EXPECT_FALSE(VideoReader(folder_ / "a.mp4").info().has_audio);
}

// ---- refusals and failures ----

TEST_F(LabeledVideoWriterTest, RefusesBadOptionsWithoutMakingAFile) {
  std::vector<Settings> bad(8, settings_of(spec_));
  bad[0].encode.codec = "vp8";
  bad[1].encode.crf = 52;
  bad[2].encode.preset = "warp";
  bad[3].encode.gop_frames = 0;
  bad[4].width_px = 0;
  bad[5].frame_rate = {0, 1};
  bad[6].encode.crf = -1;
  bad[7].height_px = 1 << 20;
  for (const Settings& settings : bad) {
    EXPECT_EQ(
        kind_thrown_by([&] { LabeledVideoWriter(folder_ / "a.mp4", settings, make_provenance()); }),
        ErrorKind::kConfig);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(LabeledVideoWriterTest, UnfinishedWriterLeavesNoFile) {
  {
    LabeledVideoWriter writer(folder_ / "a.mp4", settings_of(spec_), make_provenance());
    writer.write(draw_frame(spec_, 0), 0);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a.mp4"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(LabeledVideoWriterTest, FlushingFirstChangesNoByteAndEndsTheFrames) {
  const WrittenVideo plain = write_video(folder_ / "plain.mp4", spec_, settings_of(spec_));
  LabeledVideoWriter writer(folder_ / "flushed.mp4", settings_of(spec_), make_provenance());
  const std::vector<double> seconds = frame_seconds(spec_);
  for (int i = 0; i < spec_.n_frames; ++i) {
    writer.write(draw_frame(spec_, i), seconds[static_cast<std::size_t>(i)]);
  }
  writer.flush();
  EXPECT_THROW(writer.write(draw_frame(spec_, 0), seconds.back() + 1), Error);
  EXPECT_EQ(writer.finish().sha256.hex(), plain.sha256.hex());
}

TEST_F(LabeledVideoWriterTest, RefusesFramesThatDoNotFit) {
  LabeledVideoWriter writer(folder_ / "a.mp4", settings_of(spec_), make_provenance());
  writer.write(draw_frame(spec_, 0), 1.0);
  EXPECT_THROW(writer.write(draw_frame(spec_, 1), 1.0), Error) << "time stamps must ascend";
  ClipSpec other = spec_;
  other.width_px = 98;
  EXPECT_THROW(writer.write(draw_frame(other, 1), 1.04), Error);
  const Frame gray(
      spec_.width_px, spec_.height_px, PixelFormat::kGray8,
      std::vector<std::uint8_t>(static_cast<std::size_t>(spec_.width_px * spec_.height_px)));
  EXPECT_THROW(writer.write(gray, 1.04), Error);
}

TEST_F(LabeledVideoWriterTest, RefusesAVideoWithoutFrames) {
  LabeledVideoWriter writer(folder_ / "a.mp4", settings_of(spec_), make_provenance());
  EXPECT_EQ(kind_thrown_by([&] { writer.finish(); }), ErrorKind::kInput);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(LabeledVideoWriterTest, UnwritableFolderIsAResourceError) {
  write_file_atomically(folder_ / "file", "x");
  EXPECT_EQ(kind_thrown_by([&] {
              LabeledVideoWriter(folder_ / "file" / "a.mp4", settings_of(spec_), make_provenance());
            }),
            ErrorKind::kResource);
}

/// A file system of 256 KiB, unmounted at the end.
class TinyDisk {
 public:
  explicit TinyDisk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directories(at);
    is_mounted_ = ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=256k") == 0;
    reason_ = is_mounted_ ? "" : std::strerror(errno);
  }

  ~TinyDisk() {
    if (is_mounted_) {
      ::umount2(at_.c_str(), MNT_DETACH);
    }
  }

  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;

  [[nodiscard]] bool is_mounted() const { return is_mounted_; }

  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::filesystem::path at_;
  bool is_mounted_ = false;
  std::string reason_;
};

TEST_F(LabeledVideoWriterTest, FullDiskIsAResourceErrorAndLeavesNoFile) {
  const TinyDisk disk(folder_ / "tiny");
  if (!disk.is_mounted()) {
    GTEST_SKIP() << "cannot mount a tmpfs: " << disk.reason();
  }
  spec_.width_px = 320;
  spec_.height_px = 240;
  spec_.n_frames = 60;
  for (const std::string codec : {"h264", "ffv1"}) {
    Settings settings = settings_of(spec_, codec);
    settings.encode.crf = 2;
    settings.encode.preset = "ultrafast";
    try {
      write_video(folder_ / "tiny" / "a", spec_, settings);
      ADD_FAILURE() << codec << " fits on the disk";
    } catch (const DiskRefusal& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kResource) << error.what();
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_ / "tiny")) << codec;
  }
}

TEST_F(LabeledVideoWriterTest, AnErrorDoesNotTellWhatAnotherClipLogged) {
  write_clip(folder_ / "whole.mp4", spec_);
  write_damaged(folder_ / "whole.mp4", folder_ / "damaged.mp4", 60, 0.2, 0.8, 1);
  LabeledVideoWriter writer(folder_ / "a", settings_of(spec_, "ffv1"), make_provenance());
  VideoReader reader(folder_ / "damaged.mp4");
  while (reader.next_batch(64)) {}
  ASSERT_GT(reader.decode_error_count(), 0);
  const FileSizeLimit limit(4096);
  const std::string message = refusal_of(ErrorKind::kResource, [&] {
    for (int i = 0; i < spec_.n_frames; ++i) {
      writer.write(draw_frame(spec_, i), frame_seconds(spec_)[static_cast<std::size_t>(i)]);
    }
    (void)writer.finish();
  });
  const std::string cause = std::strerror(EFBIG);
  ASSERT_GE(message.size(), cause.size());
  EXPECT_EQ(message.substr(message.size() - cause.size()), cause) << message;
}

}  // namespace
}  // namespace changeling
