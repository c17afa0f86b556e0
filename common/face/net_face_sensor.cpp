#include "common/face/net_face_sensor.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/tensor/image_ops.h"
#include "common/weights/model_manifest.h"

namespace changeling {
namespace {

std::vector<Landmarks> landmarks_of(const std::vector<LocatedFace>& faces) {
  std::vector<Landmarks> landmarks;
  for (const LocatedFace& face : faces) {
    landmarks.push_back(face.landmarks);
  }
  return landmarks;
}

}  // namespace

NetFaceSensor::NetFaceSensor(const std::filesystem::path& models_dir, float weak_score, int tile_px)
    : detector_(open(models_dir, "det_rfb320"), weak_score, tile_px),
      landmarks_(open(models_dir, "lmk68")),
      poses_(open(models_dir, "pose66")),
      identities_(open(models_dir, "id512")) {}

GraphNet NetFaceSensor::open(const std::filesystem::path& models_dir, const char* id) {
  GraphNet net(imported_model_path(models_dir, id));
  if (net.id() != id) {
    throw Error(ErrorKind::kModel, "'" + imported_model_path(models_dir, id).string() +
                                       "' holds the network '" + net.id() +
                                       "' (run 'changeling models import')");
  }
  const ModelEntry& entry = ModelManifest::builtin().find(id);
  models_.push_back(
      {entry.id, entry.package, entry.version, net.source_sha256(), entry.licence, ""});
  return net;
}

void NetFaceSensor::push(const Frame& frame) {
  CHANGELING_REQUIRE(frame.format() == PixelFormat::kRgb24, "face analysis needs RGB frames");
  frames_.push_back(frame);
}

void NetFaceSensor::drop_before(std::int64_t frame_index) {
  const std::int64_t count = std::clamp<std::int64_t>(frame_index - first_index_, 0,
                                                      static_cast<std::int64_t>(frames_.size()));
  frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(count));
  first_index_ += count;
}

void NetFaceSensor::clear() {
  frames_.clear();
  first_index_ = 0;
}

std::size_t NetFaceSensor::place(std::int64_t frame_index) const {
  CHANGELING_REQUIRE(frame_index >= first_index_, "the frame has left the look-ahead");
  return static_cast<std::size_t>(frame_index - first_index_);
}

std::vector<std::size_t> NetFaceSensor::places(const std::vector<LocatedFace>& faces) const {
  std::vector<std::size_t> places;
  for (const LocatedFace& face : faces) {
    places.push_back(place(face.frame_index));
  }
  return places;
}

std::vector<std::vector<FaceDetection>> NetFaceSensor::detect(std::int64_t first,
                                                              std::int64_t last) const {
  std::vector<Frame> frames;
  for (std::int64_t frame = first; frame < last; ++frame) {
    frames.push_back(frames_.at(place(frame)));
  }
  return detector_.detect(frames);
}

std::vector<Landmarks> NetFaceSensor::locate(std::int64_t frame_index,
                                             const std::vector<BBox>& boxes) const {
  std::vector<FaceRegion> regions;
  for (const BBox& box : boxes) {
    regions.push_back({place(frame_index), box});
  }
  // A second look from the same distance as follow(), so that detected and followed frames agree.
  return follow(frame_index, landmarks_.from_detections(frames_, regions));
}

std::vector<Landmarks> NetFaceSensor::follow(std::int64_t frame_index,
                                             const std::vector<Landmarks>& previous) const {
  const std::vector<std::size_t> frame_of_face(previous.size(), place(frame_index));
  return landmarks_.from_landmarks(frames_, frame_of_face, previous);
}

std::vector<EulerPose> NetFaceSensor::poses(const std::vector<LocatedFace>& faces) const {
  return poses_.estimate(frames_, places(faces), landmarks_of(faces));
}

std::vector<float> NetFaceSensor::sharpness(const std::vector<LocatedFace>& faces) const {
  std::vector<float> values;
  for (const LocatedFace& face : faces) {
    values.push_back(laplacian_variance(
        crop(frames_[place(face.frame_index)], identity_alignment_112(face.landmarks), 112)));
  }
  return values;
}

std::vector<std::vector<float>> NetFaceSensor::identities(
    const std::vector<LocatedFace>& faces) const {
  const at::Tensor embedded = identities_.embed(frames_, places(faces), landmarks_of(faces));
  std::vector<std::vector<float>> identities;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const at::Tensor row = embedded[static_cast<std::int64_t>(i)].contiguous();
    const float* values = row.data_ptr<float>();
    identities.emplace_back(values, values + row.numel());
  }
  return identities;
}

}  // namespace changeling
