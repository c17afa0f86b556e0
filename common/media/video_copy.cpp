#include "common/media/video_copy.h"

#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "common/base/error.h"
#include "common/media/container_boxes.h"
#include "common/media/container_tags.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/ffmpeg_handles.h"
#include "common/media/ffmpeg_versions.h"
#include "common/media/muxer.h"
#include "common/media/own_label.h"
#include "common/media/video_demuxer.h"
#include "common/media/xmp_box.h"

namespace changeling {
namespace {

/// Whether a packet brings a picture to see: an AVI has empty ones, and the edit list of an mp4
/// hides some.
bool is_shown(const AVPacket& packet) {
  return packet.size > 0 && (packet.flags & AV_PKT_FLAG_DISCARD) == 0;
}

std::int64_t count_shown(const std::filesystem::path& path) {
  VideoDemuxer video(path);
  const UniquePacket packet(check_allocated(av_packet_alloc(), "cannot make a packet"));
  std::int64_t count = 0;
  while (video.read(*packet)) {
    count += is_shown(*packet) ? 1 : 0;
  }
  return count;
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
    std::int64_t shown = 0;
    while (source_.read(*packet)) {
      shown += is_shown(*packet) ? 1 : 0;
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
    if (const std::int64_t in_copy = count_shown(to_); in_copy != shown) {
      throw Error(ErrorKind::kInput, "cannot copy the video of '" + from_.string() +
                                         "': it shows " + std::to_string(shown) +
                                         " frames, a copy " + std::to_string(in_copy));
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

  std::filesystem::path from_, to_;
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
