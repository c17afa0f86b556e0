#include "common/face/face_tracker.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"

// Note [Confirmation]
// The detector errs mostly for single frames and on small or odd boxes. Three filters: landmarks
// must fit the box (fits_detection), a tracklet starts only at the score threshold (a weaker
// detection may continue it), and a track with fewer than kMinConfirmed confirmed frames is
// dropped: those with such a detection, and those followed from one detection to such another.
// Frames that lose their only face this way carry kBelowScore.

namespace changeling {
namespace {

constexpr std::int64_t kMinConfirmed = 3;
constexpr float kContained = 0.8F;

/// Share of the smaller box that lies in the other one.
float containment(const BBox& a, const BBox& b) {
  const float overlap = iou(a, b);
  const float intersection = overlap / (1 + overlap) * (a.area() + b.area());
  return intersection / std::max(std::min(a.area(), b.area()), 1e-6F);
}

bool is_longer(const FaceTrack& a, const FaceTrack& b) {
  if (a.observations.size() != b.observations.size()) {
    return a.observations.size() > b.observations.size();
  }
  return a.side_px != b.side_px ? a.side_px > b.side_px : a.first_frame() < b.first_frame();
}

}  // namespace

FaceTracker::FaceTracker(const AnalysisOptions& options, const FaceSensor& sensor)
    : options_(options), rules_{options.min_track_iou, options.score_threshold}, sensor_(sensor) {}

FaceTracker::Detections FaceTracker::usable(std::int64_t frame_index,
                                            const Detections& detections) {
  ++detector_frames_;
  NoFaceReason& reason = reasons_.at(static_cast<std::size_t>(frame_index));
  Detections kept;
  for (const FaceDetection& face : detections) {
    const bool is_strong = face.score >= options_.score_threshold;
    if (std::min(face.bbox_px.width, face.bbox_px.height) <
        static_cast<float>(options_.min_face_px)) {
      reason = is_strong ? NoFaceReason::kTooSmall : reason;
      continue;
    }
    if (!is_strong && reason == NoFaceReason::kNothingDetected) {
      reason = NoFaceReason::kBelowScore;
    }
    // A second, nested box on the same face passes non-maximum suppression.
    if (std::none_of(kept.begin(), kept.end(), [&face](const FaceDetection& better) {
          return containment(better.bbox_px, face.bbox_px) > kContained;
        })) {
      kept.push_back(face);
    }
  }
  return kept;
}

void FaceTracker::advance(std::int64_t last, const std::vector<std::int64_t>& cuts) {
  const auto first = static_cast<std::int64_t>(reasons_.size());
  CHANGELING_REQUIRE(last >= first, "frames are tracked in order");
  reasons_.resize(static_cast<std::size_t>(last) + 1, NoFaceReason::kNothingDetected);
  const Detections at_last = usable(last, sensor_.detect(last, last + 1).front());
  if (!cuts.empty() || !follow(first, last, at_last)) {
    const std::vector<Detections> between = sensor_.detect(first, last);
    for (std::int64_t frame = first; frame <= last; ++frame) {
      if (std::find(cuts.begin(), cuts.end(), frame) != cuts.end()) {
        ++shot_;
        live_.clear();
      }
      step(frame, frame == last ? at_last
                                : usable(frame, between[static_cast<std::size_t>(frame - first)]));
    }
  }
  measure_new_observations();
}

bool FaceTracker::is_strong(const FaceObservation& face) const {
  return face.status == FaceStatus::kDetected && face.score >= options_.score_threshold;
}

std::vector<BBox> FaceTracker::live_boxes() const {
  std::vector<BBox> boxes;
  for (const std::size_t tracklet : live_) {
    boxes.push_back(tracklets_[tracklet].observations.back().bbox_px);
  }
  return boxes;
}

FaceObservation FaceTracker::detected(std::int64_t frame_index, const FaceDetection& face,
                                      const Landmarks& landmarks) const {
  FaceObservation observation;
  observation.frame_index = frame_index;
  observation.bbox_px = face.bbox_px;
  observation.score = face.score;
  observation.landmarks = landmarks;
  observation.status = FaceStatus::kDetected;
  return observation;
}

bool FaceTracker::follow(std::int64_t first, std::int64_t last, const Detections& at_last) {
  std::vector<std::vector<FaceObservation>> followed;
  std::vector<BoxAroundLandmarks> boxes;
  std::vector<Landmarks> current;
  for (const std::size_t tracklet : live_) {
    const FaceObservation& face = tracklets_[tracklet].observations.back();
    followed.push_back({face});
    boxes.emplace_back(face.bbox_px, face.landmarks);
    current.push_back(face.landmarks);
  }
  for (std::int64_t frame = first; frame < last && !live_.empty(); ++frame) {
    const std::vector<Landmarks> next = sensor_.follow(frame, current);
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (!is_plausible_step(current[i], next[i])) {
        return false;
      }
      FaceObservation face = followed[i].back();
      face.frame_index = frame;
      face.bbox_px = boxes[i].apply(next[i]);
      face.landmarks = next[i];
      face.status = FaceStatus::kTracked;
      followed[i].push_back(std::move(face));
    }
    current = next;
  }
  if (!confirm(last, at_last, followed)) {
    return false;
  }
  for (std::size_t i = 0; i < live_.size(); ++i) {
    if (is_strong(followed[i].back())) {
      tracklets_[live_[i]].confirmed += last - first;
    }
    for (std::size_t k = 1; k < followed[i].size(); ++k) {  // 0 is known already
      extend(live_[i], std::move(followed[i][k]));
    }
  }
  // Nobody looked at the frames between; they are as empty as the frame that ends them.
  std::fill(reasons_.begin() + static_cast<std::ptrdiff_t>(first), reasons_.end(), reasons_.back());
  return true;
}

bool FaceTracker::confirm(std::int64_t last, const Detections& at_last,
                          std::vector<std::vector<FaceObservation>>& followed) const {
  std::vector<BBox> boxes;
  for (const std::vector<FaceObservation>& faces : followed) {
    boxes.push_back(faces.back().bbox_px);
  }
  const Association match = associate(boxes, at_last, rules_, {});
  std::vector<BBox> matched;
  std::size_t n_strong = 0;
  for (const std::optional<std::size_t>& face : match.face_of_track) {
    if (!face) {
      return false;
    }
    matched.push_back(at_last[*face].bbox_px);
    n_strong += at_last[*face].score >= options_.score_threshold ? 1 : 0;
  }
  const auto all_strong = std::count_if(
      at_last.begin(), at_last.end(),
      [this](const FaceDetection& face) { return face.score >= options_.score_threshold; });
  if (match.had_choice || n_strong != static_cast<std::size_t>(all_strong)) {
    return false;
  }
  const std::vector<Landmarks> landmarks = sensor_.locate(last, matched);
  for (std::size_t i = 0; i < matched.size(); ++i) {
    if (!fits_detection(landmarks[i], matched[i]) ||
        !is_plausible_step(followed[i].back().landmarks, landmarks[i])) {
      return false;
    }
    followed[i].push_back(detected(last, at_last[*match.face_of_track[i]], landmarks[i]));
  }
  return true;
}

void FaceTracker::step(std::int64_t frame_index, const Detections& faces) {
  std::vector<BBox> boxes;
  for (const FaceDetection& face : faces) {
    boxes.push_back(face.bbox_px);
  }
  const std::vector<Landmarks> landmarks = sensor_.locate(frame_index, boxes);
  const auto similarity = [&](std::size_t track, std::size_t face) {
    const auto identities = sensor_.identities({{frame_index, landmarks[face]}});
    return identity_cosine(unit_vector(tracklets_[live_[track]].identity_sum), identities.front());
  };
  const Association match = associate(live_boxes(), faces, rules_, similarity);
  std::vector<std::optional<std::size_t>> tracklet_of_face(faces.size());
  for (std::size_t i = 0; i < live_.size(); ++i) {
    if (match.face_of_track[i]) {
      tracklet_of_face[*match.face_of_track[i]] = live_[i];
    }
  }
  live_.clear();
  for (std::size_t j = 0; j < faces.size(); ++j) {
    const std::optional<std::size_t>& tracklet = tracklet_of_face[j];
    if (!fits_detection(landmarks[j], faces[j].bbox_px)) {
      reasons_[static_cast<std::size_t>(frame_index)] = NoFaceReason::kBelowScore;
    } else if (tracklet && is_plausible_step(tracklets_[*tracklet].observations.back().landmarks,
                                             landmarks[j])) {
      extend(*tracklet, detected(frame_index, faces[j], landmarks[j]));
      live_.push_back(*tracklet);
    } else if (faces[j].score >= options_.score_threshold) {
      start(frame_index, faces[j], landmarks[j]);
    }
  }
}

void FaceTracker::start(std::int64_t frame_index, const FaceDetection& face,
                        const Landmarks& landmarks) {
  Tracklet tracklet;
  tracklet.shot = shot_;
  add_identity(tracklet, sensor_.identities({{frame_index, landmarks}}).front());
  tracklets_.push_back(std::move(tracklet));
  measured_.push_back(0);
  extend(tracklets_.size() - 1, detected(frame_index, face, landmarks));
  live_.push_back(tracklets_.size() - 1);
}

void FaceTracker::extend(std::size_t tracklet, FaceObservation observation) {
  Tracklet& extended = tracklets_[tracklet];
  const bool is_strong =
      observation.status == FaceStatus::kDetected && observation.score >= options_.score_threshold;
  extended.confirmed += is_strong ? 1 : 0;
  extended.observations.push_back(std::move(observation));
}

void FaceTracker::add_identity(Tracklet& tracklet, const std::vector<float>& identity) {
  tracklet.identity_sum.resize(identity.size());
  for (std::size_t i = 0; i < identity.size(); ++i) {
    tracklet.identity_sum[i] += identity[i];
  }
}

void FaceTracker::measure_new_observations() {
  std::vector<FaceObservation*> unmeasured;
  std::vector<LocatedFace> faces;
  std::vector<Tracklet*> embedded;
  std::vector<LocatedFace> to_embed;
  for (std::size_t t = 0; t < tracklets_.size(); ++t) {
    std::vector<FaceObservation>& observations = tracklets_[t].observations;
    for (; measured_[t] < observations.size(); ++measured_[t]) {
      FaceObservation& face = observations[measured_[t]];
      unmeasured.push_back(&face);
      faces.push_back({face.frame_index, face.landmarks});
      // The first observation was embedded when the tracklet started.
      if (measured_[t] > 0 &&
          measured_[t] % static_cast<std::size_t>(options_.identity_every) == 0) {
        embedded.push_back(&tracklets_[t]);
        to_embed.push_back(faces.back());
      }
    }
  }
  const std::vector<EulerPose> poses = sensor_.poses(faces);
  const std::vector<float> sharpness = sensor_.sharpness(faces);
  for (std::size_t i = 0; i < unmeasured.size(); ++i) {
    unmeasured[i]->pose_deg = poses[i];
    unmeasured[i]->sharpness = sharpness[i];
  }
  const std::vector<std::vector<float>> identities = sensor_.identities(to_embed);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    add_identity(*embedded[i], identities[i]);
  }
}

bool FaceTracker::is_confirmed(const Person& person) const {
  std::int64_t confirmed = 0;
  for (const Tracklet& part : person) {
    confirmed += part.confirmed;
  }
  return confirmed >= std::min(kMinConfirmed, detector_frames_);
}

TrackedFaces FaceTracker::finish() {
  TrackedFaces result;
  std::vector<bool> has_face(reasons_.size());
  for (const Person& person : join_tracklets(std::move(tracklets_), options_)) {
    if (is_confirmed(person)) {
      result.tracks.push_back(make_track(person, options_));
      for (const FaceObservation& face : result.tracks.back().observations) {
        has_face[static_cast<std::size_t>(face.frame_index)] = true;
      }
      continue;
    }
    for (const Tracklet& part : person) {
      for (const FaceObservation& face : part.observations) {
        reasons_[static_cast<std::size_t>(face.frame_index)] = NoFaceReason::kBelowScore;
      }
    }
  }
  std::stable_sort(result.tracks.begin(), result.tracks.end(), is_longer);
  for (std::size_t frame = 0; frame < has_face.size(); ++frame) {
    if (!has_face[frame]) {
      result.frames_without_face.push_back({static_cast<std::int64_t>(frame), reasons_[frame]});
    }
  }
  tracklets_.clear();
  live_.clear();
  measured_.clear();
  reasons_.clear();
  return result;
}

}  // namespace changeling
