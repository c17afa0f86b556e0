#include "generator/train_data/face_finder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/face/face_crops.h"
#include "common/tensor/image_ops.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr float kMinScore = 0.65F;
constexpr const char* kDetector = "det_rfb320";
constexpr const char* kLandmarks = "lmk68";
constexpr const char* kPose = "pose66";
constexpr int kAlignedPx = 112;
constexpr float kBoxSides = 5;

GraphNet open_net(const std::filesystem::path& models_dir, const char* id) {
  return GraphNet(imported_model_path(models_dir, id));
}

/// Half of the longer side around the picture: the detector wants room around a tight crop.
FrameWindow around_picture(const Frame& picture) {
  const int margin = std::max(picture.width_px(), picture.height_px()) / 2;
  return {-margin, -margin, picture.width_px() + 2 * margin, picture.height_px() + 2 * margin};
}

/// kBoxSides times the longer side of the box around its centre: RFB-320 sees a face of 64 px. No
/// larger than around_picture.
FrameWindow around_box(const Frame& picture, const BBox& box) {
  const FrameWindow most = around_picture(picture);
  const float half = kBoxSides / 2 * std::max(box.width, box.height);
  const auto place = [](float value, int first, int size) {
    return static_cast<int>(std::lround(
        std::clamp(value, static_cast<float>(first), static_cast<float>(first + size))));
  };
  const int left = place(box.center().x - half, most.x, most.width);
  const int top = place(box.center().y - half, most.y, most.height);
  const int right = place(box.center().x + half, most.x, most.width);
  const int bottom = place(box.center().y + half, most.y, most.height);
  return {left, top, right - left, bottom - top};
}

/// Each detection as a track of one frame, in pixels of the picture.
VideoAnalysis as_analysis(const std::vector<FaceDetection>& found, const FrameWindow& window) {
  VideoAnalysis analysis;
  analysis.n_frames = 1;
  for (const FaceDetection& face : found) {
    FaceObservation seen;
    seen.bbox_px = face.bbox_px;
    seen.bbox_px.x += static_cast<float>(window.x);
    seen.bbox_px.y += static_cast<float>(window.y);
    FaceTrack track;
    track.observations = {seen};
    track.side_px = std::min(face.bbox_px.width, face.bbox_px.height);
    analysis.tracks.push_back(track);
  }
  return analysis;
}

}  // namespace

Digest FaceFinder::networks(const std::filesystem::path& models_dir) {
  Sha256 files;
  for (const char* id : {kDetector, kLandmarks, kPose}) {
    files.update_field(sha256_file(imported_model_path(models_dir, id)).hex());
  }
  return files.finish();
}

FaceFinder::FaceFinder(const std::filesystem::path& models_dir, LandmarkSource source)
    : source_(source),
      detector_(open_net(models_dir, kDetector), kMinScore),
      landmarks_(open_net(models_dir, kLandmarks)),
      poses_(open_net(models_dir, kPose)) {}

std::optional<Landmarks> FaceFinder::detect(const Frame& picture, const TrackHint& hint) const {
  const FrameWindow window = hint.boxes.empty() ? around_picture(picture)
                                                : around_box(picture, hint.boxes.front().bbox_px);
  if (window.width < 1 || window.height < 1) {  // a box outside the picture
    return std::nullopt;
  }
  const std::vector<Frame> frames = {cut_out(picture, window)};
  const std::vector<FaceDetection> found = detector_.detect(frames).front();
  const std::optional<std::size_t> chosen = choose_subject_track(as_analysis(found, window), hint);
  if (!chosen) {
    return std::nullopt;
  }
  const std::vector<Landmarks> first =
      landmarks_.from_detections(frames, {{0, found[*chosen].bbox_px}});
  Landmarks points = landmarks_.from_landmarks(frames, {0}, first).front();
  for (PointF& point : points) {
    point.x += static_cast<float>(window.x);
    point.y += static_cast<float>(window.y);
  }
  return points;
}

std::optional<FoundFace> FaceFinder::find(const Frame& picture, const StillAnnotation* annotation,
                                          const TrackHint& hint) const {
  const std::vector<Frame> frames = {picture};
  FoundFace face;
  if (annotation != nullptr && !annotation->landmarks_px.empty()) {
    face.landmarks_px = annotation->landmarks_px;
    if (source_ == LandmarkSource::kNetwork) {
      face.landmarks_px = landmarks_.from_landmarks(frames, {0}, {face.landmarks_px}).front();
    }
  } else if (std::optional<Landmarks> detected = detect(picture, hint)) {
    face.landmarks_px = std::move(*detected);
  } else {
    return std::nullopt;
  }
  face.pose_deg = poses_.estimate(frames, {0}, {face.landmarks_px}).front();
  face.sharpness =
      laplacian_variance(crop(picture, identity_alignment_112(face.landmarks_px), kAlignedPx));
  return face;
}

}  // namespace changeling
