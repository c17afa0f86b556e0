// common/face/face_sensor.h: what the tracker asks of the networks, so that its rules can be tested
// on synthetic scenes. Layer 3, no Torch.
#pragma once

#include <cstdint>
#include <vector>

#include "common/face/face_types.h"

namespace changeling {

/// A face with its landmarks in one frame.
struct LocatedFace {
  std::int64_t frame_index = 0;
  Landmarks landmarks;
};

/// Answers for the frames in the tracker's look-ahead. A face's answers do not depend on which
/// other faces are asked about at the same time.
class FaceSensor {
 public:
  virtual ~FaceSensor() = default;

  /// Detections of the frames [first, last), best first, weak ones included.
  [[nodiscard]] virtual std::vector<std::vector<FaceDetection>> detect(std::int64_t first,
                                                                       std::int64_t last) const = 0;

  /// Landmarks of detected boxes of one frame.
  [[nodiscard]] virtual std::vector<Landmarks> locate(std::int64_t frame_index,
                                                      const std::vector<BBox>& boxes) const = 0;

  /// Landmarks in this frame of faces whose landmarks one frame earlier are known.
  [[nodiscard]] virtual std::vector<Landmarks> follow(
      std::int64_t frame_index, const std::vector<Landmarks>& previous) const = 0;

  [[nodiscard]] virtual std::vector<EulerPose> poses(
      const std::vector<LocatedFace>& faces) const = 0;

  /// Laplacian variance of the aligned 112 px crops.
  [[nodiscard]] virtual std::vector<float> sharpness(
      const std::vector<LocatedFace>& faces) const = 0;

  /// Embeddings of unit norm.
  [[nodiscard]] virtual std::vector<std::vector<float>> identities(
      const std::vector<LocatedFace>& faces) const = 0;
};

}  // namespace changeling
