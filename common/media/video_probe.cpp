#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/base/upper_median.h"
#include "common/media/ffmpeg_error.h"
#include "common/media/frame_decoder.h"
#include "common/media/video_demuxer.h"
#include "common/media/video_info.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

// Matroska rounds time stamps to milliseconds, so gaps of a constant rate differ by up to 1 ms.
constexpr double kGapToleranceSeconds = 0.00101;
constexpr double kGapToleranceShare = 0.02;

/// The middle gap between frames; `fallback` for a single frame.
double median_gap(const std::vector<double>& seconds, double fallback) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < seconds.size(); ++i) {
    gaps.push_back(seconds[i] - seconds[i - 1]);
  }
  return upper_median(std::move(gaps), fallback);
}

bool has_varying_gaps(const std::vector<double>& seconds, double gap) {
  const double tolerance = std::max(kGapToleranceSeconds, kGapToleranceShare * gap);
  for (std::size_t i = 1; i < seconds.size(); ++i) {
    if (std::abs(seconds[i] - seconds[i - 1] - gap) > tolerance) {
      return true;
    }
  }
  return false;
}

/// The byte to which the sample table of an mp4 file reaches; 0 for other containers.
std::int64_t end_of_samples(const VideoDemuxer& demuxer) {
  if (std::string_view(demuxer.file().iformat->name).substr(0, 4) != "mov,") {
    return 0;
  }
  AVStream* stream = demuxer.file().streams[demuxer.stream().index];
  std::int64_t end = 0;
  for (int i = 0; i < avformat_index_get_entries_count(stream); ++i) {
    const AVIndexEntry* sample = avformat_index_get_entry(stream, i);
    end = std::max(end, sample->pos + sample->size);
  }
  return end;
}

/// With its head in front a file opens although its end is missing.
void refuse_cut_off(const std::filesystem::path& path, std::int64_t bytes,
                    const VideoDemuxer& demuxer) {
  const std::int64_t end = end_of_samples(demuxer);
  if (end > bytes) {
    throw Error(ErrorKind::kInput, "'" + path.string() +
                                       "' is cut off: its last frame ends at byte " +
                                       std::to_string(end) + ", the file at byte " +
                                       std::to_string(bytes) + " (fetch it again)");
  }
}

}  // namespace

VideoProbe probe_video(const std::filesystem::path& path) {
  Sha256 stream_digest;
  FrameDecoder decoder(path, [&stream_digest](const AVPacket& packet) {
    stream_digest.update(packet.data, static_cast<std::size_t>(packet.size));
  });
  VideoProbe probe;
  probe.info = describe_video(decoder);
  std::vector<double> seconds;
  while (decoder.advance()) {
    seconds.push_back(decoder.pts_seconds());
  }
  probe.file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  refuse_cut_off(path, probe.file_bytes, decoder.demuxer());  // a table in parts is whole by now
  const double gap = median_gap(seconds, decoder.frame_period_seconds());
  probe.frame_count_from_index = static_cast<std::int64_t>(seconds.size());
  probe.is_vfr = has_varying_gaps(seconds, gap);
  probe.duration_seconds = seconds.back() - seconds.front() + gap;
  probe.decode_error_count = decoder.error_count();
  probe.stream_sha256 = stream_digest.finish();
  probe.file_sha256 = sha256_file(path);
  return probe;
}

Digest video_stream_sha256(const std::filesystem::path& path) {
  VideoDemuxer demuxer(path);
  const UniquePacket packet(check_allocated(av_packet_alloc(), "cannot make a packet"));
  Sha256 digest;
  while (demuxer.read(*packet)) {
    digest.update(packet->data, static_cast<std::size_t>(packet->size));
  }
  return digest.finish();
}

std::vector<std::pair<std::string, std::string>> read_container_tags(
    const std::filesystem::path& path) {
  const UniqueDemuxer file = open_media(path, false);
  return container_tags(*file);
}

}  // namespace changeling
