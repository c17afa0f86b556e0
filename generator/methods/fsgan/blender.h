// generator/methods/fsgan/blender.h: matches skin tone and light of a completed face to the target.
// Layer 5, Torch only.
#pragma once

#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/stage_types.h"

namespace changeling {

/// Network G_b. Cost: about 247 GMAC per face at S = 256, full width. One caller at a time.
class Blender {
 public:
  /// The network must outlive this object.
  explicit Blender(const NetRunner& net) : net_(net) {}

  [[nodiscard]] BlendedBatch run(const AlignedBatch& aligned,
                                 const CompletedBatch& completed) const;

 private:
  const NetRunner& net_;
};

/// What G_b is given: (N,7,S,S) the completed face on the target, the target, the mask.
[[nodiscard]] at::Tensor blending_input(const AlignedBatch& aligned,
                                        const CompletedBatch& completed);

/// What G_b learns, computed: a Poisson clone of the completed face (poisson_solver.h), which
/// follows the target's border where that has a colour of its face (color_match.h).
[[nodiscard]] BlendedBatch blend_by_poisson(const AlignedBatch& aligned,
                                            const CompletedBatch& completed);

}  // namespace changeling
