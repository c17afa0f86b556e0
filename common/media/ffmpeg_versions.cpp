#include "common/media/ffmpeg_versions.h"

#include <cstddef>
#include <cstring>

#include "common/media/ffmpeg_error.h"

namespace changeling {
namespace {

constexpr std::size_t kMatrixBytes = sizeof(DisplayMatrix);

}  // namespace

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 100)  // FFmpeg 6.1

bool is_key_frame(const AVFrame& picture) {
  return (picture.flags & AV_FRAME_FLAG_KEY) != 0;
}

bool is_interlaced(const AVFrame& picture) {
  return (picture.flags & AV_FRAME_FLAG_INTERLACED) != 0;
}

namespace {

/// Null when there is none that is whole.
const std::uint8_t* find_matrix(const AVStream& stream) {
  const AVPacketSideData* stated =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data,
                              AV_PKT_DATA_DISPLAYMATRIX);
  return stated == nullptr || stated->size < kMatrixBytes ? nullptr : stated->data;
}

/// Room for one; null when memory is short.
std::uint8_t* add_matrix(AVStream& stream) {
  AVPacketSideData* made = av_packet_side_data_new(&stream.codecpar->coded_side_data,
                                                   &stream.codecpar->nb_coded_side_data,
                                                   AV_PKT_DATA_DISPLAYMATRIX, kMatrixBytes, 0);
  return made == nullptr ? nullptr : made->data;
}

}  // namespace

void drop_side_data(AVCodecParameters& parameters) {
  av_packet_side_data_free(&parameters.coded_side_data, &parameters.nb_coded_side_data);
}

#else

bool is_key_frame(const AVFrame& picture) {
  return picture.key_frame != 0;
}

bool is_interlaced(const AVFrame& picture) {
  return picture.interlaced_frame != 0;
}

namespace {

const std::uint8_t* find_matrix(const AVStream& stream) {
  std::size_t bytes = 0;
  const std::uint8_t* stated = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  return bytes < kMatrixBytes ? nullptr : stated;
}

std::uint8_t* add_matrix(AVStream& stream) {
  return av_stream_new_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, kMatrixBytes);
}

}  // namespace

void drop_side_data(AVCodecParameters& /*parameters*/) {}

#endif

std::optional<DisplayMatrix> display_matrix_of(const AVStream& stream) {
  const std::uint8_t* stated = find_matrix(stream);
  if (stated == nullptr) {
    return std::nullopt;
  }
  DisplayMatrix matrix{};
  std::memcpy(matrix.data(), stated, kMatrixBytes);
  return matrix;
}

void set_display_matrix(AVStream& stream, const DisplayMatrix& matrix) {
  std::memcpy(check_allocated(add_matrix(stream), "cannot add a stream"), matrix.data(),
              kMatrixBytes);
}

}  // namespace changeling
