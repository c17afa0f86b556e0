// Videos with odd properties: what is shown of them, what a written clip keeps, what is refused.
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "common/base/atomic_file.h"
#include "common/media/labeled_video_writer.h"
#include "common/media/video_reader.h"
#include "tests/support/process.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

using testing::HasSubstr;

class OddVideo : public testing::Test {
 protected:
  /// `input` again as `name`, by these options of ffmpeg.
  std::filesystem::path remade(const std::string& input, const std::string& name,
                               const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {
        "ffmpeg", "-v", "error", "-nostdin", "-y", "-i", (folder_ / input).string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back((folder_ / name).string());
    run_or_throw(arguments);
    return folder_ / name;
  }

  std::filesystem::path clip(const std::string& name, const ClipSpec& spec = {}) {
    write_clip(folder_ / name, spec);
    return folder_ / name;
  }

  /// The frames of a clip as a control has them: written as the clip shows them.
  std::filesystem::path written(const std::filesystem::path& from, const std::string& codec,
                                const std::string& name) {
    VideoReader reader(from);
    LabeledVideoWriter::Settings settings;
    settings.width_px = reader.info().width_px;
    settings.height_px = reader.info().height_px;
    settings.frame_rate = reader.info().frame_rate;
    settings.encode.codec = codec;
    settings.show_as(reader.info());
    if (reader.info().has_audio) {
      settings.audio_from = from;
    }
    LabeledVideoWriter writer(folder_ / name, settings, Provenance(Label::kReal));
    const auto batch = reader.next_batch(100);
    for (std::size_t i = 0; i < batch->frames.size(); ++i) {
      writer.write(batch->frames[i], batch->pts_seconds[i]);
    }
    return writer.finish().path;
  }

  static std::string told(const std::filesystem::path& file, const std::string& entry,
                          const std::string& kind = "v") {
    const ProcessResult result =
        run_process({"ffprobe", "-v", "error", "-select_streams", kind, "-show_entries",
                     "stream=" + entry, "-of", "csv=p=0", file.string()});
    return result.out.substr(0, result.out.find('\n'));
  }

  static std::string message_of_reading(const std::filesystem::path& file) {
    std::string message;
    EXPECT_EQ(kind_thrown_by([&] { (void)probe_video(file); }, &message), ErrorKind::kInput);
    return message;
  }

  TempDir folder_;
};

TEST_F(OddVideo, PixelsThatAreNotSquareStaySo) {
  clip("plain.mp4");
  const auto wide = remade("plain.mp4", "wide.mp4", {"-vf", "setsar=4/3"});
  const VideoInfo info = VideoReader(wide).info();
  EXPECT_EQ(info.pixel_aspect.numerator, 4);
  EXPECT_EQ(info.pixel_aspect.denominator, 3);
  for (const auto& [codec, name] :
       {std::pair("h264", "w.mp4"), {"h265", "w5.mp4"}, {"av1", "wa.mp4"}, {"ffv1", "w.mkv"}}) {
    const auto copy = written(wide, codec, name);
    EXPECT_EQ(told(copy, "sample_aspect_ratio"), "4:3") << codec;
    EXPECT_EQ(VideoReader(copy).info().pixel_aspect.numerator, 4) << codec;
  }
  EXPECT_EQ(told(written(folder_ / "plain.mp4", "h264", "square.mp4"), "sample_aspect_ratio"),
            "N/A")
      << "square pixels are not spoken of";
}

TEST_F(OddVideo, WidePixelsOfATurnedClipAreHighOnes) {
  clip("plain.mp4");
  const auto turned = remade("plain.mp4", "turned.mp4", {"-vf", "setsar=4/3"});
  turn_mp4(turned, 90);
  const VideoInfo info = VideoReader(turned).info();
  ASSERT_EQ(info.rotation_deg, 90);
  EXPECT_EQ(info.pixel_aspect.numerator, 3);
  EXPECT_EQ(info.pixel_aspect.denominator, 4);
}

TEST_F(OddVideo, HighDynamicRangeIsToldAsItWas) {
  clip("plain.mp4");
  const std::map<std::string, ColorTransfer> transfers = {{"smpte2084", ColorTransfer::kPq},
                                                          {"arib-std-b67", ColorTransfer::kHlg}};
  for (const auto& [name, transfer] : transfers) {
    const auto hdr =
        remade("plain.mp4", name + ".mp4",
               {"-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
                "log-level=none:colorprim=bt2020:colormatrix=bt2020nc:transfer=" + name});
    EXPECT_EQ(VideoReader(hdr).info().color_transfer, transfer);
    for (const std::string codec : {"h264", "h265", "av1", "ffv1"}) {
      const bool is_rgb = codec == "ffv1";
      const auto copy = written(hdr, codec, is_rgb ? "written.mkv" : "written.mp4");
      EXPECT_EQ(VideoReader(copy).info().color_transfer, transfer) << codec;
      EXPECT_EQ(told(copy, "color_transfer"), name) << codec;
      EXPECT_EQ(told(copy, "color_space"), is_rgb ? "gbr" : "bt2020nc") << codec;
      EXPECT_EQ(told(copy, "color_primaries"), "bt2020") << codec;
    }
  }
}

TEST_F(OddVideo, ColoursThatNothingConvertsAreRefused) {
  clip("plain.mp4");
  // Stated in the stream alone: ffmpeg 7.1 would convert to them, and cannot.
  const auto odd = remade("plain.mp4", "odd.mp4",
                          {"-c", "copy", "-bsf:v", "h264_metadata=matrix_coefficients=8"});
  EXPECT_THAT(message_of_reading(odd), HasSubstr("matrix 'ycgco'"));
}

TEST_F(OddVideo, AnEncryptedOneIsRefused) {
  clip("plain.mp4");
  const auto locked = remade(
      "plain.mp4", "locked.mp4",
      {"-c", "copy", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key",
       "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"});
  EXPECT_THAT(message_of_reading(locked), HasSubstr("locked.mp4': its video is encrypted"));
}

TEST_F(OddVideo, AnEncryptedMatroskaIsRefused) {
  const std::string title(25, 't');
  clip("plain.mp4");
  std::string bytes = read_file(
      remade("plain.mp4", "locked.mkv", {"-c", "copy", "-metadata:s:v:0", "title=" + title}));
  // FFmpeg writes none: the element of the name becomes one of encodings, as long.
  const std::string name = "\x53\x6E\x99" + title;
  const std::string encodings =
      "\x6D\x80\x99\x62\x40\x96\x50\x33\x81\x01\x50\x35\x8F\x47\xE1\x81\x05\x47\xE2\x88"
      "whichkey";
  ASSERT_EQ(name.size(), encodings.size());
  bytes.replace(bytes.find(name), name.size(), encodings);
  write_file_atomically(folder_ / "locked.mkv", bytes);
  EXPECT_THAT(message_of_reading(folder_ / "locked.mkv"),
              HasSubstr("locked.mkv': its video is encrypted"));
}

TEST_F(OddVideo, OfSeveralStreamsTheDefaultOneIsRead) {
  clip("plain.mp4");
  const std::vector<std::string> two = {"-f",   "lavfi",  "-i",   "testsrc=s=64x48:d=0.4",
                                        "-map", "1:v",    "-map", "0:v",
                                        "-c:v", "libx264"};
  std::vector<std::string> second_is_default = two;
  second_is_default.insert(second_is_default.end(),
                           {"-disposition:v:0", "0", "-disposition:v:1", "default"});
  std::vector<std::string> both_are_default = two;
  both_are_default.insert(both_are_default.end(), {"-disposition:v", "default"});
  EXPECT_EQ(VideoReader(remade("plain.mp4", "first.mkv", both_are_default)).info().width_px, 64)
      << "of two alike the first";
  for (const char* name : {"second.mkv", "second.mp4"}) {
    EXPECT_EQ(VideoReader(remade("plain.mp4", name, second_is_default)).info().width_px, 96)
        << name;
  }
}

TEST_F(OddVideo, OfSeveralSoundsTheFirstIsCopied) {
  clip("plain.mp4");
  remade("plain.mp4", "two.mkv",
         {"-f",
          "lavfi",
          "-i",
          "sine=r=44100:d=0.4",
          "-f",
          "lavfi",
          "-i",
          "sine=r=48000:d=0.4",
          "-map",
          "0:v",
          "-map",
          "1:a",
          "-map",
          "2:a",
          "-c:v",
          "copy",
          "-c:a",
          "aac",
          "-disposition:a:0",
          "0",
          "-disposition:a:1",
          "default"});
  const auto copy = written(folder_ / "two.mkv", "h264", "copy.mp4");
  EXPECT_EQ(told(copy, "sample_rate", "a"), "44100");
}

TEST_F(OddVideo, ACoverInFrontIsNoVideo) {
  clip("plain.mp4");
  remade("plain.mp4", "cover.png", {"-frames:v", "1", "-vf", "scale=32:32"});
  const auto covered = remade("cover.png", "covered.mp4",
                              {"-i", (folder_ / "plain.mp4").string(), "-map", "0", "-map", "1",
                               "-c", "copy", "-disposition:v:0", "attached_pic"});
  EXPECT_EQ(VideoReader(covered).info().width_px, 96);
}

TEST_F(OddVideo, AnUnknownCodecIsNamedByTheContainersMark) {
  std::string bytes = read_file(clip("plain.mp4"));
  bytes.replace(bytes.find("avc1", bytes.find("stsd")), 4, "zzz1");
  write_file_atomically(folder_ / "odd.mp4", bytes);
  EXPECT_THAT(message_of_reading(folder_ / "odd.mp4"), HasSubstr("no decoder for codec 'zzz1'"));
}

TEST_F(OddVideo, InterlacedFramesAreToldAndStayWhole) {
  ClipSpec spec;
  spec.encoder_options = {"-flags", "+ilme+ildct", "-x264opts", "tff=1"};
  EXPECT_TRUE(VideoReader(clip("fields.mp4", spec)).info().is_interlaced);
  EXPECT_EQ(VideoReader(folder_ / "fields.mp4").info().height_px, spec.height_px);
  EXPECT_FALSE(VideoReader(clip("plain.mp4")).info().is_interlaced);
}

}  // namespace
}  // namespace changeling
