// common/face/track_analyzer.h: facade of face analysis: frame batches in, VideoAnalysis out.
// Layer 3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/frame.h"
#include "common/base/provenance.h"
#include "common/face/face_types.h"

namespace changeling {

struct AnalysisOptions {
  int detect_every = 5;  ///< detector runs on every n-th frame; tracking between
  float score_threshold = 0.65F;
  int tile_px = 640;        ///< larger frames are searched in tiles, too; 0 = off
  int min_face_px = 32;     ///< smaller detections are reported as kTooSmall
  int max_gap_frames = 12;  ///< a track survives this many frames without a face
  float min_track_iou = 0.3F;
  float min_identity_cosine = 0.35F;  ///< to re-join a track after a gap or a cut
  int identity_every = 15;            ///< embeddings for the track mean, every n-th observation
  float smoothing_sigma_frames =
      1.0F;  ///< Gaussian over landmarks and poses inside a shot; 0 = off

  /// Canonical text for cache keys: every field in order.
  [[nodiscard]] std::string canonical() const;
};

/// Loads det_rfb320, lmk68, pose66 and id512 from `models_dir`. One thread per object.
/// The result of a frame range does not depend on the batches it was fed in.
class TrackAnalyzer {
 public:
  /// Throws Error(kModel) naming the missing network and the fetch command.
  TrackAnalyzer(const std::filesystem::path& models_dir, const AnalysisOptions& options);
  ~TrackAnalyzer();
  TrackAnalyzer(TrackAnalyzer&&) noexcept;
  TrackAnalyzer& operator=(TrackAnalyzer&&) noexcept;

  /// Starts a new clip.
  void begin(const Digest& video_sha256, int width_px, int height_px);
  /// Adds the next frames of the clip.
  void add(const std::vector<Frame>& frames);
  /// Ends the clip: joins, fills, smooths, embeds.
  [[nodiscard]] VideoAnalysis finish();

  /// The networks used, for the provenance.
  [[nodiscard]] const std::vector<ProvenanceModel>& models() const;
  /// Digest over their ids and digests.
  [[nodiscard]] Digest model_set() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeling
