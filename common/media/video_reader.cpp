#include "common/media/video_reader.h"

#include <utility>

#include "common/base/error.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/frame_decoder.h"
#include "common/media/pixel_convert.h"
#include "common/media/video_info.h"

namespace changeling {

struct VideoReader::State {
  explicit State(const std::filesystem::path& path)
      : decoder(path),
        info(describe_video(decoder)),
        orientation(orientation_of(decoder)),
        converter(decoder.picture().width, decoder.picture().height,
                  {info.color_matrix, info.color_range, info.color_transfer, true}) {}

  FrameDecoder decoder;
  VideoInfo info;
  Orientation orientation;
  RgbConverter converter;
};

VideoReader::VideoReader(const std::filesystem::path& path)
    : state_(std::make_unique<State>(path)) {}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoInfo& VideoReader::info() const {
  return state_->info;
}

std::vector<std::pair<std::string, std::string>> VideoReader::tags() const {
  return container_tags(state_->decoder.demuxer().file());
}

std::optional<FrameBatch> VideoReader::next_batch(int max_frames) {
  CHANGELING_REQUIRE(max_frames > 0, "a batch has at least one frame");
  capture_ffmpeg_log();
  FrameBatch batch;
  while (static_cast<int>(batch.frames.size()) < max_frames && state_->decoder.advance()) {
    if (batch.frames.empty()) {
      batch.first_index = state_->decoder.frame_index();
    }
    const Frame frame = state_->converter.convert(state_->decoder.picture());
    batch.frames.push_back(turn_upright(frame, state_->orientation));
    batch.pts_seconds.push_back(state_->decoder.pts_seconds());
  }
  if (batch.frames.empty()) {
    return std::nullopt;
  }
  return batch;
}

void VideoReader::seek(std::int64_t index) {
  capture_ffmpeg_log();
  state_->decoder.seek(index);
}

std::optional<Frame> VideoReader::frame_at(std::int64_t index) {
  seek(index);
  std::optional<FrameBatch> batch = next_batch(1);
  return batch ? std::optional(std::move(batch->frames.front())) : std::nullopt;
}

std::int64_t VideoReader::decode_error_count() const {
  return state_->decoder.error_count();
}

}  // namespace changeling
