// generator/methods/fsgan/aligner.h: from frames to crops: everything the networks need of the
// targets and the source views of a batch. Layer 5, Torch only.
#pragma once

#include <vector>

#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/fsgan_plan.h"
#include "generator/methods/fsgan/segmenter.h"
#include "generator/methods/fsgan/stage_types.h"

namespace changeling {

/// A target frame with a face.
struct FaceItem {
  const FsganPlan* plan = nullptr;
  const CropFace* face = nullptr;  ///< of the plan
  ViewChoice choice;               ///< of the plan, for the face
  const SwapItem* frame = nullptr;
};

/// Cuts crops (crop_geometry.h), turns the views to the target's roll, segments the target: logits
/// of G_s averaged over neighbouring frames of the run, mirrored at its ends. One thread.
class Aligner {
 public:
  /// `segmenter` and `options` must outlive this object.
  Aligner(const Segmenter& segmenter, const FsganOptions& options)
      : segmenter_(segmenter), options_(options) {}

  /// At least one item. An item's values do not depend on the others.
  [[nodiscard]] AlignedBatch align(const std::vector<FaceItem>& items) const;

 private:
  void align_views(const std::vector<FaceItem>& items, AlignedBatch& batch) const;
  [[nodiscard]] at::Tensor mean_logits(const std::vector<FaceItem>& items) const;
  void find_logits(const std::vector<FaceItem>& items) const;
  [[nodiscard]] at::Tensor face_masks(const std::vector<FaceItem>& items,
                                      const at::Tensor& landmarks) const;

  const Segmenter& segmenter_;
  const FsganOptions& options_;
};

/// The soft rim's reach is in pixels of a 256 px crop: the odd kernel of `size_px`.
[[nodiscard]] int scaled_kernel(int kernel_px, int size_px);

/// What of a target's face (N,1,S,S) may be painted over: what lies in the hull of its landmarks
/// (face_hull_mask.h; G_s takes a bald head for face), not the inner mouth, if so configured, and
/// nothing so near to the crop's border that the soft rim would reach it. landmarks (N,L,2).
[[nodiscard]] at::Tensor usable_face(const at::Tensor& mask, const at::Tensor& landmarks,
                                     const FsganOptions& options);

}  // namespace changeling
