// generator/train_data/label_classes.h: hand labels as the classes of G_s. Layer 6, Torch only.
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "catalog/corpora/still_annotation.h"
#include "common/base/frame.h"
#include "common/face/face_types.h"
#include "generator/methods/fsgan/crop_geometry.h"

namespace changeling {

/// uint8 (S,S) of PackMask: what the labels show in the crop, nearest pixel, background outside the
/// picture. Face are features and skin inside the hull of the landmarks with a forehead above them
/// (the hair line bounds it), so ears and neck are background; hair that covers a brow is face:
/// such labels count brows as hair. `labels`: kGray8, class indices that `parts` explains; an index
/// beyond it is background. Landmarks in [0,1] of the crop.
[[nodiscard]] at::Tensor label_classes(const Frame& labels, const std::vector<FacePart>& parts,
                                       const CropSquare& square, const Landmarks& landmarks_crop,
                                       int size_px);

}  // namespace changeling
