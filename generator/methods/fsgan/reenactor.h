// generator/methods/fsgan/reenactor.h: paints the source's face in the target's pose. Layer 5,
// Torch only.
#pragma once

#include <vector>

#include "common/nets/net_runner.h"
#include "generator/methods/fsgan/segmenter.h"
#include "generator/methods/fsgan/stage_types.h"

namespace changeling {

/// Network G_r with face view interpolation: all (frame, view) pairs of a batch in one run, then
/// I_r = sum over a frame's views of weight x G_r(view; H(p_t)) (FSGAN, eq. 3), in ascending order
/// of the views. A network that starts from the bent view gets its fine detail back
/// (prior_detail.h). What G_s does not take for face is removed. Cost: G_r per view, G_s per frame.
class Reenactor {
 public:
  /// Views that are turned further than `max_step_deg` from the target go there in equal steps,
  /// each the source of the next; 0 = one step. References must outlive this object.
  Reenactor(const NetRunner& net, const Segmenter& segmenter, double max_step_deg);

  [[nodiscard]] ReenactedBatch run(const AlignedBatch& aligned) const;

 private:
  [[nodiscard]] at::Tensor paint(const at::Tensor& views, const at::Tensor& view_landmarks,
                                 const at::Tensor& landmarks,
                                 const std::vector<std::int64_t>& context) const;
  [[nodiscard]] at::Tensor paint_in_steps(const AlignedBatch& aligned) const;

  const NetRunner& net_;
  const Segmenter& segmenter_;
  double max_step_deg_;
  bool has_prior_;
};

/// Sum of images (M,...) with weights (M) per frame: (N,...), added in the order of the rows.
/// `frame_of_row` holds values in [0, N), ascending.
[[nodiscard]] at::Tensor weighted_sum(const at::Tensor& images, const at::Tensor& weights,
                                      const std::vector<std::int64_t>& frame_of_row,
                                      std::int64_t n_frames);

}  // namespace changeling
