// generator/methods/mesh_swap/mesh_swap_method.h: the classical face swap: landmarks, piecewise
// warp, colour transfer, Poisson blending. Layer 5. Method and limits: README.md beside this file.
#pragma once

#include <memory>

#include "generator/methods/mesh_swap/mesh_swap_options.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// Uses no network of its own, no randomness (the seed has no influence) and keeps the target's
/// head motion and expression. Plans hold up to max_views source faces in memory.
class MeshSwapMethod : public SwapMethod {
 public:
  explicit MeshSwapMethod(const MeshSwapOptions& options = {});

  [[nodiscard]] std::vector<Variant> variants() const override;

  /// Refuses with kNoFace, kFaceSmall, kTrackShort, kPoseGap, kPoseOutOfRange (see
  /// MeshSwapOptions). Fetches the chosen source frames once, in ascending order; errors of the
  /// fetcher pass through.
  [[nodiscard]] Outcome<std::unique_ptr<SwapPlan>> plan(SwapRequest request) const override;

  [[nodiscard]] std::vector<std::vector<ComposedFrame>> swap(
      const std::vector<SwapItem>& items) const override;

 private:
  MeshSwapOptions options_;
};

}  // namespace changeling
