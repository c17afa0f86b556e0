#include "common/clips/analysis_cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/clips/cached_analyses.h"
#include "common/clips/track_subjects.h"

namespace changeling {
namespace {

constexpr std::string_view kAnalysisType = "application/vnd.changeling.analysis";
constexpr std::string_view kTrackType = "application/vnd.changeling.track";

TrackRow track_row(const FaceTrack& track, MediaId media, const Digest& boxes) {
  TrackRow row;
  row.media_id = media;
  row.first_frame = track.first_frame();
  row.last_frame = track.last_frame();
  row.side_px = track.side_px;
  row.sharpness = track.sharpness;
  const auto [low, high] =
      std::minmax_element(track.observations.begin(), track.observations.end(),
                          [](const FaceObservation& a, const FaceObservation& b) {
                            return a.pose_deg.yaw_deg < b.pose_deg.yaw_deg;
                          });
  row.yaw_min = low->pose_deg.yaw_deg;
  row.yaw_max = high->pose_deg.yaw_deg;
  row.boxes_sha256 = boxes;
  return row;
}

}  // namespace

std::optional<KeptAnalysis> AnalysisCache::find(const Digest& key, const MediaRow& media) const {
  const std::optional<Digest> cached = corpora_.find_cached_stage(key);
  const std::optional<std::string> bytes =
      cached ? usable_analysis(blobs_, *cached, media) : std::nullopt;
  if (!bytes) {
    return std::nullopt;
  }
  return KeptAnalysis{
      deserialize_analysis(*bytes),
      {*cached, static_cast<std::int64_t>(bytes->size()), std::string(kAnalysisType)}};
}

KeptAnalysis AnalysisCache::keep(const Digest& key, std::string_view stage, const MediaRow& media,
                                 VideoAnalysis analysis) {
  const BlobRow blob = blobs_.put_bytes(serialize(analysis), kAnalysisType);
  if (const auto purged = corpora_.put_cached_stage(key, stage, media.id, blob)) {
    blobs_.discard(*purged);
  }
  return {std::move(analysis), blob};
}

std::vector<TrackId> AnalysisCache::use(const MediaRow& media, const KeptAnalysis& kept) {
  const std::vector<std::optional<SubjectId>> subjects =
      track_subjects(corpora_, media.id, kept.analysis);
  std::vector<TrackRow> rows;
  std::vector<BlobRow> boxes;
  for (std::size_t i = 0; i < kept.analysis.tracks.size(); ++i) {
    const FaceTrack& track = kept.analysis.tracks[i];
    boxes.push_back(blobs_.put_bytes(serialize(track), kTrackType));
    rows.push_back(track_row(track, media.id, boxes.back().sha256));
    rows.back().subject_id = subjects[i];
  }
  return corpora_.record_tracks(media.id, kept.blob, rows, boxes);
}

}  // namespace changeling
