// common/face/face_segmenter.h: which pixels of a frame are a face, by network G_s. Layer 3, Torch
// only.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"
#include "common/nets/net_runner.h"

namespace changeling {

/// float32 (S,S) over a square crop -> kGray8 of the frame: 255 at pixels whose centre lies in the
/// crop and where the bilinearly sampled margin is above 0, else 0. The crop is not turned.
[[nodiscard]] Frame area_of_margin(const at::Tensor& margin, const CropTransform& crop,
                                   int width_px, int height_px);

/// One thread per object.
class FaceSegmenter {
 public:
  /// `weights` are of role segmentation: logits of background, face and hair. Throws Error(kModel)
  /// for another network.
  explicit FaceSegmenter(const NetWeights& weights);

  /// Faces of 68 landmarks, one kGray8 mask of the whole frame each: 255 where the face's logit is
  /// the largest. Crops are squares on face_box, as the network was trained with; an area does not
  /// depend on the others of a call.
  [[nodiscard]] std::vector<Frame> areas(const std::vector<Frame>& frames,
                                         const std::vector<std::size_t>& frame_of_face,
                                         const std::vector<Landmarks>& landmarks) const;

 private:
  std::unique_ptr<NetRunner> net_;
};

}  // namespace changeling
