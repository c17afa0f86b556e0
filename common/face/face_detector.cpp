#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"
#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

constexpr int kInputWidth = 320;
constexpr int kInputHeight = 240;
constexpr float kNmsIou = 0.4F;
constexpr std::size_t kMaxBatch = 8;

/// Boxes above the threshold, best first; equal scores keep the order of the anchors.
std::vector<FaceDetection> decode(const at::Tensor& scores, const at::Tensor& corners,
                                  const Frame& frame, float threshold) {
  const auto score = scores.accessor<float, 2>();
  const auto corner = corners.accessor<float, 2>();
  const auto width = static_cast<float>(frame.width_px());
  const auto height = static_cast<float>(frame.height_px());
  std::vector<FaceDetection> found;
  for (std::int64_t i = 0; i < score.size(0); ++i) {
    if (score[i][1] > threshold) {
      const BBox box = {corner[i][0] * width, corner[i][1] * height,
                        (corner[i][2] - corner[i][0]) * width,
                        (corner[i][3] - corner[i][1]) * height};
      if (box.area() > 0) {
        found.push_back({box, score[i][1]});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const FaceDetection& a, const FaceDetection& b) {
    return a.score > b.score;
  });
  return found;
}

std::vector<FaceDetection> suppress_overlaps(const std::vector<FaceDetection>& sorted) {
  std::vector<FaceDetection> kept;
  for (const FaceDetection& candidate : sorted) {
    const bool is_new =
        std::none_of(kept.begin(), kept.end(), [&candidate](const FaceDetection& better) {
          return iou(better.bbox_px, candidate.bbox_px) > kNmsIou;
        });
    if (is_new) {
      kept.push_back(candidate);
    }
  }
  return kept;
}

}  // namespace

FaceDetector::FaceDetector(GraphNet net, float score_threshold)
    : net_(std::move(net)), score_threshold_(score_threshold) {
  CHANGELING_REQUIRE(net_.id() == "det_rfb320", "the face detector runs det_rfb320");
}

std::vector<std::vector<FaceDetection>> FaceDetector::detect(
    const std::vector<Frame>& frames) const {
  const c10::NoGradGuard no_gradients;
  std::vector<std::vector<FaceDetection>> found;
  for (std::size_t first = 0; first < frames.size(); first += kMaxBatch) {
    const std::size_t last = std::min(first + kMaxBatch, frames.size());
    std::vector<at::Tensor> inputs;
    for (std::size_t i = first; i < last; ++i) {
      inputs.push_back(resize_frame(frame_at(frames, i), kInputWidth, kInputHeight));
    }
    const auto outputs = net_.run((at::stack(inputs) - 127) / 128);
    for (std::size_t i = first; i < last; ++i) {
      const auto row = static_cast<std::int64_t>(i - first);
      found.push_back(suppress_overlaps(decode(outputs.at("scores")[row].contiguous(),
                                               outputs.at("boxes")[row].contiguous(), frames[i],
                                               score_threshold_)));
    }
  }
  return found;
}

}  // namespace changeling
