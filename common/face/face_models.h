// common/face/face_models.h: the single-image face networks behind typed calls. Layer 3, Torch
// only. Geometry between the nets (crops, shifts, templates): common/face/README.md. One thread per
// object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/frame.h"
#include "common/base/provenance.h"
#include "common/face/face_types.h"
#include "common/nets/dlib_resnet.h"
#include "common/nets/graph_net.h"

namespace changeling {

/// RFB-320 face boxes: score > threshold, greedy NMS at IoU 0.4, best first, in frame pixels. The
/// network sees the whole frame at 320x240; with `tile_px` > 0 frames whose sides are longer than
/// that are searched in overlapping tiles too (detector_tiles.h), where small faces are larger.
class FaceDetector {
 public:
  explicit FaceDetector(GraphNet net, float score_threshold = 0.65F, int tile_px = 0);
  [[nodiscard]] std::vector<std::vector<FaceDetection>> detect(
      const std::vector<Frame>& frames) const;

 private:
  GraphNet net_;
  float score_threshold_;
  int tile_px_;
};

/// A face to look at: index into the frames given, and its box (or any square-ish region).
struct FaceRegion {
  std::size_t frame = 0;
  BBox bbox_px;
};

/// 68 landmarks. from_detections: square of the box height, centre moved down by 0.10 heights;
/// from_landmarks: square on the previous landmarks' box, side 1.2 x its longer side.
class LandmarkEstimator {
 public:
  explicit LandmarkEstimator(GraphNet net);
  [[nodiscard]] std::vector<Landmarks> from_detections(const std::vector<Frame>& frames,
                                                       const std::vector<FaceRegion>& faces) const;
  [[nodiscard]] std::vector<Landmarks> from_landmarks(const std::vector<Frame>& frames,
                                                      const std::vector<std::size_t>& frame_of_face,
                                                      const std::vector<Landmarks>& previous) const;

 private:
  GraphNet net_;
};

/// Yaw, pitch, roll in the signs of geometry.h (the net's yaw is negated).
class PoseEstimator {
 public:
  explicit PoseEstimator(GraphNet net);
  [[nodiscard]] std::vector<EulerPose> estimate(const std::vector<Frame>& frames,
                                                const std::vector<std::size_t>& frame_of_face,
                                                const std::vector<Landmarks>& landmarks) const;

 private:
  GraphNet net_;
};

/// id512, unit norm: (N,512). For tracking, pairing and training; gated nowhere.
class IdentityEmbedder {
 public:
  explicit IdentityEmbedder(GraphNet net);
  [[nodiscard]] at::Tensor embed(const std::vector<Frame>& frames,
                                 const std::vector<std::size_t>& frame_of_face,
                                 const std::vector<Landmarks>& landmarks) const;

 private:
  GraphNet net_;
};

/// id128_dlib, raw: (N,128). The independent reported metric.
class IndependentIdentityEmbedder {
 public:
  explicit IndependentIdentityEmbedder(DlibResNet net);
  [[nodiscard]] at::Tensor embed(const std::vector<Frame>& frames,
                                 const std::vector<std::size_t>& frame_of_face,
                                 const std::vector<Landmarks>& landmarks) const;

 private:
  DlibResNet net_;
};

/// Pooled features of feat_dn121x, (N,1024), or feat_iv3n, (N,2048): square on the landmarks' box,
/// side 1.5 x its longer side, of the network's input size. For distances of whole sets.
class FeatureExtractor {
 public:
  explicit FeatureExtractor(GraphNet net);

  /// feat_dn121x or feat_iv3n.
  [[nodiscard]] const std::string& id() const { return net_.id(); }

  [[nodiscard]] at::Tensor features(const std::vector<Frame>& frames,
                                    const std::vector<std::size_t>& frame_of_face,
                                    const std::vector<Landmarks>& landmarks) const;

 private:
  GraphNet net_;
  std::string pooled_;  ///< the value that is the feature
  std::int64_t dimensions_ = 0;
};

}  // namespace changeling
