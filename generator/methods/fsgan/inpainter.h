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

}  // namespace changeling
