#include "generator/methods/fsgan/swap_pipeline.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "generator/methods/fsgan/aligner.h"
#include "generator/methods/fsgan/color_match.h"

namespace changeling {
namespace {

/// G_r alone: where both faces are.
BlendedBatch reenacted_face(const AlignedBatch& aligned, const ReenactedBatch& reenacted,
                            const FsganOptions& options) {
  const at::Tensor both = aligned.face_mask * reenacted.face_mask;
  return {reenacted.painted, erode_face(both, options).soft};
}

void check_finite(const BlendedBatch& face) {
  if (!face.image.isfinite().all().item<bool>()) {
    throw Error(ErrorKind::kModel,
                "a network of fsgan gives values that are not finite: retrain it, or run it with "
                "fsgan.precision fp32");
  }
}

}  // namespace

SwapPipeline::SwapPipeline(const FsganNets& nets, const FsganOptions& options)
    : nets_(nets), options_(options), segmenter_(nets.segmentation.get()) {}

PassResults SwapPipeline::run(const AlignedBatch& aligned, const NetRunner* reenactment) const {
  const NetRunner& painter = reenactment != nullptr ? *reenactment : *nets_.reenactment;
  const ReenactedBatch reenacted =
      Reenactor(painter, segmenter_, options_.max_step_deg).run(aligned);
  CompletedBatch completed;
  if (nets_.inpainting != nullptr) {
    completed =
        Inpainter(*nets_.inpainting)
            .run(aligned, options_.match_color ? match_color(aligned, reenacted) : reenacted,
                 erode_face(aligned.face_mask, options_));
  }
  std::vector<BlendedBatch> faces;
  for (const Rung rung : options_.rungs) {
    switch (rung) {
      case Rung::kReenacted:
        faces.push_back(reenacted_face(aligned, reenacted, options_));
        break;
      case Rung::kInpainted:
        faces.push_back({completed.transfer, completed.soft_mask});
        break;
      case Rung::kPoisson:
        faces.push_back(blend_by_poisson(aligned, completed));
        break;
      case Rung::kBlended:
        faces.push_back(Blender(*nets_.blending).run(aligned, completed));
        break;
    }
    check_finite(faces.back());
  }
  return {reenacted, completed, std::move(faces)};
}

ErodedMask erode_face(const at::Tensor& mask, const FsganOptions& options) {
  ErosionOptions erosion;
  erosion.kernel_px = scaled_kernel(options.mask_kernel, options.resolution_px);
  erosion.threshold = options.mask_threshold;
  ErodedMask eroded = erode_softly(mask, erosion);
  eroded.soft = options.rim == RimSide::kInside ? eroded.core
                                                : eroded.soft * eroded.hard.amax({1, 2, 3}, true);
  return eroded;
}

}  // namespace changeling
