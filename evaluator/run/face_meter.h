// evaluator/run/face_meter.h: measures the faces that all metrics share: landmarks, pose,
// identities. Layer 6.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "common/base/frame.h"
#include "common/face/face_types.h"
#include "evaluator/metrics/metric.h"

namespace changeling {

/// What is wanted of a face beside its landmarks. Every network costs: 16, 11, 22 and 10 ms a face.
struct FaceNeeds {
  bool pose = false;
  bool identity_a = false;
  bool identity_b = false;
  bool area = false;  ///< needs network G_s; without it the area stays empty
};

/// A face to measure: where to look, and what for.
struct FaceQuery {
  Frame frame;
  /// Where the target's track (or the source's) has the face on this frame. Target and fake are
  /// given the same landmarks, so both are measured on the same crop.
  FaceObservation near;
  FaceNeeds needs;
  bool confirm =
      false;  ///< not found unless the detector sees a face there: fakes, whose face may be lost
};

/// One thread per object.
class FaceMeter {
 public:
  virtual ~FaceMeter() = default;

  /// One measurement per query, independent of the other queries.
  [[nodiscard]] virtual std::vector<FaceMeasurement> measure(
      const std::vector<FaceQuery>& queries) = 0;
};

/// The networks det_rfb320, lmk68, pose66, id512 and id128_dlib of `models_dir`, and G_s of a
/// weights file unless `segmentation` is empty. Throws Error(kModel).
[[nodiscard]] std::unique_ptr<FaceMeter> make_network_face_meter(
    const std::filesystem::path& models_dir, const std::filesystem::path& segmentation = {});

}  // namespace changeling
