// generator/methods/fsgan/swap_pipeline.h: the stages in order: from aligned crops to faces that
// are ready to paste. Layer 5, Torch only.
#pragma once

#include <vector>

#include "generator/methods/fsgan/blender.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/inpainter.h"
#include "generator/methods/fsgan/reenactor.h"
#include "generator/methods/fsgan/segmenter.h"
#include "generator/methods/fsgan/soft_erosion.h"
#include "generator/methods/fsgan/stage_types.h"

namespace changeling {

/// What one pass gives.
struct PassResults {
  ReenactedBatch reenacted;
  CompletedBatch completed;         ///< tensors are undefined where no rung asks for G_c
  std::vector<BlendedBatch> rungs;  ///< those of the options, in their order
};

/// One pass gives every rung of the ablation ladder. One caller at a time.
class SwapPipeline {
 public:
  /// References must outlive this object.
  SwapPipeline(const FsganNets& nets, const FsganOptions& options);

  [[nodiscard]] const Segmenter& segmenter() const { return segmenter_; }

  /// `reenactment` stands in for G_r unless it is null. A face's result does not depend on the
  /// others of the batch. Throws Error(kModel) when a network gives values that are not finite.
  [[nodiscard]] PassResults run(const AlignedBatch& aligned,
                                const NetRunner* reenactment = nullptr) const;

 private:
  const FsganNets& nets_;
  const FsganOptions& options_;
  Segmenter segmenter_;
};

/// A face mask (N,1,S,S) shrunk, with a soft rim; a face of which nothing is left gets no rim
/// either.
[[nodiscard]] ErodedMask erode_face(const at::Tensor& mask, const FsganOptions& options);

}  // namespace changeling
