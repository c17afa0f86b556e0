#include "common/media/image_codec.h"

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/video_reader.h"
#include "tests/support/process.h"
#include "tests/support/refusal.h"
#include "tests/support/synthetic_clip.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

Frame picture(int width_px, int height_px) {
  ClipSpec spec;
  spec.width_px = width_px;
  spec.height_px = height_px;
  return draw_frame(spec, 0);
}

Frame gray_of(const Frame& frame) {
  std::vector<std::uint8_t> pixels;
  for (std::size_t i = 0; i < frame.size_bytes(); i += 3) {
    pixels.push_back(frame.data()[i]);
  }
  return {frame.width_px(), frame.height_px(), PixelFormat::kGray8, std::move(pixels)};
}

double mean_difference(const Frame& a, const Frame& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    sum += std::abs(a.data()[i] - b.data()[i]);
  }
  return sum / static_cast<double>(a.size_bytes());
}

Frame read_by_ffmpeg(const std::filesystem::path& path, int width_px, int height_px) {
  const TempDir folder;
  const std::string raw = (folder / "a.rgb").string();
  run_or_throw(
      {"ffmpeg", "-v", "error", "-nostdin", "-i", path.string(), "-vf",
       "scale=flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,format=rgb24",
       "-frames:v", "1", "-f", "rawvideo", raw});  // 7.1 repeats a GIF for as long as it is shown
  const std::string bytes = read_file(raw);
  return {width_px, height_px, PixelFormat::kRgb24,
          std::vector<std::uint8_t>(bytes.begin(), bytes.end())};
}

class ImageCodec : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    write_file_atomically(folder_ / name, bytes);
    return folder_ / name;
  }

  /// A target of pairs is read as a video.
  void expect_same_as_a_video(const std::string& name, const Frame& shown) const;

  TempDir folder_;
};

TEST_F(ImageCodec, PngReturnsEveryByte) {
  const Frame frame = picture(63, 41);
  EXPECT_TRUE(read_image(write("a.png", encode_png(frame))) == frame);
  EXPECT_TRUE(read_by_ffmpeg(folder_ / "a.png", 63, 41) == frame);
}

TEST_F(ImageCodec, GrayPngStaysGray) {
  const Frame gray = gray_of(picture(40, 30));
  const Frame back = read_image(write("g.png", encode_png(gray)));
  for (std::size_t i = 0; i < gray.size_bytes(); ++i) {
    ASSERT_EQ(back.data()[3 * i], gray.data()[i]);
    ASSERT_EQ(back.data()[3 * i + 2], gray.data()[i]);
  }
  EXPECT_LT(encode_png(gray).size(), encode_png(picture(40, 30)).size());
}

TEST_F(ImageCodec, EncodingIsReproducibleAndNameless) {
  const Frame frame = picture(64, 48);
  EXPECT_EQ(encode_png(frame), encode_png(frame));
  EXPECT_EQ(encode_jpeg(frame), encode_jpeg(frame));
  EXPECT_EQ(encode_jpeg(frame).find("Lavc"), std::string::npos);
  EXPECT_EQ(encode_png(frame).find("tIME"), std::string::npos);
}

TEST_F(ImageCodec, JpegIsCloseForOddSizesAndGray) {
  for (const auto& [width_px, height_px] :
       {std::pair{64, 48}, std::pair{63, 47}, std::pair{1, 1}}) {
    const Frame frame = picture(width_px, height_px);
    const Frame back = read_image(write("a.jpg", encode_jpeg(frame, 2)));
    ASSERT_EQ(back.width_px(), width_px);
    ASSERT_EQ(back.height_px(), height_px);
    EXPECT_LT(mean_difference(back, frame), 4.0);
  }
  const Frame gray = gray_of(picture(64, 48));
  EXPECT_NEAR(read_image(write("g.jpg", encode_jpeg(gray, 2))).data()[0], gray.data()[0], 6);
}

TEST_F(ImageCodec, JpegQualityIsObeyed) {
  const Frame frame = picture(128, 96);
  EXPECT_GT(encode_jpeg(frame, 2).size(), encode_jpeg(frame, 12).size());
  EXPECT_THROW(static_cast<void>(encode_jpeg(frame, 0)), Error);
  EXPECT_THROW(static_cast<void>(encode_jpeg(frame, 32)), Error);
}

TEST_F(ImageCodec, AgreesWithTheFfmpegProgram) {
  for (const std::string name : {"p444.jpg", "p422.jpg", "p16.png", "alpha.png", "palette.gif",
                                 "plain.bmp", "face%03d.png"}) {
    const std::map<std::string, std::string> formats = {
        {"p444.jpg", "yuvj444p"}, {"p422.jpg", "yuvj422p"}, {"p16.png", "rgb48be"},
        {"alpha.png", "rgba"},    {"palette.gif", "rgb8"},  {"plain.bmp", "bgr24"},
        {"face%03d.png", "rgb24"}};
    const std::filesystem::path from = write("drawn.png", encode_png(picture(63, 47)));
    const std::filesystem::path to = folder_ / name;
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-y", "-i", from.string(), "-pix_fmt",
                  formats.at(name), "-update", "1", "-frames:v", "1", to.string()});
    if (name.find('%') != std::string::npos) {
      EXPECT_TRUE(read_image(to) == picture(63, 47));
      continue;
    }
    EXPECT_LE(mean_difference(read_image(to), read_by_ffmpeg(to, 63, 47)), 0.5) << name;
  }
}

/// EXIF with one tag, 0x0112: how the camera was held.
std::string exif(int orientation) {
  const std::string tag = {0x12, 0x01, 0x03, 0x00, 0x01, 0, 0, 0, static_cast<char>(orientation),
                           0,    0,    0};
  return std::string("II*\0\x08\0\0\0\x01\0", 10) + tag + std::string(4, '\0');
}

std::string jpeg_with_exif(const Frame& frame, int orientation) {
  const std::string body = std::string("Exif\0\0", 6) + exif(orientation);
  const auto size = static_cast<char>(body.size() + 2);
  std::string jpeg = encode_jpeg(frame, 2);
  jpeg.insert(2, std::string("\xFF\xE1\0", 3) + size + body);
  return jpeg;
}

/// Chunks of a RIFF file are of even length.
std::string chunk(const std::string& name, const std::string& body) {
  std::string bytes = name;
  for (std::size_t i = 0; i < 4; ++i) {
    bytes += static_cast<char>(body.size() >> (8 * i) & 0xFF);
  }
  return bytes + body + std::string(body.size() % 2, '\0');
}

/// Where the left upper quarter of a picture with one light quarter is shown: "left upper", ...
std::string light_quarter(const Frame& frame) {
  const auto level = [&frame](int x, int y) {
    return frame.data()[(static_cast<std::size_t>(y) * frame.width_px() + x) * 3];
  };
  const int right = frame.width_px() - 3, low = frame.height_px() - 3;
  const std::map<int, std::string> corners = {{level(2, 2), "left upper"},
                                              {level(right, 2), "right upper"},
                                              {level(2, low), "left lower"},
                                              {level(right, low), "right lower"}};
  return corners.rbegin()->second;
}

void ImageCodec::expect_same_as_a_video(const std::string& name, const Frame& shown) const {
  VideoReader video(folder_ / name);
  EXPECT_EQ(video.info().width_px, shown.width_px()) << name;
  EXPECT_EQ(video.info().height_px, shown.height_px()) << name;
  const std::optional<Frame> frame = video.frame_at(0);
  ASSERT_TRUE(frame.has_value()) << name;
  EXPECT_EQ(frame->width_px(), shown.width_px()) << name;
  EXPECT_EQ(light_quarter(*frame), light_quarter(shown)) << name;
}

Frame one_light_quarter() {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      pixels.insert(pixels.end(), 3, x < 32 && y < 24 ? 220 : 30 + (x < 32 ? 0 : 60));
    }
  }
  return {64, 48, PixelFormat::kRgb24, std::move(pixels)};
}

TEST_F(ImageCodec, APictureIsShownAsTheCameraWasHeld) {
  const std::vector<std::string> corners = {"left upper",  "right upper", "right lower",
                                            "left lower",  "left upper",  "right upper",
                                            "right lower", "left lower"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Frame shown =
        read_image(write("held.jpg", jpeg_with_exif(one_light_quarter(), orientation)));
    EXPECT_EQ(light_quarter(shown), corners[static_cast<std::size_t>(orientation - 1)])
        << orientation;
    EXPECT_EQ(shown.width_px(), orientation < 5 ? 64 : 48) << orientation;
    expect_same_as_a_video("held.jpg", shown);
  }
}

TEST_F(ImageCodec, AWebpIsShownAsTheCameraWasHeldAndAMovingOneRefused) {
  const auto png = write("a.png", encode_png(one_light_quarter()));
  run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-i", png.string(), "-c:v", "libwebp",
                "-lossless", "1", (folder_ / "plain.webp").string()});
  constexpr std::size_t kChunks = 12;  // behind "RIFF", size, "WEBP"
  const std::string picture = read_file(folder_ / "plain.webp").substr(kChunks);
  const auto webp = [&picture](int flags, const std::string& more) {
    std::string head(10, '\0');
    head[0] = static_cast<char>(flags);
    head[4] = 63;
    head[7] = 47;
    return chunk("RIFF", "WEBP" + chunk("VP8X", head) + picture + more);
  };
  constexpr int kHasExif = 8, kMoves = 2;
  const Frame shown = read_image(write("held.webp", webp(kHasExif, chunk("EXIF", exif(6)))));
  EXPECT_EQ(shown.width_px(), 48);
  EXPECT_EQ(light_quarter(shown), "right upper");
  expect_same_as_a_video("held.webp", shown);
  std::string message;
  EXPECT_EQ(
      kind_thrown_by([&] { (void)read_image(write("moves.webp", webp(kMoves, ""))); }, &message),
      ErrorKind::kInput);
  EXPECT_THAT(message, testing::HasSubstr("moving WebP pictures are not read"));
}

TEST_F(ImageCodec, AJpegThatWasCutOffIsRefused) {
  const std::string jpeg = encode_jpeg(picture(320, 240), 2);
  for (const std::size_t percent : {30, 60, 95}) {
    const auto cut = write("cut.jpg", jpeg.substr(0, jpeg.size() * percent / 100));
    EXPECT_EQ(kind_thrown_by([&] { (void)read_image(cut); }), ErrorKind::kInput) << percent;
  }
  EXPECT_EQ(read_image(write("more.jpg", jpeg + std::string(500, '\0'))).width_px(), 320)
      << "what follows a picture does not matter";
  EXPECT_EQ(read_image(write("end.jpg", jpeg.substr(0, jpeg.size() - 2))).width_px(), 320)
      << "nor does a missing mark of the end";
}

TEST_F(ImageCodec, OfMovingPngAndGifTheFirstPictureIsRead) {
  const auto png = write("a.png", encode_png(picture(64, 48)));
  for (const std::string name : {"moves.apng", "moves.gif"}) {
    run_or_throw({"ffmpeg", "-v", "error", "-nostdin", "-loop", "1", "-i", png.string(),
                  "-frames:v", "3", (folder_ / name).string()});
    EXPECT_EQ(read_image(folder_ / name).width_px(), 64) << name;
  }
}

TEST_F(ImageCodec, HeicAndAvifAreRefusedByName) {
  for (const std::string brand : {"heic", "avif"}) {
    const std::string head = std::string(
                                 "\0\0\0\x18"
                                 "ftyp",
                                 8) +
                             brand;
    std::string message;
    const auto file = write("a." + brand, head + std::string(500, 'x'));
    EXPECT_EQ(kind_thrown_by([&] { (void)read_image(file); }, &message), ErrorKind::kInput);
    EXPECT_THAT(message, testing::HasSubstr("HEIC and AVIF pictures are not read"));
  }
}

TEST_F(ImageCodec, RefusesWhatIsNoPictureInOneLine) {
  const std::string png = encode_png(picture(64, 48));
  const std::vector<std::filesystem::path> bad = {
      folder_ / "missing.png",
      folder_.path(),
      write("empty.png", ""),
      write("text.png", "hello\n"),
      write("head.png", png.substr(0, 20)),
      write("sub.jpg", encode_jpeg(picture(64, 48)).substr(0, 60))};
  for (const std::filesystem::path& path : bad) {
    try {
      static_cast<void>(read_image(path));
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace changeling
