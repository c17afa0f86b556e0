// generator/train_data/found_face.h: one face in one picture, ready to be cropped. Layer 6.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"

namespace changeling {

struct FoundFace {
  Landmarks landmarks_px;  ///< 68, pixels of the picture
  EulerPose pose_deg;
  float sharpness = 0;           ///< Laplacian variance of the aligned 112 px crop
  std::int64_t frame_index = 0;  ///< in its video or sequence
};

/// Why a picture or a sequence gives no training crop; counted and printed. What each counts:
/// docs/training.md.
enum class LeftOut {
  kWithdrawn,      ///< a medium of somebody withdrawn, or one of equal bytes
  kBystanderLeak,  ///< a medium that also shows people of another part
  kNoSightingId,   ///< a frame of others' sequences that is in none of the person's own
  kNotProbed,      ///< the file is broken, changed or was not probed
  kNotAnalyzed,    ///< a video without face analysis (changeling generate analyze)
  kNoFace,         ///< no face found, or none that is surely the person's
  kBadLandmarks,   ///< given landmarks that no face of the picture can have
  kTooSmall,       ///< the face box is lower than min_face_px
  kBlurred,        ///< less sharp than min_sharpness
  kNoLabels,       ///< masks from labels are wanted, the corpus has none here
  kMaskTooSmall,   ///< face pixels below min_mask_share of the crop
  kTooFewFrames,   ///< a sequence with fewer usable frames than min_frames
  kNotChosen,      ///< frames that would only repeat others of the video
  kNotDecoded,     ///< chosen frames that the video does not give
};

/// "too_small", ...
[[nodiscard]] std::string_view to_string(LeftOut reason);

}  // namespace changeling
