#include "generator/methods/fsgan/crop_faces.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/face/face_box.h"

namespace changeling {
namespace {

using Observations = std::vector<FaceObservation>;

/// The first observation after `first` that a gap or a cut separates from it.
std::size_t end_of_run(const Observations& all, std::size_t first,
                       const std::vector<std::int64_t>& cuts) {
  std::size_t end = first + 1;
  while (end < all.size() && all[end].frame_index == all[end - 1].frame_index + 1 &&
         !std::binary_search(cuts.begin(), cuts.end(), all[end].frame_index)) {
    ++end;
  }
  return end;
}

void append_run(Observations& all, std::size_t first, std::size_t end, std::size_t run,
                const CropFilters& filters, std::vector<CropFace>& faces) {
  std::vector<BBox> boxes;
  std::vector<EulerPose> poses;
  std::vector<Landmarks> landmarks;
  boxes.reserve(end - first);
  poses.reserve(end - first);
  landmarks.reserve(end - first);
  for (std::size_t i = first; i < end; ++i) {
    boxes.push_back(face_box(all[i].landmarks));
    poses.push_back(all[i].pose_deg);
  }
  boxes = smooth_boxes(boxes, filters.box);
  poses = smooth_poses(poses, filters.pose_kernel);
  for (std::size_t i = first; i < end; ++i) {
    CropFace face;
    face.frame_index = all[i].frame_index;
    face.run = run;
    face.square = crop_square(boxes[i - first], filters.crop_scale);
    face.pose_deg = poses[i - first];
    face.sharpness = all[i].sharpness;
    face.is_interpolated = all[i].status == FaceStatus::kInterpolated;
    landmarks.push_back(to_crop(std::move(all[i].landmarks), face.square));
    faces.push_back(std::move(face));
  }
  landmarks = smooth_landmarks(std::move(landmarks), filters.landmarks);
  for (std::size_t i = first; i < end; ++i) {
    faces[i].landmarks = std::move(landmarks[i - first]);
  }
}

}  // namespace

std::vector<CropFace> crop_faces(FaceTrack track, const std::vector<std::int64_t>& cuts,
                                 const CropFilters& filters) {
  std::vector<CropFace> faces;
  faces.reserve(track.observations.size());
  std::size_t run = 0;
  for (std::size_t first = 0; first < track.observations.size(); ++run) {
    const std::size_t end = end_of_run(track.observations, first, cuts);
    append_run(track.observations, first, end, run, filters, faces);
    first = end;
  }
  return faces;
}

}  // namespace changeling
