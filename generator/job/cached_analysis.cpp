#include "generator/job/cached_analysis.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/clips/track_subjects.h"
#include "generator/job/lanes.h"

namespace changeling {
namespace {

constexpr std::string_view kStage =
    "face_analysis@2";  // bump when the same input may give another result
static_assert(kStage.substr(0, kFaceAnalysisStage.size() + 1).back() == '@' &&
              kStage.substr(0, kFaceAnalysisStage.size()) == kFaceAnalysisStage);
constexpr int kBatchFrames = 8;

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

CachedAnalysis::CachedAnalysis(CorpusStore& corpora, BlobStore& blobs, Settings settings)
    : corpora_(corpora), blobs_(blobs), settings_(std::move(settings)) {}

TrackAnalyzer& CachedAnalysis::analyzer() {
  if (!analyzer_) {
    analyzer_.emplace(settings_.models_dir, settings_.options);
  }
  return *analyzer_;
}

const std::vector<ProvenanceModel>& CachedAnalysis::models() {
  return analyzer().models();
}

Digest CachedAnalysis::cache_key(const MediaRow& media) {
  return Sha256()
      .update_field(kStage)
      .update_field(media.sha256->hex())
      .update_field(analyzer().model_set().hex())
      .update_field(settings_.options.canonical())
      .update_field(std::to_string(settings_.max_frames))
      .finish();
}

VideoAnalysis CachedAnalysis::compute(const MediaRow& media, const std::filesystem::path& file,
                                      const std::string& stage, StageTimings& timings,
                                      const std::function<void()>& heartbeat) {
  DecodeLane decode(file, settings_.max_frames, kBatchFrames, settings_.queue_frames);
  TrackAnalyzer& tracks = analyzer();
  tracks.begin(*media.sha256, decode.info().width_px, decode.info().height_px);
  StageSpan span(timings, stage, 0);
  std::int64_t frames = 0;
  while (const std::optional<FrameBatch> batch = decode.next()) {
    heartbeat();
    tracks.add(batch->frames);
    frames += static_cast<std::int64_t>(batch->frames.size());
  }
  span.set_frames(frames);
  return tracks.finish();
}

std::vector<TrackId> CachedAnalysis::record_tracks(const MediaRow& media,
                                                   const VideoAnalysis& analysis) {
  const std::vector<std::optional<SubjectId>> subjects =
      track_subjects(corpora_, media.id, analysis);
  std::vector<TrackRow> rows;
  std::vector<BlobRow> blobs;
  for (std::size_t i = 0; i < analysis.tracks.size(); ++i) {
    const FaceTrack& track = analysis.tracks[i];
    blobs.push_back(blobs_.put_bytes(serialize(track), "application/vnd.changeling.track"));
    rows.push_back(track_row(track, media.id, blobs.back().sha256));
    rows.back().subject_id = subjects[i];
  }
  return corpora_.add_tracks(rows, blobs);
}

StoredAnalysis CachedAnalysis::analyze(const MediaRow& media, const std::filesystem::path& file,
                                       const std::string& stage, StageTimings& timings,
                                       const std::function<void()>& heartbeat) {
  const Digest key = cache_key(media);
  StoredAnalysis result;
  const std::optional<Digest> cached = corpora_.find_cached_stage(key);
  if (cached && blobs_.contains(*cached)) {
    result.analysis = deserialize_analysis(blobs_.read(*cached));
  } else {
    result.analysis = compute(media, file, stage, timings, heartbeat);
    const BlobRow blob =
        blobs_.put_bytes(serialize(result.analysis), "application/vnd.changeling.analysis");
    corpora_.add_cached_stage(key, kStage, media.id, blob);
    log_info("analyzed", {{"media", media.rel_path},
                          {"frames", std::to_string(result.analysis.n_frames)},
                          {"tracks", std::to_string(result.analysis.tracks.size())}});
  }
  result.track_ids = record_tracks(media, result.analysis);
  return result;
}

}  // namespace changeling
