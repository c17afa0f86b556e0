// common/face/tracklet.h: an unbroken piece of a face's track, and how pieces become people. Layer
// 3, pure maths.
#pragma once

#include <cstdint>
#include <vector>

#include "common/face/face_types.h"
#include "common/face/track_analyzer.h"

namespace changeling {

/// Observations of one face in consecutive frames of one shot.
struct Tracklet {
  std::vector<FaceObservation> observations;
  int shot = 0;                     ///< number of cuts before it
  std::int64_t confirmed = 0;       ///< frames; see Note [Confirmation] in face_tracker.cpp
  std::vector<float> identity_sum;  ///< of unit embeddings

  [[nodiscard]] std::int64_t first_frame() const { return observations.front().frame_index; }

  [[nodiscard]] std::int64_t last_frame() const { return observations.back().frame_index; }
};

/// Tracklets of one person, ascending, no frame twice.
using Person = std::vector<Tracklet>;

/// Joins tracklets: over gaps of up to max_gap_frames inside a shot by box overlap, unless the
/// faces clearly differ; then, longest first, by identity over any distance. Faces seen in the same
/// frame never join. The order of the result is that of the longest tracklets.
[[nodiscard]] std::vector<Person> join_tracklets(std::vector<Tracklet> tracklets,
                                                 const AnalysisOptions& options);

/// Smooths each tracklet, fills gaps of a few frames inside a shot, and takes the medians.
[[nodiscard]] FaceTrack make_track(const Person& person, const AnalysisOptions& options);

}  // namespace changeling
