// generator/methods/fsgan/source_detail.h: the fine detail that the networks do not paint, given
// back from the source. Layer 5, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "common/face/face_types.h"
#include "generator/methods/fsgan/source_views.h"

namespace changeling {

/// A source view with detail, and its share of the face.
struct DetailView {
  ViewCrop crop;
  double weight = 0;  ///< > 0; those of a face sum to 1
};

/// The fine detail of one face's views in the target's shape. Every rung of the face takes it.
class SourceDetail {
 public:
  /// Bends each view that has detail onto the target's landmarks (mesh_warp.h), at the side D of
  /// its detail. Views without detail or without 68 landmarks give none. CPU.
  SourceDetail(const std::vector<DetailView>& views, const Landmarks& target);

  /// A painted face (3,S,S) with detail: (3,D,D). What is finer than a Gaussian of 3.5 px of S
  /// becomes the views', times the contrast of the painted face's shading over that of the view's
  /// (0.8 to 1.5), channel by channel, where the view shows the surface (validity) and where its
  /// coarse picture, with the painted face's mean and contrast, agrees with the painted one (weight
  /// 1 up to a difference of 0.2 in [-1,1], falling to 0 at 0.4). `alpha` (1,S,S): where the face
  /// is; an empty one only enlarges. Without views the face stays as it is. Images float32 in
  /// [-1,1], S that of the views' images, CPU.
  [[nodiscard]] at::Tensor add_to(const at::Tensor& painted, const at::Tensor& alpha) const;

 private:
  struct BentView {
    at::Tensor coarse;    ///< (3,S,S)
    at::Tensor fine;      ///< (3,D,D) what is finer
    at::Tensor validity;  ///< (1,S,S)
    double weight = 0;
  };

  static BentView bend(const DetailView& view, const Landmarks& target);

  std::vector<BentView> views_;
};

}  // namespace changeling
