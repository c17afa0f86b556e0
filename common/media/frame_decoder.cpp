#include "common/media/frame_decoder.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/media/entry_point.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/ffmpeg_versions.h"

namespace changeling {
namespace {

// Note [Exact seek]
// Frame i is the i-th frame that the decoder yields from the start of the file. A seek forward
// decodes and drops. A seek back may start at an entry point (entry_point.h) that the first pass
// has met, since then its frame index is known; the time stamps that follow must repeat those of
// the first pass. When anything is odd (damaged data, a change of picture size, repeated or missing
// time stamps), the file is opened anew and decoded from the start: slow, and exact by
// construction. Error concealment borrows from frames before a key frame, so damaged streams always
// take the slow way.

constexpr std::int64_t kMaxPictureSamples = std::int64_t{1} << 26;  // 8192 x 8192
constexpr int kDecodeErrorsInARow = 10000;
constexpr int kPacketsToEntry = 20000;
constexpr double kDefaultPeriodSeconds = 1.0 / 25;

double period_of(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0) {
      return av_q2d(av_inv_q(rate));
    }
  }
  return kDefaultPeriodSeconds;
}

bool is_damaged(const AVFrame& picture) {
  return picture.decode_error_flags != 0 || (picture.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

/// "zzz1": what the container calls a codec that FFmpeg does not know.
std::string name_of_tag(std::uint32_t tag) {
  char text[AV_FOURCC_MAX_STRING_SIZE];
  return av_fourcc_make_string(text, tag);
}

UniqueCodecContext open_decoder(const AVStream& stream, const std::filesystem::path& path) {
  const AVCodec* decoder = avcodec_find_decoder(stream.codecpar->codec_id);
  if (decoder == nullptr) {
    const std::uint32_t tag = stream.codecpar->codec_tag;
    throw Error(ErrorKind::kInput, "cannot decode '" + path.string() + "': no decoder for codec '" +
                                       (stream.codecpar->codec_id == AV_CODEC_ID_NONE && tag != 0
                                            ? name_of_tag(tag)
                                            : avcodec_get_name(stream.codecpar->codec_id)) +
                                       "'");
  }
  UniqueCodecContext codec(
      check_allocated(avcodec_alloc_context3(decoder), "cannot make a decoder"));
  check_ffmpeg(avcodec_parameters_to_context(codec.get(), stream.codecpar),
               "cannot make a decoder");
  codec->pkt_timebase = stream.time_base;
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_UNALIGNED;  // exact left cropping
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  codec->max_pixels = kMaxPictureSamples;
  const int opened = avcodec_open2(codec.get(), decoder, nullptr);
  if (opened < 0) {
    throw_ffmpeg(ErrorKind::kInput, "cannot decode", path, opened);
  }
  return codec;
}

}  // namespace

FrameDecoder::FrameDecoder(const std::filesystem::path& path, PacketObserver observer)
    : path_(path),
      observer_(std::move(observer)),
      packet_(check_allocated(av_packet_alloc(), "cannot make a packet")),
      held_packet_(check_allocated(av_packet_alloc(), "cannot make a packet")),
      picture_(check_allocated(av_frame_alloc(), "cannot make a frame")) {
  open();
  period_seconds_ = period_of(demuxer_->stream());
  codec_->export_side_data = AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;  // VideoInfo::first_frame_qp
  const bool decodes = decode_one();
  codec_->export_side_data = 0;
  if (!decodes) {
    throw Error(ErrorKind::kInput,
                "cannot decode '" + path.string() + "': no frame decodes" +
                    (errors_this_pass_ > 0 ? ": " + ffmpeg_text(AVERROR_INVALIDDATA) : ""));
  }
  is_first_pending_ = true;
}

void FrameDecoder::open() {
  errors_of_passes_ = demuxer_.has_value() ? error_count() : 0;
  errors_this_pass_ = 0;
  demuxer_.emplace(path_);
  codec_ = open_decoder(demuxer_->stream(), path_);
  next_ = 0;
  is_draining_ = false;
  has_jumped_ = false;
  has_held_packet_ = false;
}

std::int64_t FrameDecoder::error_count() const {
  return std::max(errors_of_passes_, errors_this_pass_ + demuxer_->read_error_count());
}

void FrameDecoder::seek(std::int64_t index) {
  CHANGELING_REQUIRE(index >= 0, "a frame index is not negative");
  wanted_ = index;
}

bool FrameDecoder::advance() {
  if (wanted_.has_value()) {
    reposition();
  }
  if (is_first_pending_) {
    is_first_pending_ = false;
    return true;
  }
  if (!decode_one()) {
    return false;
  }
  if (has_jumped_ && contradicts_first_pass()) {
    const std::int64_t index = next_ - 1;
    may_jump_ = false;
    open();
    while (next_ < index) {
      if (!decode_one()) {
        return false;
      }
    }
    return decode_one();
  }
  return true;
}

void FrameDecoder::reposition() {
  const std::int64_t index = *wanted_;
  wanted_.reset();
  if (is_first_pending_ && index == 0) {
    return;
  }
  is_first_pending_ = false;
  const std::optional<EntryPoint> entry = best_entry(index);
  const bool helps = entry.has_value() && (index < next_ || entry->frame_index > next_);
  if (!helps || !jump_to(*entry)) {
    if (index < next_ || helps) {
      open();
    }
  }
  while (next_ < index) {
    if (!decode_one()) {
      return;
    }
    if (has_jumped_ && contradicts_first_pass()) {
      may_jump_ = false;
      open();
    }
  }
}

bool FrameDecoder::contradicts_first_pass() const {
  const auto index = static_cast<std::size_t>(next_ - 1);
  return index < timestamps_.size() && timestamps_[index] != picture_->best_effort_timestamp;
}

std::optional<FrameDecoder::EntryPoint> FrameDecoder::best_entry(std::int64_t index) const {
  if (!may_jump_ || error_count() > 0) {
    return std::nullopt;
  }
  const auto after = std::upper_bound(
      entries_.begin(), entries_.end(), index,
      [](std::int64_t wanted, const EntryPoint& entry) { return wanted < entry.frame_index; });
  if (after == entries_.begin()) {
    return std::nullopt;
  }
  return *std::prev(after);
}

bool FrameDecoder::jump_to(const EntryPoint& entry) {
  if (!demuxer_->seek_back_to(entry.dts)) {
    return false;
  }
  for (int i = 0; i < kPacketsToEntry && demuxer_->read(*packet_); ++i) {
    if (packet_->pts == entry.pts && packet_->dts == entry.dts && packet_->size == entry.bytes) {
      avcodec_flush_buffers(codec_.get());
      av_packet_unref(held_packet_.get());
      av_packet_move_ref(held_packet_.get(), packet_.get());
      has_held_packet_ = true;
      has_jumped_ = true;
      is_draining_ = false;
      next_ = entry.frame_index;
      return true;
    }
  }
  return false;
}

bool FrameDecoder::decode_one() {
  for (int failures = 0; failures < kDecodeErrorsInARow;) {
    const int result = avcodec_receive_frame(codec_.get(), picture_.get());
    if (result >= 0) {
      note_frame();
      return true;
    }
    if (result == AVERROR_EOF || (result == AVERROR(EAGAIN) && !feed())) {
      return false;
    }
    if (result == AVERROR(ENOMEM)) {
      throw_ffmpeg(ErrorKind::kResource, "cannot decode", path_, result);
    }
    if (result != AVERROR(EAGAIN)) {
      ++errors_this_pass_;
      ++failures;
    }
  }
  return false;
}

bool FrameDecoder::feed() {
  if (is_draining_) {
    return false;
  }
  if (has_held_packet_) {
    has_held_packet_ = false;
    av_packet_unref(packet_.get());
    av_packet_move_ref(packet_.get(), held_packet_.get());
  } else if (!demuxer_->read(*packet_)) {
    is_draining_ = true;
    avcodec_send_packet(codec_.get(), nullptr);
    return true;
  }
  note_entry(*packet_);
  if (observer_ && !has_jumped_) {
    observer_(*packet_);
  }
  if (avcodec_send_packet(codec_.get(), packet_.get()) < 0) {
    ++errors_this_pass_;
  }
  return true;
}

void FrameDecoder::note_entry(const AVPacket& packet) {
  if (may_jump_ && packet.pts != AV_NOPTS_VALUE && packet.dts != AV_NOPTS_VALUE &&
      is_entry_packet(packet, *demuxer_->stream().codecpar)) {
    fed_entries_[packet.pts] = {0, packet.pts, packet.dts, packet.size};
  }
}

void FrameDecoder::note_frame() {
  const AVFrame& picture = *picture_;
  ++next_;
  if (is_damaged(picture)) {
    ++errors_this_pass_;
  }
  const std::int64_t index = next_ - 1;
  const bool is_new = index == static_cast<std::int64_t>(timestamps_.size());
  if (!is_new) {
    return;
  }
  if (index == 0) {
    first_width_px_ = picture.width;
    first_height_px_ = picture.height;
  }
  const bool is_regular = picture.pts != AV_NOPTS_VALUE &&
                          picture.pts == picture.best_effort_timestamp &&
                          (timestamps_.empty() || picture.pts > timestamps_.back()) &&
                          picture.width == first_width_px_ && picture.height == first_height_px_;
  may_jump_ = may_jump_ && is_regular;
  const auto entry = fed_entries_.find(picture.pts);
  if (may_jump_ && is_key_frame(picture) && entry != fed_entries_.end()) {
    entries_.push_back(entry->second);
    entries_.back().frame_index = index;
    fed_entries_.erase(fed_entries_.begin(), std::next(entry));
  }
  record_time(picture.best_effort_timestamp);
}

void FrameDecoder::record_time(std::int64_t timestamp) {
  const double last = seconds_.empty() ? -period_seconds_ : seconds_.back();
  double seconds = last + period_seconds_;
  if (timestamp != AV_NOPTS_VALUE) {
    seconds = static_cast<double>(timestamp) * av_q2d(demuxer_->stream().time_base);
    if (!seconds_.empty() && !(seconds > last)) {
      seconds = last + period_seconds_ / 2;
    }
  }
  timestamps_.push_back(timestamp);
  seconds_.push_back(seconds);
}

}  // namespace changeling
