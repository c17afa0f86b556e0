// generator/methods/fsgan/fsgan_plan.h: what is known about a pair before any frame is swapped.
// Layer 5, Torch only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/appearance_map.h"
#include "generator/methods/fsgan/crop_faces.h"
#include "generator/methods/fsgan/fsgan_options.h"
#include "generator/methods/fsgan/source_views.h"
#include "generator/methods/swap_method.h"

namespace changeling {

/// One pair. What a frame is painted from is found when the frame comes: a long clip costs its
/// faces alone. The caches make it faster, not different.
class FsganPlan : public SwapPlan {
 public:
  /// `faces` of the target, ascending, at least one; `views` those of `map`.
  FsganPlan(std::vector<CropFace> faces, AppearanceMap map, std::unique_ptr<SourceViews> views)
      : faces_(std::move(faces)), map_(std::move(map)), views_(std::move(views)) {}

  [[nodiscard]] FrameRange face_range() const override {
    return {faces_.front().frame_index, faces_.back().frame_index};
  }

  /// The target's face in a frame, or nullptr.
  [[nodiscard]] const CropFace* find(std::int64_t frame_index) const;

  /// What a face of find() is painted from.
  [[nodiscard]] ViewChoice choose(const CropFace& face) const { return map_.choose(face.pose_deg); }

  /// The frames of a face's run: what filters over time may see.
  [[nodiscard]] FrameRange run_of(const CropFace& face) const;

  [[nodiscard]] SourceViews& views() const { return *views_; }

  /// G_r of this source; null = the one that all share.
  [[nodiscard]] const NetRunner* reenactment() const { return reenactment_.get(); }

  void set_reenactment(std::shared_ptr<const NetRunner> net) { reenactment_ = std::move(net); }

  /// Logits of G_s by target frame, float32 (3,S,S); whoever fills it keeps it small.
  [[nodiscard]] std::map<std::int64_t, at::Tensor>& logits() const { return logits_; }

 private:
  std::vector<CropFace> faces_;
  AppearanceMap map_;
  std::unique_ptr<SourceViews> views_;
  std::shared_ptr<const NetRunner> reenactment_;
  mutable std::map<std::int64_t, at::Tensor> logits_;
};

/// Smooths both tracks, maps the source's poses, chooses the views of every target frame. Refuses
/// with kNoFace, kFaceSmall, kTrackShort, kPoseGap (see FsganOptions).
[[nodiscard]] Outcome<std::unique_ptr<FsganPlan>> plan_fsgan(SwapRequest request,
                                                             const FsganOptions& options);

}  // namespace changeling
