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
};

/// Index into analysis.tracks, by the first of these that decides: the largest sum
/// of IoUs with the boxes at their frames, each at least 0.5 to count (a person of several shots
/// has several tracks; never the largest face), the point inside the box of a track's first frame,
/// identity cosine >= 0.35, the only plausible track (others have under a quarter of its frames
/// times size). nullopt when several people are plausible and no hint decides, and when boxes of
/// the analysed part or an identity are given but fit nobody.
[[nodiscard]] std::optional<std::size_t> choose_subject_track(const VideoAnalysis& analysis,
                                                              const TrackHint& hint);

}  // namespace changeling
