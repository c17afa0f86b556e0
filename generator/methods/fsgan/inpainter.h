// generator/methods/fsgan/inpainter.h: completes the parts of a reenacted face that the target
// shows and the source view lacks. Layer 5, Torch only.
#pragma once

#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/soft_erosion.h"
#include "generator/methods/fsgan/stage_types.h"

namespace changeling {

/// Network G_c. Cost: about 245 GMAC per face at S = 256, full width. One caller at a time.
class Inpainter {
 public:
  /// The network must outlive this object.
  explicit Inpainter(const NetRunner& net) : net_(net) {}

  /// `target_mask`: the target's face mask, eroded.
  [[nodiscard]] CompletedBatch run(const AlignedBatch& aligned, const ReenactedBatch& reenacted,
                                   const ErodedMask& target_mask) const;

 private:
  const NetRunner& net_;
};

/// What G_c is given: (N,4,S,S) I_r and the mask to be filled.
[[nodiscard]] at::Tensor inpainting_input(const ReenactedBatch& reenacted,
                                          const at::Tensor& hard_mask);

/// The face `image` (N,3,S,S) on the target, inside the hard mask.
[[nodiscard]] CompletedBatch pasted_face(const AlignedBatch& aligned, const at::Tensor& image,
                                         const ErodedMask& mask);

}  // namespace changeling
