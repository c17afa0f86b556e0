// common/face/track_choice.h: which of several tracks is the corpus subject. Layer 3 (no Torch).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/face/face_types.h"

namespace changeling {

/// A box given by the corpus for one frame.
struct FrameBox {
  std::int64_t frame_index = 0;
  BBox bbox_px;
};

/// What the corpus tells about where the subject is; every member may be missing.
struct TrackHint {
  std::vector<FrameBox> boxes;
  std::optional<PointF> point_on_first_frame;  ///< a point inside the face, px
  std::vector<float> identity;                 ///< unit-norm id512 of the subject; empty = unknown
  bool others_are_seen = false;                ///< the corpus names somebody else in the clip
};

/// Index into analysis.tracks, by the first of these that decides: the boxes, each for the face
/// that fits it best at its frame (a person of several shots has several tracks; never the largest
/// face); the point inside the box of a track's first frame; identity cosine >= 0.35; the only
/// plausible track (others have under a quarter of its frames times size), where the subject is the
/// only person named and neither box nor identity says otherwise.
/// A face fits a box by an IoU of at least 0.5, or, as corpora draw boxes of many sizes, by one of
/// 0.2 when it is the only one whose centre lies in the box. nullopt where nothing decides: the
/// face that is present may be somebody else's, also when all boxes lie behind the analysed part.
[[nodiscard]] std::optional<std::size_t> choose_subject_track(const VideoAnalysis& analysis,
                                                              const TrackHint& hint);

}  // namespace changeling
