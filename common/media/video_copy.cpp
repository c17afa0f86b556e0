#include "common/media/video_copy.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/media/container_boxes.h"
#include "common/media/container_tags.h"
#include "common/media/edit_end.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/ffmpeg_handles.h"
#include "common/media/ffmpeg_versions.h"
#include "common/media/muxer.h"
#include "common/media/own_label.h"
#include "common/media/video_demuxer.h"
#include "common/media/xmp_box.h"

namespace changeling {
namespace {

/// Of the packets that bring a picture, in file order, which are shown: the edit list of an mp4
/// hides some. An AVI has empty packets, too.
class Showing {
 public:
  void add(const AVPacket& packet) {
    if (packet.size == 0) {
      return;
    }
    const bool is_shown = (packet.flags & AV_PKT_FLAG_DISCARD) == 0;
    shown_.push_back(is_shown);
    if (is_shown) {
      last_shown_pts_ = std::max(last_shown_pts_, packet.pts);
    } else {
      hidden_pts_.push_back(packet.pts);
    }
  }

  [[nodiscard]] std::int64_t count() const {
    return std::count(shown_.begin(), shown_.end(), true);
  }

  [[nodiscard]] bool operator==(const Showing& other) const { return shown_ == other.shown_; }

  /// Time of the first hidden picture behind all that are shown; nullopt when the end is shown.
  [[nodiscard]] std::optional<std::int64_t> hidden_from() const {
    std::optional<std::int64_t> first;
    for (const std::int64_t pts : hidden_pts_) {
      if (pts > last_shown_pts_ && (!first || pts < *first)) {
        first = pts;
      }
    }
    return first;
  }

 private:
  std::vector<bool> shown_;
  std::vector<std::int64_t> hidden_pts_;
  std::int64_t last_shown_pts_ = AV_NOPTS_VALUE;  ///< the least number there is
};

Showing showing_of(const std::filesystem::path& path) {
  VideoDemuxer video(path);
  const UniquePacket packet(check_allocated(av_packet_alloc(), "cannot make a packet"));
  Showing showing;
  while (video.read(*packet)) {
    showing.add(*packet);
  }
  return showing;
}

class VideoCopy {
 public:
  /// With the tags of `from`, or these alone.
  VideoCopy(const std::filesystem::path& from, const std::filesystem::path& to,
            const std::optional<ContainerTags>& tags = {})
      : from_(from), to_(to), source_(from) {
    const int made = make_muxer(nullptr, to, muxer_);
    if (made < 0) {
      throw_ffmpeg(ErrorKind::kInput, "no container for", to, made);
    }
    if (tags) {
      for (const auto& [key, value] : *tags) {
        av_dict_set(&muxer_->metadata, key.c_str(), value.c_str(), 0);
      }
    } else {
      copy_tags();
    }
    add_stream();
    check(begin_file(*muxer_, to_));
  }

  void run() {
    const UniquePacket packet(check_allocated(av_packet_alloc(), "cannot make a packet"));
    Showing showing;
    while (source_.read(*packet)) {
      showing.add(*packet);
      if (is_avi() && packet->dts != AV_NOPTS_VALUE) {
        begin_ = begin_.value_or(packet->dts);  // it counts frames from 0, and fills gaps
        packet->dts -= *begin_;
        packet->pts -= packet->pts != AV_NOPTS_VALUE ? *begin_ : 0;
      }
      packet->stream_index = 0;
      packet->pos = -1;
      av_packet_rescale_ts(packet.get(), source_.stream().time_base, muxer_->streams[0]->time_base);
      check(av_interleaved_write_frame(muxer_.get(), packet.get()));
    }
    check(av_write_trailer(muxer_.get()));
    const int closed = avio_closep(&muxer_->pb);
    if (closed < 0) {
      throw_ffmpeg(ErrorKind::kResource, "cannot write", to_, closed);
    }
    if (const std::optional<std::int64_t> end = showing.hidden_from()) {
      (void)end_edit_at(to_,
                        av_rescale_rnd(*end, source_.stream().time_base.num * std::int64_t{1000},
                                       source_.stream().time_base.den, AV_ROUND_DOWN));
    }
    if (const Showing in_copy = showing_of(to_); !(in_copy == showing)) {
      throw Error(ErrorKind::kInput, "cannot copy the video of '" + from_.string() +
                                         "': it shows " + std::to_string(showing.count()) +
                                         " frames, a copy " + std::to_string(in_copy.count()));
    }
  }

 private:
  /// Those of the file, in their order, but what an mp4 tells of itself: the muxer writes it anew.
  void copy_tags() {
    static const std::set<std::string> own = {"major_brand", "minor_version", "compatible_brands"};
    const AVDictionaryEntry* tag = nullptr;
    while ((tag = av_dict_get(source_.file().metadata, "", tag, AV_DICT_IGNORE_SUFFIX)) !=
           nullptr) {
      if (own.count(tag->key) == 0) {
        av_dict_set(&muxer_->metadata, tag->key, tag->value, 0);
      }
    }
  }

  void add_stream() {
    const AVStream& from = source_.stream();
    AVStream& stream = add_copied_stream(*muxer_, from);
    stream.time_base = from.time_base;
    const bool is_even =
        from.avg_frame_rate.num > 0 && av_cmp_q(from.avg_frame_rate, from.r_frame_rate) == 0;
    if (is_even && is_avi()) {
      stream.time_base = av_inv_q(from.avg_frame_rate);  // its unit is its frame rate
    }
    if (is_avi() && from.codecpar->codec_id == AV_CODEC_ID_HEVC) {
      stream.codecpar->codec_tag = MKTAG('H', 'E', 'V', 'C');  // read by FFmpeg, not set by it
    }
    stream.avg_frame_rate = from.avg_frame_rate;
    stream.r_frame_rate = from.r_frame_rate;
    stream.sample_aspect_ratio = from.sample_aspect_ratio;
    if (const std::optional<DisplayMatrix> turn = display_matrix_of(from)) {
      set_display_matrix(stream, *turn);
    }
  }

  /// A disk that takes nothing more, or a container that cannot hold the video.
  void check(int code) const {
    if (muxer_->pb != nullptr && muxer_->pb->error < 0) {
      throw_ffmpeg(ErrorKind::kResource, "cannot write", to_, muxer_->pb->error);
    }
    if (code < 0) {
      throw_ffmpeg(ErrorKind::kInput,
                   std::string("format ") + muxer_->oformat->name + " does not take the video of",
                   from_, code);
    }
  }

  [[nodiscard]] bool is_avi() const { return std::string_view(muxer_->oformat->name) == "avi"; }

  std::filesystem::path from_, to_;
  std::optional<std::int64_t> begin_;  ///< dts of the first packet
  VideoDemuxer source_;
  UniqueMuxer muxer_;
};

/// Writes the box of XMP behind what the muxer wrote.
void append(const std::string& box, const std::filesystem::path& to) {
  std::ofstream file(to, std::ios::binary | std::ios::app);
  file << box;
  file.close();
  if (!file) {
    throw Error(ErrorKind::kResource, "cannot write '" + to.string() + "'");
  }
}

}  // namespace

void copy_without_sound(const std::filesystem::path& from, const std::filesystem::path& to) {
  capture_ffmpeg_log();
  VideoCopy(from, to).run();
  append(read_xmp_box(from), to);
}

void copy_with_label(const std::filesystem::path& from, const std::filesystem::path& to,
                     const Provenance& declared) {
  capture_ffmpeg_log();
  VideoCopy(from, to, label_tags(declared, LabelOrigin::kDeclared)).run();
  if (!container_boxes(to).empty()) {
    append(xmp_box(declared.digital_source_type), to);
  }
}

}  // namespace changeling
