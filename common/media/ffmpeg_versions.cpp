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

std::optional<DisplayMatrix> display_matrix_of(const AVStream& stream) {
  const AVPacketSideData* stated =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data,
                              AV_PKT_DATA_DISPLAYMATRIX);
  if (stated == nullptr || stated->size < kMatrixBytes) {
    return std::nullopt;
  }
  DisplayMatrix matrix{};
  std::memcpy(matrix.data(), stated->data, kMatrixBytes);
  return matrix;
}

void set_display_matrix(AVStream& stream, const DisplayMatrix& matrix) {
  AVPacketSideData* made =
      check_allocated(av_packet_side_data_new(&stream.codecpar->coded_side_data,
                                              &stream.codecpar->nb_coded_side_data,
                                              AV_PKT_DATA_DISPLAYMATRIX, kMatrixBytes, 0),
                      "cannot add a stream");
  std::memcpy(made->data, matrix.data(), kMatrixBytes);
}

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

std::optional<DisplayMatrix> display_matrix_of(const AVStream& stream) {
  std::size_t bytes = 0;
  const std::uint8_t* stated = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  if (stated == nullptr || bytes < kMatrixBytes) {
    return std::nullopt;
  }
  DisplayMatrix matrix{};
  std::memcpy(matrix.data(), stated, kMatrixBytes);
  return matrix;
}

void set_display_matrix(AVStream& stream, const DisplayMatrix& matrix) {
  std::uint8_t* made =
      check_allocated(av_stream_new_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, kMatrixBytes),
                      "cannot add a stream");
  std::memcpy(made, matrix.data(), kMatrixBytes);
}

void drop_side_data(AVCodecParameters& /*parameters*/) {}

#endif

}  // namespace changeling
