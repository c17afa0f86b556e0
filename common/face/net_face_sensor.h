// common/face/net_face_sensor.h: answers the tracker with the pretrained networks. Layer 3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "common/base/frame.h"
#include "common/base/provenance.h"
#include "common/face/face_models.h"
#include "common/face/face_sensor.h"

namespace changeling {

/// Holds the frames of the look-ahead and runs det_rfb320, lmk68, pose66 and id512 on them. One
/// thread per object.
class NetFaceSensor : public FaceSensor {
 public:
  /// Detections from `weak_score` up are returned; `tile_px` as in FaceDetector. Throws
  /// Error(kModel).
  NetFaceSensor(const std::filesystem::path& models_dir, float weak_score, int tile_px);

  void push(const Frame& frame);

  /// Forgets the frames before `frame_index`.
  void drop_before(std::int64_t frame_index);

  /// Forgets all frames; the next one pushed is frame 0.
  void clear();

  [[nodiscard]] std::vector<std::vector<FaceDetection>> detect(std::int64_t first,
                                                               std::int64_t last) const override;
  [[nodiscard]] std::vector<Landmarks> locate(std::int64_t frame_index,
                                              const std::vector<BBox>& boxes) const override;
  [[nodiscard]] std::vector<Landmarks> follow(
      std::int64_t frame_index, const std::vector<Landmarks>& previous) const override;
  [[nodiscard]] std::vector<EulerPose> poses(const std::vector<LocatedFace>& faces) const override;
  [[nodiscard]] std::vector<float> sharpness(const std::vector<LocatedFace>& faces) const override;
  [[nodiscard]] std::vector<std::vector<float>> identities(
      const std::vector<LocatedFace>& faces) const override;

  [[nodiscard]] const std::vector<ProvenanceModel>& models() const { return models_; }

 private:
  GraphNet open(const std::filesystem::path& models_dir, const char* id);
  [[nodiscard]] std::size_t place(std::int64_t frame_index) const;
  [[nodiscard]] std::vector<std::size_t> places(const std::vector<LocatedFace>& faces) const;

  std::vector<ProvenanceModel> models_;  // filled while the networks below are opened
  FaceDetector detector_;
  LandmarkEstimator landmarks_;
  PoseEstimator poses_;
  IdentityEmbedder identities_;
  std::vector<Frame> frames_;
  std::int64_t first_index_ = 0;  ///< of frames_[0]
};

}  // namespace changeling
