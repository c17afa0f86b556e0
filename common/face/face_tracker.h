// common/face/face_tracker.h: the rules of tracking: when to detect, whom a face belongs to, what
// counts as a face. Layer 3, no Torch; the networks answer through FaceSensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/face/association.h"
#include "common/face/face_sensor.h"
#include "common/face/face_types.h"
#include "common/face/track_analyzer.h"
#include "common/face/tracklet.h"

namespace changeling {

struct TrackedFaces {
  std::vector<FaceTrack> tracks;  ///< longest first
  std::vector<FrameWithoutFace> frames_without_face;
};

/// Tracks the faces of one clip. Between two detector frames each face is followed by its
/// landmarks; when the faces at both ends do not match one to one, or a step is implausible, or a
/// cut lies between, the detector runs on every frame between as well. So faces enter and leave at
/// exact frames, while a quiet clip costs one detection in detect_every frames.
/// See Note [Confirmation] for what is not a face. One thread per object.
class FaceTracker {
 public:
  /// `sensor` must outlive the tracker.
  FaceTracker(const AnalysisOptions& options, const FaceSensor& sensor);

  /// Tracks the frames from the end of the last call to `last` (included), which the detector sees.
  /// `cuts`: those of these frames that start a shot.
  void advance(std::int64_t last, const std::vector<std::int64_t>& cuts);

  /// Ends the clip: joins, drops, smooths, fills. The tracker is empty afterwards.
  [[nodiscard]] TrackedFaces finish();

 private:
  using Detections = std::vector<FaceDetection>;

  Detections usable(std::int64_t frame_index, const Detections& detections);
  bool follow(std::int64_t first, std::int64_t last, const Detections& at_last);
  bool confirm(std::int64_t last, const Detections& at_last,
               std::vector<std::vector<FaceObservation>>& followed) const;
  void step(std::int64_t frame_index, const Detections& faces);
  void start(std::int64_t frame_index, const FaceDetection& face, const Landmarks& landmarks);
  void extend(std::size_t tracklet, FaceObservation observation);
  void measure_new_observations();
  static void add_identity(Tracklet& tracklet, const std::vector<float>& identity);
  [[nodiscard]] bool is_strong(const FaceObservation& face) const;
  [[nodiscard]] std::vector<BBox> live_boxes() const;
  [[nodiscard]] FaceObservation detected(std::int64_t frame_index, const FaceDetection& face,
                                         const Landmarks& landmarks) const;
  [[nodiscard]] bool is_confirmed(const Person& person) const;

  AnalysisOptions options_;
  AssociationRules rules_;
  const FaceSensor& sensor_;
  std::vector<Tracklet> tracklets_;
  std::vector<std::size_t> live_;      ///< tracklets that reach the last frame
  std::vector<std::size_t> measured_;  ///< per tracklet: observations that have a pose
  std::vector<NoFaceReason> reasons_;  ///< per frame, should no track cover it
  std::int64_t detector_frames_ = 0;
  int shot_ = 0;
};

}  // namespace changeling
