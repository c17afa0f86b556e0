// generator/methods/fsgan/source_tuner.h: G_r that knows a source better than the one all share.
// Layer 5, Torch only. Implemented above, where training is (generator/train/source_finetuner.h).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/provenance.h"
#include "common/nets/net_runner.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// What of a source a tuner sees: V views that its targets are painted from.
struct TunerCrops {
  at::Tensor images;     ///< float32 (V,3,S,S) in [-1,1], CPU
  at::Tensor landmarks;  ///< float32 (V,68,2) in [0,1] of the crop
};

class SourceTuner {
 public:
  virtual ~SourceTuner() = default;

  /// A copy of G_r adapted to these crops; null when they are too few to learn from. Equal crops
  /// give an equal network. `store` may be null; `heartbeat` may be empty, and may throw.
  [[nodiscard]] virtual std::shared_ptr<const NetRunner> tune(
      const TunerCrops& crops, SourceStore* store,
      const std::function<void()>& heartbeat) const = 0;

  /// Networks that have a part in the result beside G_r, for the provenance.
  [[nodiscard]] virtual std::vector<ProvenanceModel> models() const = 0;
};

}  // namespace changeling
