// generator/train/segmentation_recipe.h: trains G_s on labelled crops. Layer 6, Torch only.
#pragma once

#include <array>
#include <memory>

#include "common/nets/net_runner.h"
#include "generator/train/augmentation.h"
#include "generator/train/face_set.h"
#include "generator/train/recipe.h"

namespace changeling {

struct SegmentationOptions {
  int ngf = 16;  ///< 64 / feature_scale
  AugmentationOptions augmentation;
  double reenactment_weight = 1;  ///< of the reenactment term at the last step; it grows from 0
};

/// G_s: crop -> background, face, hair. Validation is 1 - mean IoU of the classes that the
/// validation crops show. Throws Error(kInput) when one part shows no background or no face;
/// without hair it is logged. With G_r (`reenactment`, on the device that is trained on) also:
/// crops reenacted onto their own landmarks should have the classes that G_s finds in the crops
/// (reenacted_segmentation_loss).
[[nodiscard]] std::unique_ptr<Recipe> make_segmentation_recipe(
    FaceSet train, FaceSet validation, const SegmentationOptions& options,
    std::shared_ptr<const NetRunner> reenactment = nullptr);

/// Pixels by true class and predicted class; pixels that are not labelled do not count.
class ConfusionMatrix {
 public:
  /// Both int64 (N,R,R); truth may hold -100.
  void add(const at::Tensor& truth, const at::Tensor& predicted);

  /// Intersection over union, 0..1; 1 when the class is in neither.
  [[nodiscard]] double iou(int cls) const;

  /// Over the classes that occur in the truth; NaN without any.
  [[nodiscard]] double mean_iou() const;

 private:
  std::array<std::array<std::int64_t, 3>, 3> pixels_{};
};

}  // namespace changeling
