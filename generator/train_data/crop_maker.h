// generator/train_data/crop_maker.h: faces of pictures as the rows of a frame pack. Layer 6.
#pragma once

#include <optional>
#include <vector>

#include "catalog/corpora/still_annotation.h"
#include "common/base/frame.h"
#include "common/packs/frame_pack.h"
#include "generator/train_data/found_face.h"

namespace changeling {

enum class MaskChoice { kNone, kHull, kLabels };

/// Hand labels of one picture.
struct FaceLabels {
  Frame picture;  ///< kGray8, class indices
  std::vector<FacePart> parts;
};

/// Crops the faces of one sequence.
class CropMaker {
 public:
  /// `layout.mask_source` says which masks: "none", "hull" or "labels".
  CropMaker(PackLayout layout, double min_mask_share)
      : layout_(std::move(layout)), min_mask_share_(min_mask_share) {}

  /// Appends the face to `pack`, whose layout is this one's; or says why not. `labels` are needed
  /// for masks from labels.
  [[nodiscard]] std::optional<LeftOut> add(FramePack& pack, const Frame& picture,
                                           const FoundFace& face, const FaceLabels* labels) const;

 private:
  PackLayout layout_;
  double min_mask_share_;
};

}  // namespace changeling
