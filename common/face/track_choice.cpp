#include "common/face/track_choice.h"

#include <algorithm>
#include <cmath>

#include "common/face/association.h"

namespace changeling {
namespace {

constexpr float kMinBoxIou = 0.5F;
constexpr float kMinCosine = 0.35F;
constexpr std::int64_t kMaxFramesAway = 5;  // a gap at the hinted frame
/// A track with less than this share of the main track's frames times size is a bystander.
constexpr double kPlausibleShare = 0.25;

/// The observation nearest to the frame, within kMaxFramesAway.
const FaceObservation* near_frame(const FaceTrack& track, std::int64_t frame_index) {
  for (std::int64_t away = 0; away <= kMaxFramesAway; ++away) {
    for (const std::int64_t frame : {frame_index - away, frame_index + away}) {
      if (const FaceObservation* face = track.find(frame)) {
        return face;
      }
    }
  }
  return nullptr;
}

/// The index with the largest value of at least `minimum`.
template <typename Value>
std::optional<std::size_t> best_track(const VideoAnalysis& analysis, float minimum, Value value) {
  std::optional<std::size_t> best;
  float best_value = minimum;
  for (std::size_t i = 0; i < analysis.tracks.size(); ++i) {
    const float candidate = value(analysis.tracks[i]);
    if (best ? candidate > best_value : candidate >= minimum) {
      best = i;
      best_value = candidate;
    }
  }
  return best;
}

/// Sum of the overlaps that count.
float overlap(const FaceTrack& track, const std::vector<FrameBox>& boxes) {
  float sum = 0;
  for (const FrameBox& box : boxes) {
    const FaceObservation* face = near_frame(track, box.frame_index);
    const float share = face == nullptr ? 0 : iou(face->bbox_px, box.bbox_px);
    sum += share >= kMinBoxIou ? share : 0;
  }
  return sum;
}

std::optional<std::size_t> by_boxes(const VideoAnalysis& analysis,
                                    const std::vector<FrameBox>& boxes) {
  return best_track(analysis, kMinBoxIou,
                    [&boxes](const FaceTrack& track) { return overlap(track, boxes); });
}

bool contains(const BBox& box, PointF point) {
  return point.x >= box.x && point.x < box.right() && point.y >= box.y && point.y < box.bottom();
}

/// Of the tracks that begin with the point inside their box, the one that begins first; then the
/// one whose centre is nearest.
std::optional<std::size_t> by_point(const VideoAnalysis& analysis, PointF point) {
  std::optional<std::size_t> best;
  const auto distance = [point](const FaceTrack& track) {
    const PointF center = track.observations.front().bbox_px.center();
    return std::hypot(center.x - point.x, center.y - point.y);
  };
  for (std::size_t i = 0; i < analysis.tracks.size(); ++i) {
    const FaceTrack& track = analysis.tracks[i];
    if (!contains(track.observations.front().bbox_px, point)) {
      continue;
    }
    if (!best || track.first_frame() < analysis.tracks[*best].first_frame() ||
        (track.first_frame() == analysis.tracks[*best].first_frame() &&
         distance(track) < distance(analysis.tracks[*best]))) {
      best = i;
    }
  }
  return best;
}

double prominence(const FaceTrack& track) {
  return static_cast<double>(track.observations.size()) * track.side_px;
}

std::optional<std::size_t> only_plausible(const VideoAnalysis& analysis) {
  const std::vector<FaceTrack>& tracks = analysis.tracks;
  const auto main = std::max_element(
      tracks.begin(), tracks.end(),
      [](const FaceTrack& a, const FaceTrack& b) { return prominence(a) < prominence(b); });
  if (main == tracks.end()) {
    return std::nullopt;
  }
  const auto n_plausible = std::count_if(tracks.begin(), tracks.end(), [&](const FaceTrack& track) {
    return prominence(track) >= kPlausibleShare * prominence(*main);
  });
  if (n_plausible > 1) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(main - tracks.begin());
}

}  // namespace

std::optional<std::size_t> choose_subject_track(const VideoAnalysis& analysis,
                                                const TrackHint& hint) {
  std::optional<std::size_t> chosen;
  if (!hint.boxes.empty()) {
    chosen = by_boxes(analysis, hint.boxes);
  }
  if (!chosen && hint.point_on_first_frame) {
    chosen = by_point(analysis, *hint.point_on_first_frame);
  }
  if (!chosen && !hint.identity.empty()) {
    chosen = best_track(analysis, kMinCosine, [&hint](const FaceTrack& track) {
      return identity_cosine(track.identity, hint.identity);
    });
  }
  // A box inside the analysed part that fits no track, or a face unlike all of them, means that the
  // subject was not found: the only face present is then somebody else's.
  const bool is_contradicted =
      !hint.identity.empty() ||
      std::any_of(hint.boxes.begin(), hint.boxes.end(),
                  [&](const FrameBox& box) { return box.frame_index < analysis.n_frames; });
  return chosen || is_contradicted ? chosen : only_plausible(analysis);
}

}  // namespace changeling
