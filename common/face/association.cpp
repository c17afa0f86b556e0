#include "common/face/association.h"

#include <algorithm>
#include <cmath>

namespace changeling {
namespace {

constexpr float kMaxStep = 0.35F;
constexpr float kMaxScaleStep = 1.2F;
constexpr float kWeakIou = 0.5F;
constexpr float kOverlapWeight = 0.25F;  // identity differs by about 0.6 between people

bool all_finite(const Landmarks& landmarks) {
  return std::all_of(landmarks.begin(), landmarks.end(), [](const PointF& point) {
    return std::isfinite(point.x) && std::isfinite(point.y);
  });
}

float longer_side(const BBox& box) {
  return std::max(box.width, box.height);
}

float distance(PointF a, PointF b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

struct Pair {
  std::size_t track;
  std::size_t face;
  float value;  ///< the larger, the better
};

std::vector<Pair> possible_pairs(const std::vector<BBox>& tracks,
                                 const std::vector<FaceDetection>& faces,
                                 const AssociationRules& rules) {
  std::vector<Pair> pairs;
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    for (std::size_t f = 0; f < faces.size(); ++f) {
      const float overlap = iou(tracks[t], faces[f].bbox_px);
      const bool is_weak = faces[f].score < rules.weak_score;
      if (overlap >= (is_weak ? std::max(kWeakIou, rules.min_iou) : rules.min_iou)) {
        pairs.push_back({t, f, overlap});
      }
    }
  }
  return pairs;
}

bool has_rival(const std::vector<Pair>& pairs, const Pair& pair) {
  return std::count_if(pairs.begin(), pairs.end(), [&pair](const Pair& other) {
           return other.track == pair.track || other.face == pair.face;
         }) > 1;
}

}  // namespace

bool is_plausible_step(const Landmarks& previous, const Landmarks& current) {
  if (!all_finite(previous) || !all_finite(current)) {
    return false;
  }
  const BBox before = bounding_box(previous);
  const BBox after = bounding_box(current);
  const float side = longer_side(before);
  const float ratio = longer_side(after) / std::max(side, 1e-6F);
  return side > 0 && distance(before.center(), after.center()) <= kMaxStep * side &&
         ratio <= kMaxScaleStep && ratio >= 1 / kMaxScaleStep;
}

bool fits_detection(const Landmarks& landmarks, const BBox& detection) {
  if (!all_finite(landmarks) || detection.area() <= 0) {
    return false;
  }
  const BBox box = bounding_box(landmarks);
  const PointF expected = detection.center();
  const PointF found = box.center();
  const float ratio = longer_side(box) / detection.height;
  return std::abs(found.x - expected.x) <= detection.width / 4 &&
         std::abs(found.y - expected.y) <= detection.height / 4 && ratio >= 0.4F && ratio <= 1.5F;
}

BoxAroundLandmarks::BoxAroundLandmarks(const BBox& bbox_px, const Landmarks& landmarks) {
  const BBox inner = bounding_box(landmarks);
  const float width = std::max(inner.width, 1e-3F);
  const float height = std::max(inner.height, 1e-3F);
  offset_ = {(bbox_px.center().x - inner.center().x) / width,
             (bbox_px.center().y - inner.center().y) / height};
  scale_ = {bbox_px.width / width, bbox_px.height / height};
}

BBox BoxAroundLandmarks::apply(const Landmarks& landmarks) const {
  const BBox inner = bounding_box(landmarks);
  const float width = inner.width * scale_.x;
  const float height = inner.height * scale_.y;
  return {inner.center().x + offset_.x * inner.width - width / 2,
          inner.center().y + offset_.y * inner.height - height / 2, width, height};
}

float identity_cosine(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) {
    return 0;
  }
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * b[i];
  }
  return static_cast<float>(sum);
}

std::vector<float> unit_vector(std::vector<float> values) {
  double squares = 0;
  for (const float value : values) {
    squares += static_cast<double>(value) * value;
  }
  if (squares > 0) {
    for (float& value : values) {
      value = static_cast<float>(value / std::sqrt(squares));
    }
  }
  return values;
}

Association associate(const std::vector<BBox>& tracks, const std::vector<FaceDetection>& faces,
                      const AssociationRules& rules, const LookSimilarity& similarity) {
  Association result;
  result.face_of_track.resize(tracks.size());
  const std::vector<Pair> possible = possible_pairs(tracks, faces, rules);
  std::vector<Pair> ranked = possible;
  for (Pair& pair : ranked) {
    if (has_rival(possible, pair)) {
      result.had_choice = true;
      if (similarity) {
        pair.value = similarity(pair.track, pair.face) + kOverlapWeight * pair.value;
      }
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Pair& a, const Pair& b) { return a.value > b.value; });
  std::vector<bool> is_taken(faces.size());
  for (const Pair& pair : ranked) {
    if (!result.face_of_track[pair.track] && !is_taken[pair.face]) {
      result.face_of_track[pair.track] = pair.face;
      is_taken[pair.face] = true;
    }
  }
  return result;
}

}  // namespace changeling
