#include "common/media/video_encoder.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/media/ffmpeg_error.h"
#include "common/media/ffmpeg_versions.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace changeling {
namespace {

constexpr std::array<std::string_view, 10> kPresets = {
    "ultrafast", "superfast", "veryfast", "faster",   "fast",
    "medium",    "slow",      "slower",   "veryslow", "placebo"};
constexpr std::array<std::string_view, 4> kCodecs = {"h264", "h265", "av1", "ffv1"};
constexpr int kMaxSide = 16384;
constexpr int kH264Sei = 6;

// Note [One instruction set]
// x264 core 164 (Debian 12) is not reproducible with AVX-512: its macroblock-tree code reads memory
// it never wrote, so equal frames gave different streams, run by run, at 7 of 9 picture sizes tried
// (MALLOC_PERTURB_=85 or 170 shows it in the ffmpeg program). AVX2 is stable but rounds differently
// from SSE on some input. SSE4.2 is on every x86-64 machine since 2008, so the bytes depend on none
// of them.
#if defined(__x86_64__)
constexpr const char* kX264Parameters = "asm=SSE4.2";
#else
constexpr const char* kX264Parameters = "";
#endif

// One thread each: rate control of x265 depends on how frames are spread over threads. No user data
// that would tell version and options.
#if defined(__x86_64__)
constexpr const char* kX265Parameters =
    "pools=none:frame-threads=1:wpp=0:info=0:log-level=none:asm=sse4.2";
#else
constexpr const char* kX265Parameters = "pools=none:frame-threads=1:wpp=0:info=0:log-level=none";
#endif
constexpr const char* kAv1Preset = "8";
constexpr const char* kAv1Parameters = "lp=1";

bool is_lossy(const LabeledVideoWriter::Settings& settings) {
  return settings.content == StreamContent::kVideo && settings.encode.codec != "ffv1";
}

bool is_h264(const LabeledVideoWriter::Settings& settings) {
  return is_lossy(settings) && settings.encode.codec == "h264";
}

void set_color(AVCodecContext& codec, const LabeledVideoWriter::Settings& settings) {
  codec.color_range = AVCOL_RANGE_MPEG;
  switch (settings.color_matrix) {
    case ColorMatrix::kBt601:
      codec.colorspace = AVCOL_SPC_SMPTE170M;
      codec.color_primaries = AVCOL_PRI_SMPTE170M;
      codec.color_trc = AVCOL_TRC_SMPTE170M;
      break;
    case ColorMatrix::kBt709:
      codec.colorspace = AVCOL_SPC_BT709;
      codec.color_primaries = AVCOL_PRI_BT709;
      codec.color_trc = AVCOL_TRC_BT709;
      break;
    case ColorMatrix::kBt2020:
      codec.colorspace = AVCOL_SPC_BT2020_NCL;
      codec.color_primaries = AVCOL_PRI_BT2020;
      codec.color_trc = AVCOL_TRC_BT2020_10;
      break;
  }
  if (settings.color_transfer != ColorTransfer::kStandard) {
    codec.color_trc = settings.color_transfer == ColorTransfer::kPq ? AVCOL_TRC_SMPTE2084
                                                                    : AVCOL_TRC_ARIB_STD_B67;
  }
}

UniqueCodecContext make_codec(const char* name) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(name);
  if (encoder == nullptr) {
    throw Error(ErrorKind::kResource, std::string("this FFmpeg has no encoder '") + name + "'");
  }
  return UniqueCodecContext(
      check_allocated(avcodec_alloc_context3(encoder), "cannot make an encoder"));
}

void set_option(AVCodecContext& codec, const char* name, const std::string& value) {
  check_ffmpeg(av_opt_set(codec.priv_data, name, value.c_str(), 0), name);
}

UniqueCodecContext make_lossy(const LabeledVideoWriter::Settings& settings,
                              const Yuv420Converter& converter) {
  const EncodeOptions& encode = settings.encode;
  UniqueCodecContext codec = make_codec(encode.codec == "h264"   ? "libx264"
                                        : encode.codec == "h265" ? "libx265"
                                                                 : "libsvtav1");
  codec->width = converter.padded_width_px();
  codec->height = converter.padded_height_px();
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->gop_size = settings.encode.gop_frames;
  set_color(*codec, settings);
  set_option(*codec, "crf", std::to_string(encode.crf));
  set_option(*codec, "preset", encode.codec == "av1" ? kAv1Preset : encode.preset);
  if (encode.codec == "h264") {
    set_option(*codec, "x264-params", kX264Parameters);
  } else if (encode.codec == "h265") {
    set_option(*codec, "x265-params", kX265Parameters);
  } else {
    set_option(*codec, "svtav1-params", kAv1Parameters);
  }
  return codec;
}

UniqueCodecContext make_ffv1(const LabeledVideoWriter::Settings& settings) {
  UniqueCodecContext codec = make_codec("ffv1");
  codec->width = settings.width_px;
  codec->height = settings.height_px;
  const bool is_mask = settings.content == StreamContent::kMask;
  if (!is_mask) {
    set_color(*codec, settings);  // primaries and transfer hold for RGB, too
  }
  codec->pix_fmt = is_mask ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_BGR0;
  codec->colorspace = is_mask ? AVCOL_SPC_UNSPECIFIED : AVCOL_SPC_RGB;
  codec->color_range = AVCOL_RANGE_JPEG;
  codec->gop_size = 1;  // each frame is a key frame, so a seek is exact and cheap
  codec->level = 3;     // with a checksum per slice
  codec->slices = 4;
  return codec;
}

void drop_user_data(UniqueBitstreamFilter& filter, const AVCodecContext& codec) {
  AVBSFContext* raw = nullptr;
  check_ffmpeg(av_bsf_alloc(av_bsf_get_by_name("filter_units"), &raw), "filter_units");
  filter.reset(raw);
  check_ffmpeg(avcodec_parameters_from_context(filter->par_in, &codec), "filter_units");
  filter->time_base_in = codec.time_base;
  check_ffmpeg(av_opt_set(filter->priv_data, "remove_types", std::to_string(kH264Sei).c_str(), 0),
               "filter_units");
  check_ffmpeg(av_bsf_init(filter.get()), "filter_units");
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::kConfig, message);
}

}  // namespace

void check_encode_settings(const LabeledVideoWriter::Settings& settings) {
  const EncodeOptions& encode = settings.encode;
  if (std::find(kCodecs.begin(), kCodecs.end(), encode.codec) == kCodecs.end()) {
    refuse("encode codec '" + encode.codec + "' is unknown: use 'h264', 'h265', 'av1' or 'ffv1'");
  }
  const int max_crf = encode.codec == "av1" ? 63 : 51;
  if (encode.crf < 0 || encode.crf > max_crf) {
    refuse("encode crf " + std::to_string(encode.crf) + " is outside 0.." +
           std::to_string(max_crf));
  }
  if (std::find(kPresets.begin(), kPresets.end(), encode.preset) == kPresets.end()) {
    refuse("encode preset '" + encode.preset +
           "' is unknown: use one of x264's, for example 'medium'");
  }
  if (encode.gop_frames < 1) {
    refuse("encode gop_frames " + std::to_string(encode.gop_frames) + " must be at least 1");
  }
  if (settings.width_px < 1 || settings.height_px < 1 || settings.width_px > kMaxSide ||
      settings.height_px > kMaxSide) {
    refuse("cannot encode a video of " + std::to_string(settings.width_px) + "x" +
           std::to_string(settings.height_px) + " pixels: each side must be in 1.." +
           std::to_string(kMaxSide));
  }
  if (settings.frame_rate.numerator <= 0 || settings.frame_rate.denominator <= 0) {
    refuse("cannot encode at frame rate " + std::to_string(settings.frame_rate.numerator) + "/" +
           std::to_string(settings.frame_rate.denominator));
  }
}

VideoEncoder::VideoEncoder(const LabeledVideoWriter::Settings& settings, AVRational time_base,
                           bool wants_global_header)
    : settings_(settings), picture_(check_allocated(av_frame_alloc(), "cannot make a frame")) {
  if (is_lossy(settings)) {
    converter_.emplace(settings.width_px, settings.height_px, settings.color_matrix,
                       ColorRange::kLimited);
    codec_ = make_lossy(settings, *converter_);
  } else {
    codec_ = make_ffv1(settings);
  }
  codec_->time_base = time_base;
  codec_->framerate = {settings.frame_rate.numerator, settings.frame_rate.denominator};
  if (settings.pixel_aspect.numerator != settings.pixel_aspect.denominator) {  // square: no word
    codec_->sample_aspect_ratio = {settings.pixel_aspect.numerator,
                                   settings.pixel_aspect.denominator};
  }
  codec_->thread_count = 1;
  codec_->flags |= AV_CODEC_FLAG_BITEXACT;
  if (wants_global_header) {
    codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  check_ffmpeg(avcodec_open2(codec_.get(), nullptr, nullptr), "cannot open the video encoder");
  if (is_h264(settings)) {
    drop_user_data(filter_, *codec_);
  }
  picture_->width = codec_->width;
  picture_->height = codec_->height;
  picture_->format = codec_->pix_fmt;
  check_ffmpeg(av_frame_get_buffer(picture_.get(), 0), "cannot make a frame");
}

void VideoEncoder::describe(AVCodecParameters& parameters) const {
  check_ffmpeg(filter_ != nullptr ? avcodec_parameters_copy(&parameters, filter_->par_out)
                                  : avcodec_parameters_from_context(&parameters, codec_.get()),
               "cannot describe the stream");
  drop_side_data(parameters);
  parameters.codec_tag = 0;
  parameters.width = settings_.width_px;
  parameters.height = settings_.height_px;
}

void VideoEncoder::fill(const Frame& frame) {
  check_ffmpeg(av_frame_make_writable(picture_.get()), "cannot make a frame");
  if (converter_.has_value()) {
    converter_->convert(frame, *picture_);
    return;
  }
  const bool is_mask = settings_.content == StreamContent::kMask;
  CHANGELING_REQUIRE(frame.format() == (is_mask ? PixelFormat::kGray8 : PixelFormat::kRgb24) &&
                         frame.width_px() == settings_.width_px &&
                         frame.height_px() == settings_.height_px,
                     "the frame has not the size or format of the stream");
  const std::uint8_t* in = frame.data();
  for (int y = 0; y < frame.height_px(); ++y) {
    std::uint8_t* out = picture_->data[0] + static_cast<std::ptrdiff_t>(y) * picture_->linesize[0];
    if (is_mask) {
      std::copy_n(in, frame.row_bytes(), out);
      in += frame.row_bytes();
      continue;
    }
    for (int x = 0; x < frame.width_px(); ++x, in += 3, out += 4) {
      out[0] = in[2];
      out[1] = in[1];
      out[2] = in[0];
      out[3] = 0;
    }
  }
}

void VideoEncoder::send(const Frame* frame, std::int64_t pts) {
  if (frame == nullptr) {
    check_ffmpeg(avcodec_send_frame(codec_.get(), nullptr), "cannot end the encoder");
    return;
  }
  fill(*frame);
  picture_->pts = pts;
  check_ffmpeg(avcodec_send_frame(codec_.get(), picture_.get()), "cannot encode a frame");
}

bool VideoEncoder::receive(AVPacket& packet) {
  const int result = avcodec_receive_packet(codec_.get(), &packet);
  if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) {
    return false;
  }
  check_ffmpeg(result, "cannot encode a frame");
  if (filter_ != nullptr) {  // one packet in, one packet out
    check_ffmpeg(av_bsf_send_packet(filter_.get(), &packet), "filter_units");
    check_ffmpeg(av_bsf_receive_packet(filter_.get(), &packet), "filter_units");
  }
  return true;
}

}  // namespace changeling
