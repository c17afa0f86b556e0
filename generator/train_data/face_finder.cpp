#include "generator/train_data/face_finder.h"

#include <algorithm>
#include <cstring>

#include "common/face/face_crops.h"
#include "common/tensor/image_ops.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

constexpr float kMinScore = 0.65F;
constexpr int kAlignedPx = 112;

GraphNet open_net(const std::filesystem::path& models_dir, const char* id) {
  return GraphNet(imported_model_path(models_dir, id));
}

/// The picture with half of its longer side in black around it: the detector wants room.
Frame with_margin(const Frame& picture, int margin_px) {
  const int width = picture.width_px() + 2 * margin_px;
  const int height = picture.height_px() + 2 * margin_px;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(height) * 3);
  for (int y = 0; y < picture.height_px(); ++y) {
    const std::size_t to =
        (static_cast<std::size_t>(y + margin_px) * static_cast<std::size_t>(width) +
         static_cast<std::size_t>(margin_px)) *
        3;
    std::memcpy(pixels.data() + to,
                picture.data() + static_cast<std::size_t>(y) * picture.row_bytes(),
                picture.row_bytes());
  }
  return Frame(width, height, PixelFormat::kRgb24, std::move(pixels));
}

}  // namespace

FaceFinder::FaceFinder(const std::filesystem::path& models_dir, LandmarkSource source)
    : source_(source),
      detector_(open_net(models_dir, "det_rfb320"), kMinScore),
      landmarks_(open_net(models_dir, "lmk68")),
      poses_(open_net(models_dir, "pose66")) {}

std::optional<Landmarks> FaceFinder::detect(const Frame& picture) const {
  const int margin = std::max(picture.width_px(), picture.height_px()) / 2;
  const std::vector<Frame> padded = {with_margin(picture, margin)};
  const std::vector<FaceDetection> found = detector_.detect(padded).front();
  if (found.empty()) {
    return std::nullopt;
  }
  const auto largest = std::max_element(found.begin(), found.end(),
                                        [](const FaceDetection& a, const FaceDetection& b) {
                                          return a.bbox_px.area() < b.bbox_px.area();
                                        });
  const std::vector<Landmarks> first = landmarks_.from_detections(padded, {{0, largest->bbox_px}});
  Landmarks points = landmarks_.from_landmarks(padded, {0}, first).front();
  for (PointF& point : points) {
    point.x -= static_cast<float>(margin);
    point.y -= static_cast<float>(margin);
  }
  return points;
}

std::optional<FoundFace> FaceFinder::find(const Frame& picture,
                                          const StillAnnotation* annotation) const {
  const std::vector<Frame> frames = {picture};
  FoundFace face;
  if (annotation != nullptr && !annotation->landmarks_px.empty()) {
    face.landmarks_px = annotation->landmarks_px;
    if (source_ == LandmarkSource::kNetwork) {
      face.landmarks_px = landmarks_.from_landmarks(frames, {0}, {face.landmarks_px}).front();
    }
  } else if (std::optional<Landmarks> detected = detect(picture)) {
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
