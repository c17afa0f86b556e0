// generator/methods/fsgan/fsgan_plan.h: what is known about a pair before any frame is swapped.
// Layer 5, Torch only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "generator/methods/fsgan/appearance_map.h"
#include "generator/methods/fsgan/crop_faces.h"
#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/source_views.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// The target's face in one frame.
struct PlannedFace {
  CropFace face;
  ViewChoice choice;
  std::int64_t run_first = 0;  ///< first and last frame of its run: what filters over time may see
  std::int64_t run_last = 0;
};

/// One pair. The caches make it faster, not different.
class FsganPlan : public SwapPlan {
 public:
  FsganPlan(std::vector<PlannedFace> faces, std::unique_ptr<SourceViews> views)
      : faces_(std::move(faces)), views_(std::move(views)) {}

  [[nodiscard]] FrameRange face_range() const override {
    return {faces_.front().face.frame_index, faces_.back().face.frame_index};
  }

  [[nodiscard]] const std::vector<PlannedFace>& faces() const { return faces_; }

  /// The target's face in a frame, or nullptr.
  [[nodiscard]] const PlannedFace* find(std::int64_t frame_index) const;

  [[nodiscard]] SourceViews& views() const { return *views_; }

  /// Logits of G_s by target frame, float32 (3,S,S); whoever fills it keeps it small.
  [[nodiscard]] std::map<std::int64_t, at::Tensor>& logits() const { return logits_; }

 private:
  std::vector<PlannedFace> faces_;  ///< ascending
  std::unique_ptr<SourceViews> views_;
  mutable std::map<std::int64_t, at::Tensor> logits_;
};

/// Smooths both tracks, maps the source's poses, chooses the views of every target frame. Refuses
/// with kNoFace, kFaceSmall, kTrackShort, kPoseGap (see FsganOptions).
[[nodiscard]] Outcome<std::unique_ptr<SwapPlan>> plan_fsgan(SwapRequest request,
                                                            const FsganOptions& options);

}  // namespace changeling
