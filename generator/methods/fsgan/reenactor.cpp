#include "generator/methods/fsgan/reenactor.h"

#include <algorithm>
#include <map>

#include <ATen/ATen.h>

#include "common/face/mesh_warp.h"
#include "common/tensor/transfer.h"
#include "generator/methods/fsgan/fsgan_nets.h"
#include "generator/methods/fsgan/landmark_path.h"
#include "generator/methods/fsgan/prior_detail.h"

namespace changeling {
namespace {

at::Tensor index_tensor(const std::vector<std::int64_t>& values, const at::Tensor& like) {
  return move_to(at::tensor(values, at::kLong), like.device());
}

at::Tensor planar(const at::Tensor& landmarks) {
  return landmarks.narrow(2, 0, 2).contiguous();
}

}  // namespace

Reenactor::Reenactor(const NetRunner& net, const Segmenter& segmenter, double max_step_deg)
    : net_(net),
      segmenter_(segmenter),
      max_step_deg_(max_step_deg),
      has_prior_(starts_from_mesh_warp(net.info())) {}

ReenactedBatch Reenactor::run(const AlignedBatch& aligned) const {
  const at::Tensor painted = max_step_deg_ > 0
                                 ? paint_in_steps(aligned)
                                 : paint(aligned.views, planar(aligned.view_landmarks),
                                         aligned.landmarks, aligned.frame_of_view);
  ReenactedBatch result;
  result.painted =
      weighted_sum(painted, aligned.view_weights, aligned.frame_of_view, aligned.target.size(0));
  result.face_mask = segmenter_.face_mask(result.painted, aligned.landmarks);
  return result;
}

/// views (M,3,S,S) with their landmarks (M,L,2) -> (M,3,S,S) in the pose of row `context` of
/// `landmarks`.
at::Tensor Reenactor::paint(const at::Tensor& views, const at::Tensor& view_landmarks,
                            const at::Tensor& landmarks,
                            const std::vector<std::int64_t>& context) const {
  const at::Tensor rows = index_tensor(context, landmarks);
  if (!has_prior_) {
    return net_.run(views, landmarks, rows).narrow(1, 0, 3);
  }
  const at::Tensor prior = mesh_warp_prior(views, view_landmarks, landmarks.index_select(0, rows));
  const at::Tensor painted = blend_with_prior(
      prior.narrow(1, 0, 3), net_.run(at::cat({views, prior}, 1), landmarks, rows));
  return with_prior_detail(painted, prior);
}

/// As paint, step by step; rows take part until they have arrived.
at::Tensor Reenactor::paint_in_steps(const AlignedBatch& aligned) const {
  const at::Tensor target = lift_landmarks(move_to_host(aligned.landmarks));
  const at::Tensor views = move_to_host(aligned.view_landmarks);
  std::vector<std::vector<at::Tensor>> steps;  // per row
  std::size_t most = 0;
  for (std::size_t row = 0; row < aligned.frame_of_view.size(); ++row) {
    steps.push_back(landmark_steps(views[static_cast<std::int64_t>(row)],
                                   target[aligned.frame_of_view[row]], max_step_deg_));
    most = std::max(most, steps.back().size());
  }
  at::Tensor images = aligned.views;
  at::Tensor at_landmarks = planar(aligned.view_landmarks);
  for (std::size_t step = 0; step < most; ++step) {
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> context;
    std::vector<at::Tensor> next;
    for (std::size_t row = 0; row < steps.size(); ++row) {
      if (step < steps[row].size()) {
        rows.push_back(static_cast<std::int64_t>(row));
        context.push_back(static_cast<std::int64_t>(next.size()));
        next.push_back(steps[row][step]);
      }
    }
    const at::Tensor landmarks = move_to(at::stack(next), aligned.landmarks.device());
    const at::Tensor moving = index_tensor(rows, images);
    images = images.index_copy(0, moving,
                               paint(images.index_select(0, moving),
                                     at_landmarks.index_select(0, moving), landmarks, context));
    at_landmarks = at_landmarks.index_copy(0, moving, landmarks);
  }
  return images;
}

at::Tensor ReenactedBatch::image() const {
  return painted.where(face_mask.gt(0), at::scalar_tensor(-1.0F, painted.options()));
}

at::Tensor weighted_sum(const at::Tensor& images, const at::Tensor& weights,
                        const std::vector<std::int64_t>& frame_of_row, std::int64_t n_frames) {
  std::vector<std::int64_t> shape = images.sizes().vec();
  shape[0] = n_frames;
  const at::Tensor sum = at::zeros(shape, images.options());
  std::map<std::int64_t, std::size_t> seen;     // rows of a frame so far
  std::vector<std::vector<std::int64_t>> rows;  // by rank within the frame
  std::vector<std::vector<std::int64_t>> frames;
  for (std::size_t row = 0; row < frame_of_row.size(); ++row) {
    const std::size_t rank = seen[frame_of_row[row]]++;
    rows.resize(std::max(rows.size(), rank + 1));
    frames.resize(rows.size());
    rows[rank].push_back(static_cast<std::int64_t>(row));
    frames[rank].push_back(frame_of_row[row]);
  }
  const at::Tensor scaled = images * weights.view({-1, 1, 1, 1});
  for (std::size_t rank = 0; rank < rows.size(); ++rank) {  // a frame occurs once per rank
    sum.index_add_(0, index_tensor(frames[rank], sum),
                   scaled.index_select(0, index_tensor(rows[rank], sum)));
  }
  return sum;
}

}  // namespace changeling
