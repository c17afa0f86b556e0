#include "generator/methods/track_check.h"

#include <fmt/format.h>

namespace changeling {
namespace {

bool has_face(const AnalyzedClip& clip) {
  return clip.track < clip.analysis.tracks.size() && !clip.face().observations.empty();
}

}  // namespace

std::optional<Rejected> check_track(const AnalyzedClip& clip, std::string_view role,
                                    double min_face_px, std::int64_t min_frames) {
  if (!has_face(clip)) {
    return Rejected{RejectReason::kNoFace, fmt::format("the {} clip has no face track", role)};
  }
  const FaceTrack& track = clip.face();
  if (track.side_px < min_face_px) {
    return Rejected{
        RejectReason::kFaceSmall,
        fmt::format("{} face {:.0f} px, at least {:.0f} needed", role, track.side_px, min_face_px)};
  }
  const auto frames = static_cast<std::int64_t>(track.observations.size());
  if (frames < min_frames) {
    return Rejected{
        RejectReason::kTrackShort,
        fmt::format("{} face in {} frames, at least {} needed", role, frames, min_frames)};
  }
  return std::nullopt;
}

}  // namespace changeling
