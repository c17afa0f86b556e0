#include "common/face/landmark_layout.h"

#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

using Indices = std::vector<std::size_t>;

/// The points first..last, both included.
Indices range(std::size_t first, std::size_t last) {
  Indices indices(last - first + 1);
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

Indices joined(std::initializer_list<Indices> parts) {
  Indices all;
  for (const Indices& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

void swap_mirrored(Indices& flip, const Indices& left, const Indices& right) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    flip.at(left[i]) = right.at(i);
    flip.at(right[i]) = left[i];
  }
}

/// Points 0..last run along the jaw from the one ear to the other.
void swap_jaw(Indices& flip, std::size_t last) {
  for (std::size_t i = 0; i <= last; ++i) {
    flip[i] = last - i;
  }
}

LandmarkLayout make_68() {
  LandmarkLayout layout;
  layout.count = 68;
  layout.flip = range(0, 67);
  swap_jaw(layout.flip, 16);
  swap_mirrored(layout.flip, range(17, 21), {26, 25, 24, 23, 22});
  swap_mirrored(layout.flip, {31, 32}, {35, 34});
  swap_mirrored(layout.flip, range(36, 41), {45, 44, 43, 42, 47, 46});
  swap_mirrored(layout.flip, {48, 49, 50, 59, 58}, {54, 53, 52, 55, 56});
  swap_mirrored(layout.flip, {60, 61, 67}, {64, 63, 65});
  layout.groups = {range(0, 16),
                   range(27, 35),
                   joined({range(49, 53), range(61, 63)}),
                   joined({{48}, range(54, 60), range(64, 67)}),
                   range(17, 21),
                   range(22, 26),
                   range(36, 41),
                   range(42, 47)};
  layout.inner_mouth = range(60, 67);
  return layout;
}

LandmarkLayout make_98() {
  LandmarkLayout layout;
  layout.count = 98;
  layout.flip = range(0, 97);
  swap_jaw(layout.flip, 32);
  swap_mirrored(layout.flip, range(33, 41), {46, 45, 44, 43, 42, 50, 49, 48, 47});
  swap_mirrored(layout.flip, {55, 56}, {59, 58});
  swap_mirrored(layout.flip, joined({range(60, 67), {96}}), {72, 71, 70, 69, 68, 75, 74, 73, 97});
  swap_mirrored(layout.flip, {76, 77, 78, 87, 86}, {82, 81, 80, 83, 84});
  swap_mirrored(layout.flip, {88, 89, 95}, {92, 91, 93});
  layout.groups = {range(0, 32),
                   range(51, 59),
                   joined({range(77, 81), range(89, 91)}),
                   joined({{76}, range(82, 88), range(92, 95)}),
                   range(33, 41),
                   range(42, 50),
                   range(60, 67),
                   range(68, 75),
                   {96},
                   {97}};
  layout.inner_mouth = range(88, 95);
  return layout;
}

Indices make_98_to_68() {
  Indices jaw;
  for (std::size_t i = 0; i <= 32; i += 2) {
    jaw.push_back(i);
  }
  return joined({jaw,
                 range(33, 37),
                 range(42, 46),
                 range(51, 59),
                 {60, 61, 63, 64, 65, 67, 68, 69, 71, 72, 73, 75},
                 range(76, 95)});
}

}  // namespace

const LandmarkLayout& landmark_layout(std::size_t count) {
  static const std::array<LandmarkLayout, 2> layouts = {make_68(), make_98()};
  for (const LandmarkLayout& layout : layouts) {
    if (layout.count == count) {
      return layout;
    }
  }
  throw Error(ErrorKind::kConfig,
              "no layout of " + std::to_string(count) + " landmarks is known: use 68 or 98");
}

Landmarks landmarks_98_to_68(const Landmarks& landmarks) {
  CHANGELING_REQUIRE(landmarks.size() == 98, "98 landmarks are needed");
  static const Indices kept = make_98_to_68();
  Landmarks subset;
  subset.reserve(kept.size());
  for (const std::size_t index : kept) {
    subset.push_back(landmarks[index]);
  }
  return subset;
}

Landmarks flip_landmarks(const Landmarks& landmarks, float width) {
  const LandmarkLayout& layout = landmark_layout(landmarks.size());
  Landmarks flipped(landmarks.size());
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    flipped[layout.flip[i]] = {width - landmarks[i].x, landmarks[i].y};
  }
  return flipped;
}

double landmark_error_percent(const Landmarks& found, const Landmarks& wanted) {
  constexpr std::size_t kPoints = 68;
  constexpr std::size_t kRightEyeOuter = 36;  // the subject's right
  constexpr std::size_t kLeftEyeOuter = 45;
  CHANGELING_REQUIRE(found.size() == kPoints && wanted.size() == kPoints,
                     "two faces of 68 landmarks are needed");
  const auto distance = [](PointF a, PointF b) {
    return std::hypot(static_cast<double>(a.x) - static_cast<double>(b.x),
                      static_cast<double>(a.y) - static_cast<double>(b.y));
  };
  double sum = 0;
  for (std::size_t i = 0; i < kPoints; ++i) {
    sum += distance(found[i], wanted[i]);
  }
  const double eyes = distance(wanted[kRightEyeOuter], wanted[kLeftEyeOuter]);
  return 100 * sum / static_cast<double>(kPoints) / eyes;
}

EulerPose flip_pose(const EulerPose& pose) {
  return {-pose.yaw_deg, pose.pitch_deg, -pose.roll_deg};
}

}  // namespace changeling
