#include "common/media/labeled_video_writer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/media/audio_copier.h"
#include "common/media/container_tags.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/ffmpeg_handles.h"
#include "common/media/muxer.h"
#include "common/media/video_encoder.h"
#include "common/media/xmp_box.h"

namespace changeling {
namespace {

constexpr int kTicksPerSecond = 90000;
constexpr int kMaxTicksPerSecond = 4'000'000;

/// A unit of time that divides the frame period exactly (a constant rate keeps its rate) and is at
/// most 1/90000 s (a variable rate keeps its times).
AVRational tick_of(Rational rate) {
  if (rate.numerator > kMaxTicksPerSecond) {
    return {1, kTicksPerSecond};
  }
  return {1, rate.numerator * std::max(1, (kTicksPerSecond + rate.numerator - 1) / rate.numerator)};
}

/// Removes the partial file unless it was published.
class PartialFile {
 public:
  explicit PartialFile(const std::filesystem::path& path) : path_(path) {
    path_ += ".part";
    std::error_code ignored;
    if (path.has_parent_path()) {
      std::filesystem::create_directories(path.parent_path(), ignored);
    }
  }

  ~PartialFile() {
    std::error_code ignored;
    if (!is_published_) {
      std::filesystem::remove(path_, ignored);
    }
  }

  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void publish(const std::filesystem::path& to) {
    publish_file(path_, to);
    is_published_ = true;
  }

 private:
  std::filesystem::path path_;
  bool is_published_ = false;
};

const char* container_of(const LabeledVideoWriter::Settings& settings) {
  const bool is_mp4 = settings.content == StreamContent::kVideo && settings.encode.codec != "ffv1";
  return is_mp4 ? "mp4" : "matroska";
}

}  // namespace

std::string EncodeOptions::extension() const {
  return codec == "ffv1" ? ".mkv" : ".mp4";
}

void LabeledVideoWriter::Settings::show_as(const VideoInfo& clip) {
  color_matrix = clip.color_matrix;
  color_transfer = clip.color_transfer;
  pixel_aspect = clip.pixel_aspect;
}

struct LabeledVideoWriter::State {
  State(const std::filesystem::path& final_path, const Settings& video,
        const Provenance& provenance);

  void write(const Frame& frame, double pts_seconds);
  void flush();
  WrittenVideo finish();

 private:
  void open_file(const Provenance& provenance);
  void drain();
  void mux(AVPacket& video_packet);
  void copy_audio(double until_seconds);
  void check_write(int code) const;
  void close_file();
  [[nodiscard]] double period_seconds() const;

  std::filesystem::path path_;
  Settings settings_;
  AVRational tick_;
  PartialFile partial_;
  UniqueMuxer muxer_;
  std::optional<VideoEncoder> encoder_;
  std::optional<AudioCopier> audio_;
  UniquePacket packet_;
  std::string last_box_;  ///< behind what the muxer writes; empty for Matroska
  std::int64_t n_frames_ = 0;
  std::int64_t last_pts_ = 0;
  bool is_flushed_ = false;
  double first_seconds_ = 0;
  double last_seconds_ = 0;
};

LabeledVideoWriter::State::State(const std::filesystem::path& final_path, const Settings& video,
                                 const Provenance& provenance)
    : path_(final_path),
      settings_(video),
      tick_((capture_ffmpeg_log(), check_encode_settings(video), tick_of(video.frame_rate))),
      partial_(final_path),
      packet_(check_allocated(av_packet_alloc(), "cannot make a packet")) {
  CHANGELING_REQUIRE(video.content == StreamContent::kVideo || !video.audio_from.has_value(),
                     "a mask has no sound");
  open_file(provenance);
}

void LabeledVideoWriter::State::open_file(const Provenance& provenance) {
  check_ffmpeg(make_muxer(container_of(settings_), partial_.path(), muxer_),
               "cannot make a container");
  for (const auto& [key, value] : label_tags(provenance)) {
    av_dict_set(&muxer_->metadata, key.c_str(), value.c_str(), 0);
  }
  if (std::string_view(container_of(settings_)) == "mp4") {
    last_box_ = xmp_box(provenance.digital_source_type);
  }
  encoder_.emplace(settings_, tick_, (muxer_->oformat->flags & AVFMT_GLOBALHEADER) != 0);
  AVStream* stream =
      check_allocated(avformat_new_stream(muxer_.get(), nullptr), "cannot add a stream");
  encoder_->describe(*stream->codecpar);
  stream->sample_aspect_ratio = stream->codecpar->sample_aspect_ratio;
  stream->time_base = tick_;
  stream->avg_frame_rate = {settings_.frame_rate.numerator, settings_.frame_rate.denominator};
  if (settings_.audio_from.has_value()) {
    audio_.emplace(*settings_.audio_from, *muxer_);
  }
  check_write(begin_file(*muxer_, path_));
}

double LabeledVideoWriter::State::period_seconds() const {
  return static_cast<double>(settings_.frame_rate.denominator) / settings_.frame_rate.numerator;
}

void LabeledVideoWriter::State::check_write(int code) const {
  const int error = muxer_->pb != nullptr && muxer_->pb->error < 0 ? muxer_->pb->error : code;
  if (error < 0) {
    throw_ffmpeg(ErrorKind::kResource, "cannot write", path_, error);
  }
}

void LabeledVideoWriter::State::write(const Frame& frame, double pts_seconds) {
  CHANGELING_REQUIRE(std::isfinite(pts_seconds), "a time stamp is finite");
  if (n_frames_ == 0) {
    first_seconds_ = pts_seconds;
  }
  CHANGELING_REQUIRE(n_frames_ == 0 || pts_seconds > last_seconds_, "time stamps of frames ascend");
  std::int64_t pts = std::llround((pts_seconds - first_seconds_) / av_q2d(tick_));
  if (n_frames_ > 0) {
    pts = std::max(pts, last_pts_ + 1);  // closer than a tick
  }
  encoder_->send(&frame, pts);
  last_pts_ = pts;
  last_seconds_ = pts_seconds;
  ++n_frames_;
  drain();
}

void LabeledVideoWriter::State::drain() {
  while (encoder_->receive(*packet_)) {
    mux(*packet_);
  }
}

void LabeledVideoWriter::State::mux(AVPacket& video_packet) {
  copy_audio(first_seconds_ + static_cast<double>(video_packet.dts) * av_q2d(tick_));
  video_packet.stream_index = 0;
  video_packet.duration = std::llround(period_seconds() / av_q2d(tick_));
  av_packet_rescale_ts(&video_packet, tick_, muxer_->streams[0]->time_base);
  check_write(av_interleaved_write_frame(muxer_.get(), &video_packet));
}

void LabeledVideoWriter::State::copy_audio(double until_seconds) {
  if (audio_.has_value()) {
    audio_->copy_until(first_seconds_, until_seconds);
  }
}

void LabeledVideoWriter::State::close_file() {
  check_write(av_write_trailer(muxer_.get()));
  avio_seek(muxer_->pb, avio_size(muxer_->pb), SEEK_SET);
  avio_write(muxer_->pb, reinterpret_cast<const unsigned char*>(last_box_.data()),
             static_cast<int>(last_box_.size()));
  const int error = muxer_->pb->error;
  const int closed = avio_closep(&muxer_->pb);
  check_write(error < 0 ? error : closed);
}

void LabeledVideoWriter::State::flush() {
  if (n_frames_ == 0) {
    throw Error(ErrorKind::kInput, "cannot write '" + path_.string() + "': the video has no frame");
  }
  if (!std::exchange(is_flushed_, true)) {
    encoder_->send(nullptr, 0);
    drain();
  }
}

WrittenVideo LabeledVideoWriter::State::finish() {
  flush();
  copy_audio(last_seconds_ + period_seconds());
  close_file();
  WrittenVideo written;
  written.path = path_;
  written.bytes = static_cast<std::int64_t>(std::filesystem::file_size(partial_.path()));
  written.sha256 = sha256_file(partial_.path());
  // Read back: the muxer rewrites packets (mp4 stores lengths where the encoder put start codes).
  written.stream_sha256 = video_stream_sha256(partial_.path());
  written.n_frames = n_frames_;
  partial_.publish(path_);
  return written;
}

LabeledVideoWriter::LabeledVideoWriter(const std::filesystem::path& path, const Settings& settings,
                                       const Provenance& provenance)
    : state_(std::make_unique<State>(path, settings, provenance)) {}

LabeledVideoWriter::~LabeledVideoWriter() = default;
LabeledVideoWriter::LabeledVideoWriter(LabeledVideoWriter&&) noexcept = default;
LabeledVideoWriter& LabeledVideoWriter::operator=(LabeledVideoWriter&&) noexcept = default;

void LabeledVideoWriter::write(const Frame& frame, double pts_seconds) {
  CHANGELING_REQUIRE(state_ != nullptr, "the writer is finished");
  capture_ffmpeg_log();
  state_->write(frame, pts_seconds);
}

void LabeledVideoWriter::flush() {
  CHANGELING_REQUIRE(state_ != nullptr, "the writer is finished");
  capture_ffmpeg_log();
  state_->flush();
}

WrittenVideo LabeledVideoWriter::finish() {
  CHANGELING_REQUIRE(state_ != nullptr, "the writer is finished");
  capture_ffmpeg_log();
  const std::unique_ptr<State> state = std::move(state_);
  return state->finish();
}

}  // namespace changeling
