#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/face/face_models.h"

namespace changeling {
namespace {

constexpr int kSize = 224;
constexpr float kScale = 1.5F;
constexpr int kBins = 66;

at::Tensor per_channel(const std::vector<float>& values) {
  return at::tensor(values).view({1, 3, 1, 1});
}

/// The expected bin of 66 logits, bins three degrees wide. Row by row, so that a face's bits do not
/// depend on the batch.
float expected_degrees(const at::Tensor& logits, std::int64_t row) {
  const at::Tensor values = logits[row].contiguous();
  const float* logit = values.data_ptr<float>();
  const float largest = *std::max_element(logit, logit + kBins);
  double sum = 0;
  double weighted = 0;
  for (int i = 0; i < kBins; ++i) {
    const double weight = std::exp(static_cast<double>(logit[i] - largest));
    sum += weight;
    weighted += weight * i;
  }
  return static_cast<float>(3 * weighted / sum - 99);
}

}  // namespace

PoseEstimator::PoseEstimator(GraphNet net) : net_(std::move(net)) {
  CHANGELING_REQUIRE(net_.id() == "pose66", "the pose estimator runs pose66");
}

std::vector<EulerPose> PoseEstimator::estimate(const std::vector<Frame>& frames,
                                               const std::vector<std::size_t>& frame_of_face,
                                               const std::vector<Landmarks>& landmarks) const {
  const at::Tensor mean = per_channel({0.485F, 0.456F, 0.406F}) * 255;
  const at::Tensor deviation = per_channel({0.229F, 0.224F, 0.225F}) * 255;
  const std::vector<FrameCrop> crops =
      landmark_crops(frames, frame_of_face, landmarks, kScale, kSize);
  const at::Tensor logits = run_on_crops(crops, kSize, [&](const at::Tensor& rgb) {
    const auto outputs = net_.run((rgb - mean) / deviation);
    return at::stack({outputs.at("output"), outputs.at("617"), outputs.at("618")}, 1);
  });
  std::vector<EulerPose> poses;
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const at::Tensor face = logits[static_cast<std::int64_t>(i)];
    // The net's yaw grows toward the image's left, ours toward the subject's left.
    poses.push_back(
        {-expected_degrees(face, 0), expected_degrees(face, 1), expected_degrees(face, 2)});
  }
  return poses;
}

}  // namespace changeling
