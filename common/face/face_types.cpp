#include "common/face/face_types.h"

#include <algorithm>

namespace changeling {

const FaceObservation* FaceTrack::find(std::int64_t frame_index) const {
  const auto found = std::lower_bound(observations.begin(), observations.end(), frame_index,
                                      [](const FaceObservation& observation, std::int64_t index) {
                                        return observation.frame_index < index;
                                      });
  return found != observations.end() && found->frame_index == frame_index ? &*found : nullptr;
}

}  // namespace changeling
