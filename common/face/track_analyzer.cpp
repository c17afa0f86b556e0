#include "common/face/track_analyzer.h"

#include <locale>
#include <optional>
#include <sstream>
#include <utility>

#include "common/base/error.h"
#include "common/face/cut_detector.h"
#include "common/face/face_tracker.h"
#include "common/face/net_face_sensor.h"

namespace changeling {
namespace {

/// Detections from this share of the threshold up may continue a track, and explain empty frames.
constexpr float kWeakShare = 0.6F;

void check(const AnalysisOptions& options) {
  const auto refuse = [](const std::string& key, const std::string& range) {
    throw Error(ErrorKind::kConfig, "face analysis: '" + key + "' must be " + range);
  };
  if (options.detect_every < 1) {
    refuse("detect_every", "1 or more");
  }
  if (options.identity_every < 1) {
    refuse("identity_every", "1 or more");
  }
  if (!(options.score_threshold > 0 && options.score_threshold < 1)) {
    refuse("score_threshold", "between 0 and 1");
  }
  if (!(options.min_track_iou > 0 && options.min_track_iou < 1)) {
    refuse("min_track_iou", "between 0 and 1");
  }
  if (options.tile_px != 0 && options.tile_px < 64) {
    refuse("tile_px", "0 or 64 or more");
  }
  if (options.max_gap_frames < 0 || options.min_face_px < 1) {
    refuse("max_gap_frames", "0 or more, and 'min_face_px' 1 or more");
  }
  if (!(options.smoothing_sigma_frames >= 0 && options.smoothing_sigma_frames <= 100)) {
    refuse("smoothing_sigma_frames", "between 0 and 100");
  }
}

}  // namespace

std::string AnalysisOptions::canonical() const {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(9);
  text << "detect_every=" << detect_every << ";score_threshold=" << score_threshold
       << ";tile_px=" << tile_px << ";min_face_px=" << min_face_px
       << ";max_gap_frames=" << max_gap_frames << ";min_track_iou=" << min_track_iou
       << ";min_identity_cosine=" << min_identity_cosine << ";identity_every=" << identity_every
       << ";smoothing_sigma_frames=" << smoothing_sigma_frames;
  return text.str();
}

struct TrackAnalyzer::State {
  State(const std::filesystem::path& models_dir, const AnalysisOptions& analysis_options)
      : options(analysis_options),
        sensor(models_dir, kWeakShare * options.score_threshold, options.tile_px) {}

  /// Tracks everything up to the newest frame.
  void advance() {
    tracker->advance(n_frames - 1, new_cuts);
    result.cuts.insert(result.cuts.end(), new_cuts.begin(), new_cuts.end());
    new_cuts.clear();
    sensor.drop_before(n_frames);
    n_tracked = n_frames;
  }

  AnalysisOptions options;
  NetFaceSensor sensor;
  std::optional<FaceTracker> tracker;  ///< of the clip between begin and finish
  CutDetector cut_detector;
  VideoAnalysis result;
  std::vector<std::int64_t> new_cuts;  ///< among the frames not yet tracked
  std::int64_t n_frames = 0;
  std::int64_t n_tracked = 0;
};

TrackAnalyzer::TrackAnalyzer(const std::filesystem::path& models_dir,
                             const AnalysisOptions& options) {
  check(options);
  state_ = std::make_unique<State>(models_dir, options);
}

TrackAnalyzer::~TrackAnalyzer() = default;
TrackAnalyzer::TrackAnalyzer(TrackAnalyzer&&) noexcept = default;
TrackAnalyzer& TrackAnalyzer::operator=(TrackAnalyzer&&) noexcept = default;

void TrackAnalyzer::begin(const Digest& video_sha256, int width_px, int height_px) {
  State& state = *state_;
  state.sensor.clear();
  state.tracker.emplace(state.options, state.sensor);
  state.cut_detector = CutDetector();
  state.result = VideoAnalysis();
  state.result.video_sha256 = video_sha256;
  state.result.model_set = model_set();
  state.result.width_px = width_px;
  state.result.height_px = height_px;
  state.new_cuts.clear();
  state.n_frames = 0;
  state.n_tracked = 0;
}

void TrackAnalyzer::add(const std::vector<Frame>& frames) {
  State& state = *state_;
  CHANGELING_REQUIRE(state.tracker.has_value(), "begin() comes before add()");
  for (const Frame& frame : frames) {
    CHANGELING_REQUIRE(
        frame.width_px() == state.result.width_px && frame.height_px() == state.result.height_px,
        "a frame's size differs from the clip's");
    state.sensor.push(frame);
    if (state.cut_detector.add(frame)) {
      state.new_cuts.push_back(state.n_frames);
    }
    // By frame index alone, so that the result does not depend on the batches.
    const bool is_detector_frame = state.n_frames % state.options.detect_every == 0;
    ++state.n_frames;
    if (is_detector_frame) {
      state.advance();
    }
  }
}

VideoAnalysis TrackAnalyzer::finish() {
  State& state = *state_;
  CHANGELING_REQUIRE(state.tracker.has_value(), "begin() comes before finish()");
  if (state.n_frames > state.n_tracked) {
    state.advance();
  }
  TrackedFaces faces = state.tracker->finish();
  state.tracker.reset();
  state.result.n_frames = state.n_frames;
  state.result.tracks = std::move(faces.tracks);
  state.result.frames_without_face = std::move(faces.frames_without_face);
  return std::move(state.result);
}

const std::vector<ProvenanceModel>& TrackAnalyzer::models() const {
  return state_->sensor.models();
}

Digest TrackAnalyzer::model_set() const {
  Sha256 digest;
  for (const ProvenanceModel& model : models()) {
    digest.update_field(model.role).update_field(model.sha256.hex());
  }
  return digest.finish();
}

}  // namespace changeling
