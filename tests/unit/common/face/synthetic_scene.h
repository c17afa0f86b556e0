// Moving boxes that answer like the face networks, for tests of the tracking rules.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "common/face/association.h"
#include "common/face/face_sensor.h"
#include "common/face/face_tracker.h"

namespace changeling {

/// 68 points in a box as the networks would put them: an ellipse in the lower part.
inline Landmarks landmarks_in(const BBox& box) {
  Landmarks points;
  for (int i = 0; i < 68; ++i) {
    const double angle = 2 * 3.14159265358979 * i / 68;
    points.push_back(
        {box.center().x + box.width / 2 * static_cast<float>(std::cos(angle)),
         box.center().y + box.height * (0.1F + 0.4F * static_cast<float>(std::sin(angle)))});
  }
  return points;
}

/// Somebody, or something that looks like a face for a while.
struct Actor {
  std::size_t identity = 0;  ///< index of a basis vector
  std::function<std::optional<BBox>(std::int64_t frame_index)> box_at;
  float score = 0.95F;
};

/// Visible at one place for frames [first, last).
inline std::function<std::optional<BBox>(std::int64_t)> stays(const BBox& box, std::int64_t first,
                                                              std::int64_t last) {
  return [=](std::int64_t frame) {
    return frame >= first && frame < last ? std::optional<BBox>(box) : std::nullopt;
  };
}

/// Actors named first stand in front: they hide those behind that overlap by more than IoU 0.4.
class SyntheticScene : public FaceSensor {
 public:
  explicit SyntheticScene(std::vector<Actor> actors) : actors_(std::move(actors)) {}

  [[nodiscard]] std::vector<std::vector<FaceDetection>> detect(std::int64_t first,
                                                               std::int64_t last) const override {
    std::vector<std::vector<FaceDetection>> found;
    for (std::int64_t frame = first; frame < last; ++frame) {
      ++detector_calls;
      std::vector<FaceDetection> faces;
      for (const Actor* actor : visible(frame)) {
        faces.push_back({*actor->box_at(frame), actor->score});
      }
      std::stable_sort(
          faces.begin(), faces.end(),
          [](const FaceDetection& a, const FaceDetection& b) { return a.score > b.score; });
      found.push_back(std::move(faces));
    }
    return found;
  }

  [[nodiscard]] std::vector<Landmarks> locate(std::int64_t,
                                              const std::vector<BBox>& boxes) const override {
    std::vector<Landmarks> found;
    for (const BBox& box : boxes) {
      found.push_back(landmarks_in(box));
    }
    return found;
  }

  /// The face nearest to where it was; on a background without faces the landmarks stay.
  [[nodiscard]] std::vector<Landmarks> follow(
      std::int64_t frame_index, const std::vector<Landmarks>& previous) const override {
    std::vector<Landmarks> found;
    for (const Landmarks& landmarks : previous) {
      const Actor* actor = nearest(frame_index, landmarks);
      found.push_back(actor ? landmarks_in(*actor->box_at(frame_index)) : landmarks);
    }
    return found;
  }

  /// Yaw counts frames, so that a test sees which frame a pose was measured in.
  [[nodiscard]] std::vector<EulerPose> poses(const std::vector<LocatedFace>& faces) const override {
    std::vector<EulerPose> poses;
    for (const LocatedFace& face : faces) {
      poses.push_back({static_cast<float>(face.frame_index), 0, 0});
    }
    return poses;
  }

  [[nodiscard]] std::vector<float> sharpness(const std::vector<LocatedFace>& faces) const override {
    return std::vector<float>(faces.size(), 100.0F);
  }

  [[nodiscard]] std::vector<std::vector<float>> identities(
      const std::vector<LocatedFace>& faces) const override {
    std::vector<std::vector<float>> identities;
    for (const LocatedFace& face : faces) {
      std::vector<float> identity(8);
      if (const Actor* actor = nearest(face.frame_index, face.landmarks)) {
        identity[actor->identity] = 1;
      }
      identities.push_back(std::move(identity));
    }
    return identities;
  }

  mutable std::int64_t detector_calls = 0;

 private:
  [[nodiscard]] std::vector<const Actor*> visible(std::int64_t frame) const {
    std::vector<const Actor*> shown;
    for (const Actor& actor : actors_) {
      const std::optional<BBox> box = actor.box_at(frame);
      if (box && std::none_of(shown.begin(), shown.end(), [&](const Actor* front) {
            return iou(*front->box_at(frame), *box) > 0.4F;
          })) {
        shown.push_back(&actor);
      }
    }
    return shown;
  }

  /// Within one box width.
  [[nodiscard]] const Actor* nearest(std::int64_t frame, const Landmarks& landmarks) const {
    const PointF center = bounding_box(landmarks).center();
    const Actor* best = nullptr;
    float best_distance = std::numeric_limits<float>::max();
    for (const Actor* actor : visible(frame)) {
      const BBox face = bounding_box(landmarks_in(*actor->box_at(frame)));
      const float away = std::hypot(face.center().x - center.x, face.center().y - center.y);
      if (away < face.width && away < best_distance) {
        best = actor;
        best_distance = away;
      }
    }
    return best;
  }

  std::vector<Actor> actors_;
};

/// Tracks frames [0, n_frames) as the analyzer would.
inline TrackedFaces track_scene(const SyntheticScene& scene, std::int64_t n_frames,
                                const AnalysisOptions& options = {},
                                const std::vector<std::int64_t>& cuts = {}) {
  FaceTracker tracker(options, scene);
  std::vector<std::int64_t> new_cuts;
  for (std::int64_t frame = 0; frame < n_frames; ++frame) {
    if (std::find(cuts.begin(), cuts.end(), frame) != cuts.end()) {
      new_cuts.push_back(frame);
    }
    if (frame % options.detect_every == 0 || frame == n_frames - 1) {
      tracker.advance(frame, new_cuts);
      new_cuts.clear();
    }
  }
  return tracker.finish();
}

}  // namespace changeling
