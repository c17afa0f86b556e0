// generator/methods/self_blend/self_blend_method.h: a clip blended with itself. Layer 5. Method and
// limits: README.md beside this file.
#pragma once

#include "generator/methods/self_blend/self_blend_options.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// Uses no network of its own. Every track gets one draw, by the request's seed, the clip's content
/// and the track: colours, frequencies, mask and offset stay the same over the clip.
class SelfBlendMethod : public SwapMethod {
 public:
  explicit SelfBlendMethod(const SelfBlendOptions& options = {});

  [[nodiscard]] std::vector<Variant> variants() const override;

  /// Refuses with kNoFace, kFaceSmall, kTrackShort. Source and target must be one clip and one
  /// face: else Error(kInternal). Fetches no source frame.
  [[nodiscard]] Outcome<std::unique_ptr<SwapPlan>> plan(SwapRequest request) const override;

  [[nodiscard]] std::vector<std::vector<ComposedFrame>> swap(
      const std::vector<SwapItem>& items) const override;

 private:
  SelfBlendOptions options_;
};

}  // namespace changeling
