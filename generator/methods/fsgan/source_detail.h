// generator/methods/fsgan/source_detail.h: what the networks' resolution lost of a large face,
// given back from the source. Layer 5, Torch only.
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

/// A painted face (3,S,S) with the fine detail of its source: (3,D,D), D the side of the views'
/// detail. Each view is bent onto the target's landmarks (mesh_warp.h) at D; of it goes in what is
/// finer than S, times the contrast of the painted face over that of the view, channel by channel,
/// where the view shows the surface (validity) and where its coarse picture, with the painted
/// face's mean and contrast, agrees with the painted one (weight falling to 0 at a difference of
/// 0.4 in [-1,1]). `alpha` (1,S,S): where the face is. Without views, with none of 68 landmarks, or
/// with an empty alpha the painted face is only enlarged. All on the CPU, images float32 in [-1,1].
[[nodiscard]] at::Tensor with_source_detail(const at::Tensor& painted, const at::Tensor& alpha,
                                            const std::vector<DetailView>& views,
                                            const Landmarks& target);

}  // namespace changeling
