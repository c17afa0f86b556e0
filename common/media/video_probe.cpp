#include <algorithm>
#include <cmath>
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
  const double gap = median_gap(seconds, decoder.frame_period_seconds());
  probe.frame_count_from_index = static_cast<std::int64_t>(seconds.size());
  probe.is_vfr = has_varying_gaps(seconds, gap);
  probe.duration_seconds = seconds.back() - seconds.front() + gap;
  probe.decode_error_count = decoder.error_count();
  probe.stream_sha256 = stream_digest.finish();
  probe.file_sha256 = sha256_file(path);
  probe.file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
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
