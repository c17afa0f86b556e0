#include "common/media/image_codec.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/ffmpeg_handles.h"
#include "common/media/pixel_convert.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/opt.h>
}

namespace changeling {
namespace {

constexpr int kBufferBytes = 1 << 16;
constexpr const char* kPictures =
    "png_pipe,apng,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,gif,gif_pipe,pgm_pipe,ppm_pipe,pam_pipe,"
    "pgx_pipe,sgi_pipe,j2k_pipe,jpegls_pipe,mjpeg";

/// Reads FFmpeg's input from a string, so that names such as "face%03d.png" are no patterns.
class MemoryInput {
 public:
  explicit MemoryInput(std::string bytes) : bytes_(std::move(bytes)) {
    auto* buffer = static_cast<unsigned char*>(
        check_allocated(av_malloc(kBufferBytes), "cannot read a picture"));
    context_ = avio_alloc_context(buffer, kBufferBytes, 0, this, &MemoryInput::read, nullptr,
                                  &MemoryInput::seek);
  }

  ~MemoryInput() {
    av_freep(&context_->buffer);
    avio_context_free(&context_);
  }

  MemoryInput(const MemoryInput&) = delete;
  MemoryInput& operator=(const MemoryInput&) = delete;

  [[nodiscard]] AVIOContext* context() const { return context_; }

 private:
  static int read(void* self, std::uint8_t* out, int capacity) {
    auto* input = static_cast<MemoryInput*>(self);
    const std::size_t count =
        std::min(static_cast<std::size_t>(capacity), input->bytes_.size() - input->at_);
    if (count == 0) {
      return AVERROR_EOF;
    }
    std::memcpy(out, input->bytes_.data() + input->at_, count);
    input->at_ += count;
    return static_cast<int>(count);
  }

  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto* input = static_cast<MemoryInput*>(self);
    const auto size = static_cast<std::int64_t>(input->bytes_.size());
    if ((whence & AVSEEK_SIZE) != 0) {
      return size;
    }
    if (whence != SEEK_SET || offset < 0 || offset > size) {
      return AVERROR(EINVAL);
    }
    input->at_ = static_cast<std::size_t>(offset);
    return offset;
  }

  std::string bytes_;
  std::size_t at_ = 0;
  AVIOContext* context_ = nullptr;
};

UniqueDemuxer open_picture(const MemoryInput& input, const std::filesystem::path& path) {
  AVFormatContext* raw_file = check_allocated(avformat_alloc_context(), "cannot read a picture");
  raw_file->pb = input.context();
  AVDictionary* raw_options = nullptr;
  av_dict_set(&raw_options, "format_whitelist", kPictures, 0);
  const int opened = avformat_open_input(&raw_file, nullptr, nullptr, &raw_options);
  const UniqueDictionary options(raw_options);
  if (opened < 0) {
    throw_ffmpeg(ErrorKind::kInput, "cannot read picture", path, opened);
  }
  return UniqueDemuxer(raw_file);
}

/// Pictures that FFmpeg 5.1 takes for something else, or for damaged ones.
void refuse_unread_kinds(const std::string& bytes, const std::filesystem::path& path) {
  const auto at = [&bytes](std::size_t offset) {
    return std::string_view(bytes).substr(std::min(offset, bytes.size()), 4);
  };
  constexpr std::size_t kWebpFlags = 20;
  constexpr int kAnimated = 2;
  const char* kind = nullptr;
  if (at(4) == "ftyp") {
    kind = "HEIC and AVIF pictures are not read";
  } else if (at(8) == "WEBP" && at(12) == "VP8X" && bytes.size() > kWebpFlags &&
             (bytes[kWebpFlags] & kAnimated) != 0) {
    kind = "moving WebP pictures are not read";
  }
  if (kind != nullptr) {
    throw Error(ErrorKind::kInput, "cannot read picture '" + path.string() + "': " + kind +
                                       " (save it as PNG or JPEG)");
  }
}

/// Decodes the first picture of an opened file; null when nothing decodes.
UniqueFrame decode_first(AVFormatContext& file) {
  UniqueFrame picture(check_allocated(av_frame_alloc(), "cannot make a frame"));
  const UniquePacket packet(check_allocated(av_packet_alloc(), "cannot make a packet"));
  if (avformat_find_stream_info(&file, nullptr) < 0 || file.nb_streams == 0) {
    return nullptr;
  }
  const AVCodecParameters& parameters = *file.streams[0]->codecpar;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr) {
    return nullptr;
  }
  const UniqueCodecContext codec(
      check_allocated(avcodec_alloc_context3(decoder), "cannot make a decoder"));
  codec->thread_count = 1;
  codec->err_recognition |= AV_EF_EXPLODE;  // else what is missing of a JPEG is made up
  if (avcodec_parameters_to_context(codec.get(), &parameters) < 0 ||
      avcodec_open2(codec.get(), decoder, nullptr) < 0 || av_read_frame(&file, packet.get()) < 0 ||
      avcodec_send_packet(codec.get(), packet.get()) < 0) {
    return nullptr;
  }
  avcodec_send_packet(codec.get(), nullptr);
  return avcodec_receive_frame(codec.get(), picture.get()) < 0 ? nullptr : std::move(picture);
}

std::string encode_picture(AVCodecContext& codec, const AVFrame& picture) {
  const UniquePacket packet(check_allocated(av_packet_alloc(), "cannot make a packet"));
  check_ffmpeg(avcodec_open2(&codec, nullptr, nullptr), "cannot open the picture encoder");
  check_ffmpeg(avcodec_send_frame(&codec, &picture), "cannot encode a picture");
  check_ffmpeg(avcodec_receive_packet(&codec, packet.get()), "cannot encode a picture");
  return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

UniqueCodecContext make_encoder(AVCodecID id, const Frame& frame, AVPixelFormat format) {
  const AVCodec* encoder = check_allocated(avcodec_find_encoder(id), "no picture encoder");
  UniqueCodecContext codec(
      check_allocated(avcodec_alloc_context3(encoder), "cannot make an encoder"));
  codec->width = frame.width_px();
  codec->height = frame.height_px();
  codec->pix_fmt = format;
  codec->time_base = {1, 25};
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  return codec;
}

UniqueFrame make_picture(const Frame& frame, AVPixelFormat format) {
  UniqueFrame picture(check_allocated(av_frame_alloc(), "cannot make a frame"));
  picture->width = frame.width_px();
  picture->height = frame.height_px();
  picture->format = format;
  check_ffmpeg(av_frame_get_buffer(picture.get(), 0), "cannot make a frame");
  return picture;
}

Frame to_rgb(const Frame& frame) {
  if (frame.format() == PixelFormat::kRgb24) {
    return frame;
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(frame.size_bytes() * 3);
  for (std::size_t i = 0; i < frame.size_bytes(); ++i) {
    pixels.insert(pixels.end(), 3, frame.data()[i]);
  }
  return {frame.width_px(), frame.height_px(), PixelFormat::kRgb24, std::move(pixels)};
}

}  // namespace

namespace {

/// `path` is for messages.
Frame decode_bytes(std::string bytes, const std::filesystem::path& path) {
  capture_ffmpeg_log();
  refuse_unread_kinds(bytes, path);
  const MemoryInput input(std::move(bytes));
  const UniqueDemuxer file = open_picture(input, path);
  const UniqueFrame picture = decode_first(*file);
  if (picture == nullptr) {
    throw_ffmpeg(ErrorKind::kInput, "cannot decode picture", path, AVERROR_INVALIDDATA);
  }
  ColorInterpretation color = interpret_color(*picture);
  if (!color.is_stated) {
    color.matrix = ColorMatrix::kBt601;  // the rule of still pictures, whatever their size
  }
  return turn_upright(RgbConverter(picture->width, picture->height, color).convert(*picture),
                      orientation_of(*picture));
}

}  // namespace

Frame read_image(const std::filesystem::path& path) {
  return decode_bytes(read_file(path), path);
}

Frame decode_image(std::string bytes) {
  return decode_bytes(std::move(bytes), "(memory)");
}

std::string encode_png(const Frame& frame) {
  capture_ffmpeg_log();
  const AVPixelFormat format = frame.channels() == 3 ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_GRAY8;
  const UniqueCodecContext codec = make_encoder(AV_CODEC_ID_PNG, frame, format);
  check_ffmpeg(av_opt_set(codec->priv_data, "pred", "mixed", 0), "cannot encode a picture");
  const UniqueFrame picture = make_picture(frame, format);
  for (int y = 0; y < frame.height_px(); ++y) {
    std::memcpy(picture->data[0] + static_cast<std::ptrdiff_t>(y) * picture->linesize[0],
                frame.data() + static_cast<std::size_t>(y) * frame.row_bytes(), frame.row_bytes());
  }
  return encode_picture(*codec, *picture);
}

std::string encode_jpeg(const Frame& frame, int quality) {
  CHANGELING_REQUIRE(quality >= 1 && quality <= 31, "the JPEG quality is in 1..31");
  capture_ffmpeg_log();
  const Frame rgb = to_rgb(frame);
  // Odd sizes are padded for the conversion; the encoder then reads the true size of it.
  Yuv420Converter converter(rgb.width_px(), rgb.height_px(), ColorMatrix::kBt601,
                            ColorRange::kFull);
  const UniqueCodecContext codec = make_encoder(AV_CODEC_ID_MJPEG, rgb, AV_PIX_FMT_YUVJ420P);
  codec->color_range = AVCOL_RANGE_JPEG;
  codec->flags |= AV_CODEC_FLAG_QSCALE;
  codec->global_quality = quality * FF_QP2LAMBDA;
  UniqueFrame picture(check_allocated(av_frame_alloc(), "cannot make a frame"));
  picture->width = converter.padded_width_px();
  picture->height = converter.padded_height_px();
  picture->format = AV_PIX_FMT_YUVJ420P;
  check_ffmpeg(av_frame_get_buffer(picture.get(), 0), "cannot make a frame");
  converter.convert(rgb, *picture);
  picture->width = rgb.width_px();
  picture->height = rgb.height_px();
  picture->quality = codec->global_quality;
  return encode_picture(*codec, *picture);
}

}  // namespace changeling
