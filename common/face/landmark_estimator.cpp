#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"
#include "common/face/five_points.h"
#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

constexpr int kSize = 64;
constexpr float kFollowScale = 1.2F;
/// The net names pixels by their index; ours have their centres at +0.5. Without this the points
/// lie half a crop pixel up and left (1,146 frames of 347 people: error 6.66 instead of 5.84 % of
/// the eye distance).
constexpr float kPixelCenter = 0.5F;

std::vector<Landmarks> estimate(const GraphNet& net, const std::vector<FrameCrop>& crops) {
  const at::Tensor points = run_on_crops(crops, kSize, [&net](const at::Tensor& rgb) {
    return net.run(to_gray(rgb) / 256).at("output");
  });
  std::vector<Landmarks> faces;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const at::Tensor row = points[static_cast<std::int64_t>(i)].contiguous();
    const float* xy = row.data_ptr<float>();
    Landmarks landmarks;
    for (std::int64_t point = 0; point < row.numel() / 2; ++point) {
      landmarks.push_back(crops[i].transform.to_frame(
          {xy[2 * point] * kSize + kPixelCenter, xy[2 * point + 1] * kSize + kPixelCenter}));
    }
    require_68(landmarks);
    faces.push_back(std::move(landmarks));
  }
  return faces;
}

}  // namespace

LandmarkEstimator::LandmarkEstimator(GraphNet net) : net_(std::move(net)) {
  CHANGELING_REQUIRE(net_.id() == "lmk68", "the landmark estimator runs lmk68");
}

std::vector<Landmarks> LandmarkEstimator::from_detections(
    const std::vector<Frame>& frames, const std::vector<FaceRegion>& faces) const {
  std::vector<FrameCrop> crops;
  for (const FaceRegion& face : faces) {
    crops.push_back({&frame_at(frames, face.frame), detection_square(face.bbox_px, kSize)});
  }
  return estimate(net_, crops);
}

std::vector<Landmarks> LandmarkEstimator::from_landmarks(
    const std::vector<Frame>& frames, const std::vector<std::size_t>& frame_of_face,
    const std::vector<Landmarks>& previous) const {
  return estimate(net_, landmark_crops(frames, frame_of_face, previous, kFollowScale, kSize));
}

}  // namespace changeling
