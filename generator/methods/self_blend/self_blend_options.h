// generator/methods/self_blend/self_blend_options.h: parameters of the self-blend. Layer 5.
#pragma once

namespace changeling {

struct SelfBlendOptions {
  float min_face_px = 64;     ///< median short side of the face: below -> kFaceSmall
  int min_track_frames = 10;  ///< frames of the track: fewer -> kTrackShort
};

}  // namespace changeling
