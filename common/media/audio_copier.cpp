#include "common/media/audio_copier.h"

#include <cmath>
#include <string>

#include "common/base/log.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/muxer.h"
#include "common/media/video_demuxer.h"

namespace changeling {
namespace {

bool can_hold(const AVOutputFormat& container, const AVCodecParameters& track) {
  return track.sample_rate > 0 && track.ch_layout.nb_channels > 0 &&
         avformat_query_codec(&container, track.codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

}  // namespace

AudioCopier::AudioCopier(const std::filesystem::path& path, AVFormatContext& muxer)
    : path_(path),
      muxer_(&muxer),
      source_(open_media(path, true)),
      pending_(check_allocated(av_packet_alloc(), "cannot make a packet")) {
  source_index_ = find_stream(*source_, AVMEDIA_TYPE_AUDIO);
  if (source_index_ < 0) {
    is_done_ = true;
    return;
  }
  for (unsigned i = 0; i < source_->nb_streams; ++i) {
    source_->streams[i]->discard =
        static_cast<int>(i) == source_index_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  const AVStream& track = *source_->streams[source_index_];
  if (!can_hold(*muxer.oformat, *track.codecpar)) {
    drop("the container cannot hold this codec");
    return;
  }
  AVStream& stream = add_copied_stream(muxer, track);
  stream.time_base = {1, track.codecpar->sample_rate};
  muxer_index_ = stream.index;
}

void AudioCopier::drop(const std::string& reason) {
  is_done_ = true;
  const AVStream& track = *source_->streams[source_index_];
  log_warn("audio_dropped", {{"file", path_.string()},
                             {"codec", avcodec_get_name(track.codecpar->codec_id)},
                             {"reason", reason}});
}

bool AudioCopier::fetch() {
  while (!has_pending_ && !is_done_) {
    av_packet_unref(pending_.get());
    if (av_read_frame(source_.get(), pending_.get()) < 0) {
      is_done_ = true;
    } else {
      has_pending_ = pending_->stream_index == source_index_ && pending_->pts != AV_NOPTS_VALUE;
    }
  }
  return has_pending_;
}

void AudioCopier::copy_until(double start_seconds, double until_seconds) {
  constexpr double kRoundingSeconds = 1e-6;
  while (fetch()) {
    const double time_base = av_q2d(source_->streams[source_index_]->time_base);
    const double first = static_cast<double>(pending_->pts) * time_base;
    const double last = first + static_cast<double>(pending_->duration) * time_base;
    if (last > until_seconds + kRoundingSeconds) {
      return;
    }
    if (first >= start_seconds - kRoundingSeconds) {
      write_pending(start_seconds);
    }
    has_pending_ = false;
  }
}

void AudioCopier::write_pending(double start_seconds) {
  const AVRational from = source_->streams[source_index_]->time_base;
  const AVRational to = muxer_->streams[muxer_index_]->time_base;
  const std::int64_t shift = std::llround(start_seconds / av_q2d(to));
  const std::int64_t pts = std::max<std::int64_t>(0, av_rescale_q(pending_->pts, from, to) - shift);
  pending_->pts = pts;
  pending_->dts = pts;
  pending_->duration = av_rescale_q(pending_->duration, from, to);
  pending_->stream_index = muxer_index_;
  pending_->pos = -1;
  const int written = av_interleaved_write_frame(muxer_, pending_.get());
  if (muxer_->pb->error < 0) {
    throw_ffmpeg(ErrorKind::kResource, "cannot write", muxer_->url, muxer_->pb->error);
  }
  if (written < 0) {
    drop(ffmpeg_text(written));
  }
}

}  // namespace changeling
