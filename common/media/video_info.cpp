#include "common/media/video_info.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

#include "common/media/ffmpeg_versions.h"

extern "C" {
#include <libavutil/pixdesc.h>
#include <libavutil/video_enc_params.h>
}

namespace changeling {
namespace {

Rational to_rational(AVRational rate) {
  return {rate.num, rate.den};
}

Rational frame_rate_of(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0) {
      return to_rational(rate);
    }
  }
  return {25, 1};
}

/// Square where nothing is stated. A turn by 90 degrees makes wide pixels high.
Rational pixel_aspect_of(const FrameDecoder& decoder, const Orientation& orientation) {
  const AVStream& stream = decoder.demuxer().stream();
  AVRational aspect = stream.sample_aspect_ratio;
  if (aspect.num <= 0 || aspect.den <= 0) {
    aspect = decoder.picture().sample_aspect_ratio;
  }
  if (aspect.num <= 0 || aspect.den <= 0) {
    return {1, 1};
  }
  return to_rational(orientation.swaps_axes ? av_inv_q(aspect) : aspect);
}

std::optional<double> duration_of(const AVFormatContext& file, const AVStream& stream) {
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    return static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  }
  if (file.duration != AV_NOPTS_VALUE && file.duration > 0) {
    return static_cast<double>(file.duration) / AV_TIME_BASE;
  }
  return std::nullopt;
}

std::optional<double> quantizer_of(const AVFrame& picture) {
  const AVFrameSideData* side = av_frame_get_side_data(&picture, AV_FRAME_DATA_VIDEO_ENC_PARAMS);
  if (side == nullptr) {
    return std::nullopt;
  }
  auto* parameters = reinterpret_cast<AVVideoEncParams*>(side->data);
  double sum = 0, area = 0;
  for (unsigned int i = 0; i < parameters->nb_blocks; ++i) {
    const AVVideoBlockParams& block = *av_video_enc_params_block(parameters, i);
    const double pixels = static_cast<double>(block.w) * block.h;
    sum += pixels * block.delta_qp;
    area += pixels;
  }
  return parameters->qp + (area > 0 ? sum / area : 0);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// FFmpeg takes a JPEG with previews for "mjpeg".
bool is_still_picture(const AVFormatContext& file) {
  constexpr std::string_view kPipe = "_pipe";
  const std::string_view name = file.iformat->name;
  return name == "mjpeg" ||
         (name.size() > kPipe.size() && name.substr(name.size() - kPipe.size()) == kPipe);
}

}  // namespace

Orientation orientation_of(const FrameDecoder& decoder) {
  if (const std::optional<DisplayMatrix> matrix = display_matrix_of(decoder.demuxer().stream())) {
    return Orientation::from_display_matrix(matrix->data());
  }
  return is_still_picture(decoder.demuxer().file()) ? orientation_of(decoder.picture())
                                                    : Orientation{};
}

VideoInfo describe_video(const FrameDecoder& decoder) {
  const AVFormatContext& file = decoder.demuxer().file();
  const AVStream& stream = decoder.demuxer().stream();
  const AVFrame& picture = decoder.picture();
  const Orientation orientation = orientation_of(decoder);
  VideoInfo info;
  info.width_px = orientation.swaps_axes ? picture.height : picture.width;
  info.height_px = orientation.swaps_axes ? picture.width : picture.height;
  info.pixel_aspect = pixel_aspect_of(decoder, orientation);
  info.frame_rate = frame_rate_of(stream);
  info.rotation_deg = orientation.rotation_deg();
  if (stream.nb_frames > 0) {
    info.frame_count_from_header = stream.nb_frames;
  }
  info.duration_seconds_from_header = duration_of(file, stream);
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(picture.format));
  info.pixel_format = format == nullptr ? "unknown" : format;
  const ColorInterpretation color = interpret_color(picture);
  info.color_matrix = color.matrix;
  info.color_range = color.range;
  info.color_transfer = color.transfer;
  info.color_is_stated = color.is_stated;
  info.first_frame_qp = quantizer_of(picture);
  info.is_interlaced = is_interlaced(picture);
  info.has_audio = find_stream(file, AVMEDIA_TYPE_AUDIO) >= 0;
  return info;
}

std::vector<std::pair<std::string, std::string>> container_tags(const AVFormatContext& file) {
  std::vector<std::pair<std::string, std::string>> tags;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(file.metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    tags.emplace_back(lower_case(entry->key), without_padding(entry->value));
  }
  return tags;
}

}  // namespace changeling
