#include "generator/job/cached_analysis.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/log.h"
#include "generator/job/lanes.h"

namespace changeling {
namespace {

constexpr std::string_view kStage =
    "face_analysis@3";  // bump when the same input may give another result
static_assert(kStage.substr(0, kFaceAnalysisStage.size() + 1).back() == '@' &&
              kStage.substr(0, kFaceAnalysisStage.size()) == kFaceAnalysisStage);
constexpr int kBatchFrames = 8;

}  // namespace

CachedAnalysis::CachedAnalysis(CorpusStore& corpora, BlobStore& blobs, Settings settings)
    : cache_(corpora, blobs), settings_(std::move(settings)) {}

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

StoredAnalysis CachedAnalysis::analyze(const MediaRow& media, const std::filesystem::path& file,
                                       const std::string& stage, StageTimings& timings,
                                       const std::function<void()>& heartbeat) {
  const Digest key = cache_key(media);
  std::optional<KeptAnalysis> kept = cache_.find(key, media);
  if (!kept) {
    kept = cache_.keep(key, kStage, media, compute(media, file, stage, timings, heartbeat));
    log_info("analyzed", {{"media", media.rel_path},
                          {"frames", std::to_string(kept->analysis.n_frames)},
                          {"tracks", std::to_string(kept->analysis.tracks.size())}});
  }
  StoredAnalysis result;
  result.track_ids = cache_.use(media, *kept);
  result.analysis = std::move(kept->analysis);
  return result;
}

}  // namespace changeling
