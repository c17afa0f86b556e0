#include "common/face/face_crops.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/face/five_points.h"
#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

constexpr std::size_t kMaxBatch = 16;
constexpr float kDetectionShift = 0.10F;  // the landmark net was trained on lower crops

const std::vector<PointF> kTemplate150 = {
    {47.0F, 46.0F}, {99.9F, 46.0F}, {73.6F, 75.0F}, {50.6F, 103.5F}, {96.3F, 103.7F}};

}  // namespace

CropTransform detection_square(const BBox& detection, int size_px) {
  CHANGELING_REQUIRE(detection.area() > 0, "a face region must not be empty");
  const PointF center = detection.center();
  return CropTransform::square({center.x, center.y + kDetectionShift * detection.height},
                               detection.height, size_px);
}

CropTransform landmark_square(const Landmarks& landmarks, float scale, int size_px) {
  const BBox box = bounding_box(landmarks);
  const float longer_side = std::max(box.width, box.height);
  CHANGELING_REQUIRE(longer_side > 0, "landmarks coincide");
  return CropTransform::square(box.center(), scale * longer_side, size_px);
}

CropTransform identity_alignment_112(const Landmarks& landmarks) {
  return CropTransform::similarity(five_points(landmarks), five_point_template_112());
}

CropTransform identity_alignment_150(const Landmarks& landmarks) {
  return CropTransform::similarity(five_points(landmarks), kTemplate150);
}

at::Tensor run_on_crops(const std::vector<FrameCrop>& crops, int size_px,
                        const std::function<at::Tensor(const at::Tensor&)>& run) {
  const c10::NoGradGuard no_gradients;
  std::vector<at::Tensor> results;
  for (std::size_t first = 0; first < crops.size(); first += kMaxBatch) {
    std::vector<at::Tensor> pixels;
    for (std::size_t i = first; i < std::min(first + kMaxBatch, crops.size()); ++i) {
      pixels.push_back(crop(*crops[i].frame, crops[i].transform, size_px));
    }
    results.push_back(run(at::stack(pixels)));
  }
  return results.empty() ? at::Tensor() : at::cat(results);
}

std::vector<FrameCrop> landmark_crops(const std::vector<Frame>& frames,
                                      const std::vector<std::size_t>& frame_of_face,
                                      const std::vector<Landmarks>& landmarks, float scale,
                                      int size_px) {
  CHANGELING_REQUIRE(frame_of_face.size() == landmarks.size(), "one frame index per face");
  std::vector<FrameCrop> crops;
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    crops.push_back(
        {&frame_at(frames, frame_of_face[i]), landmark_square(landmarks[i], scale, size_px)});
  }
  return crops;
}

const Frame& frame_at(const std::vector<Frame>& frames, std::size_t index) {
  CHANGELING_REQUIRE(index < frames.size(), "no such frame in the batch");
  CHANGELING_REQUIRE(frames[index].format() == PixelFormat::kRgb24, "face networks need RGB");
  return frames[index];
}

}  // namespace changeling
