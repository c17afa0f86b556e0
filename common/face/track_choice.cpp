#include "common/face/track_choice.h"

#include <algorithm>
#include <cmath>

#include "common/face/association.h"

namespace changeling {
namespace {

constexpr float kFittingIou = 0.5F;
constexpr float kLooseIou = 0.2F;  // a box of 2.2 times the face's side around it
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

bool contains(const BBox& box, PointF point) {
  return point.x >= box.x && point.x < box.right() && point.y >= box.y && point.y < box.bottom();
}

struct Fit {
  std::size_t track = 0;
  float iou = 0;
};

/// The track whose face at the box's frame is the one in the box.
std::optional<Fit> fit_of(const VideoAnalysis& analysis, const FrameBox& box) {
  Fit best;
  Fit loose;
  int n_loose = 0;
  for (std::size_t i = 0; i < analysis.tracks.size(); ++i) {
    const FaceObservation* face = near_frame(analysis.tracks[i], box.frame_index);
    const float share = face == nullptr ? 0 : iou(face->bbox_px, box.bbox_px);
    if (share > best.iou) {
      best = {i, share};
    }
    if (share >= kLooseIou && contains(box.bbox_px, face->bbox_px.center())) {
      loose = {i, share};
      ++n_loose;
    }
  }
  if (best.iou >= kFittingIou) {
    return best;
  }
  return n_loose == 1 ? std::optional<Fit>(loose) : std::nullopt;
}

std::optional<std::size_t> by_boxes(const VideoAnalysis& analysis,
                                    const std::vector<FrameBox>& boxes) {
  std::vector<float> sums(analysis.tracks.size());
  for (const FrameBox& box : boxes) {
    if (const std::optional<Fit> fit = fit_of(analysis, box)) {
      sums[fit->track] += fit->iou;
    }
  }
  const auto most = std::max_element(sums.begin(), sums.end());
  if (most == sums.end() || *most <= 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(most - sums.begin());
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

std::optional<std::size_t> by_identity(const VideoAnalysis& analysis,
                                       const std::vector<float>& identity) {
  std::optional<std::size_t> best;
  float best_cosine = kMinCosine;
  for (std::size_t i = 0; i < analysis.tracks.size(); ++i) {
    const float cosine = identity_cosine(analysis.tracks[i].identity, identity);
    if (best ? cosine > best_cosine : cosine >= kMinCosine) {
      best = i;
      best_cosine = cosine;
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
    chosen = by_identity(analysis, hint.identity);
  }
  const bool may_be_another = hint.others_are_seen || !hint.boxes.empty() || !hint.identity.empty();
  return chosen || may_be_another ? chosen : only_plausible(analysis);
}

}  // namespace changeling
