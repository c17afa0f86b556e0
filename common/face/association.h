// common/face/association.h: whether a face in one frame is the face of another frame. Layer 3,
// pure maths.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "common/face/face_types.h"

namespace changeling {

/// True when landmarks can have moved from `previous` to `current` within one frame: centre by at
/// most 0.35 of the face's longer side, size by at most a fifth, both finite.
[[nodiscard]] bool is_plausible_step(const Landmarks& previous, const Landmarks& current);

/// True when landmarks look like those of a face in this detector box: centre in the box's inner
/// half, size 0.4 to 1.5 of its height. The landmark network draws a face on any background; a
/// wrong box shows here.
[[nodiscard]] bool fits_detection(const Landmarks& landmarks, const BBox& detection);

/// Where the detector's box lies relative to the landmarks' box; carries the box along while a face
/// is followed without detections.
class BoxAroundLandmarks {
 public:
  BoxAroundLandmarks(const BBox& bbox_px, const Landmarks& landmarks);

  [[nodiscard]] BBox apply(const Landmarks& landmarks) const;

 private:
  PointF offset_;  ///< of the centres, in landmark box sides
  PointF scale_;   ///< box side / landmark box side
};

/// Cosine between two unit vectors; 0 when one is empty.
[[nodiscard]] float identity_cosine(const std::vector<float>& a, const std::vector<float>& b);

/// Scaled to norm 1; a zero vector stays zero.
[[nodiscard]] std::vector<float> unit_vector(std::vector<float> values);

struct AssociationRules {
  float min_iou = 0.3F;
  float weak_score = 0;  ///< detections below this score need kWeakIou to continue a track
};

/// Identity cosine of track i and face j, asked only where boxes leave a choice.
using LookSimilarity = std::function<float(std::size_t track, std::size_t face)>;

struct Association {
  std::vector<std::optional<std::size_t>> face_of_track;
  bool had_choice = false;  ///< some track or face had more than one partner
};

/// One face at most per track and the reverse. Pairs need the IoU of the rules; where a track or a
/// face has several partners, identity decides before overlap does.
[[nodiscard]] Association associate(const std::vector<BBox>& tracks,
                                    const std::vector<FaceDetection>& faces,
                                    const AssociationRules& rules,
                                    const LookSimilarity& similarity);

}  // namespace changeling
