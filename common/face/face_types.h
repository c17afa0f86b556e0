// common/face/face_types.h: what face analysis finds, as plain values. Layer 3 (no Torch in this
// header).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/base/geometry.h"

namespace changeling {

struct FaceDetection {
  BBox bbox_px;
  float score = 0;  ///< 0..1
};

/// 68 points, iBUG order, pixels of the full frame.
using Landmarks = std::vector<PointF>;

/// How a frame of a track got its face.
enum class FaceStatus {
  kDetected,      ///< by the detector
  kTracked,       ///< by landmarks of the frame before, between two detections of the face
  kInterpolated,  ///< filled inside a short gap; no measurement
};

/// One face in one frame. All numbers finite.
struct FaceObservation {
  std::int64_t frame_index = 0;
  BBox bbox_px;     ///< the detector's box, or one carried along with the landmarks
  float score = 0;  ///< 0..1; of the latest detection where the frame has none of its own
  Landmarks landmarks;
  EulerPose pose_deg;
  float sharpness = 0;  ///< Laplacian variance of the aligned 112 px crop; 0 where interpolated
  FaceStatus status = FaceStatus::kDetected;
};

/// One person's face over time. Observations are sorted by frame, frames unique; frames missing
/// between first and last are gaps.
struct FaceTrack {
  std::vector<FaceObservation> observations;
  std::vector<float> identity;  ///< unit-norm 512-d mean embedding (id512)
  float side_px = 0;            ///< median short side of the boxes
  float sharpness = 0;          ///< median Laplacian variance of the 112 px face crop

  [[nodiscard]] std::int64_t first_frame() const { return observations.front().frame_index; }

  [[nodiscard]] std::int64_t last_frame() const { return observations.back().frame_index; }

  /// The observation of a frame, or nullptr.
  [[nodiscard]] const FaceObservation* find(std::int64_t frame_index) const;
};

/// Why a frame has no face on any track.
enum class NoFaceReason { kNothingDetected, kBelowScore, kTooSmall };

struct FrameWithoutFace {
  std::int64_t frame_index = 0;
  NoFaceReason reason = NoFaceReason::kNothingDetected;
};

/// All faces of frames [0, n_frames) of a clip (or of the analysed prefix).
struct VideoAnalysis {
  Digest video_sha256;
  Digest model_set;  ///< digest over the ids and digests of the networks used
  std::int64_t n_frames = 0;
  int width_px = 0;
  int height_px = 0;
  std::vector<FaceTrack> tracks;  ///< longest first
  std::vector<FrameWithoutFace> frames_without_face;
  std::vector<std::int64_t> cuts;  ///< first frame of each new shot
};

/// Bytes for the stage cache; the same analysis gives the same bytes.
[[nodiscard]] std::string serialize(const VideoAnalysis& analysis);

/// Inverse. Throws Error(kCatalog) on damage.
[[nodiscard]] VideoAnalysis deserialize_analysis(std::string_view bytes);

/// Bytes of one track's observations, the blob behind `face_track.boxes_sha256`.
[[nodiscard]] std::string serialize(const FaceTrack& track);

/// Inverse. Throws Error(kCatalog) on damage.
[[nodiscard]] FaceTrack deserialize_track(std::string_view bytes);

}  // namespace changeling
