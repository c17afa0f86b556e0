#include "common/face/landmark_tensor.h"

#include <cstdint>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {

std::vector<Landmarks> to_landmarks(const at::Tensor& landmarks, float scale) {
  CHANGELING_REQUIRE(landmarks.dim() == 3 && landmarks.size(2) == 2,
                     "landmarks (N,L,2) are needed");
  const at::Tensor points = landmarks.detach().to(at::kCPU, at::kFloat).contiguous();
  const float* xy = points.data_ptr<float>();
  std::vector<Landmarks> faces;
  for (std::int64_t n = 0; n < points.size(0); ++n) {
    Landmarks face;
    for (std::int64_t i = 0; i < points.size(1); ++i, xy += 2) {
      face.push_back({xy[0] * scale, xy[1] * scale});
    }
    faces.push_back(std::move(face));
  }
  return faces;
}

at::Tensor to_tensor(const std::vector<Landmarks>& landmarks) {
  const auto n = static_cast<std::int64_t>(landmarks.size());
  const auto count = static_cast<std::int64_t>(landmarks.empty() ? 0 : landmarks.front().size());
  at::Tensor result = at::empty({n, count, 2}, at::kFloat);
  float* values = result.data_ptr<float>();
  for (const Landmarks& face : landmarks) {
    for (const PointF& point : face) {
      *values++ = point.x;
      *values++ = point.y;
    }
  }
  return result;
}

}  // namespace changeling
