#include "generator/methods/fsgan/aligner.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>

#include <ATen/ATen.h>

#include "common/face/landmark_tensor.h"
#include "common/face/motion_smoothing.h"
#include "common/tensor/transfer.h"
#include "generator/methods/fsgan/face_hull_mask.h"
#include "generator/methods/fsgan/landmark_path.h"

namespace changeling {
namespace {

/// Frames that the mean over `kernel` frames around the face takes, mirrored at the ends of its
/// run; in order of the window.
std::vector<std::int64_t> window_of(const FaceItem& item, int kernel) {
  const FrameRange run = item.plan->run_of(*item.face);
  const auto count = static_cast<std::size_t>(run.last - run.first + 1);
  const std::int64_t here = item.face->frame_index - run.first;
  std::vector<std::int64_t> frames;
  for (std::int64_t at = here - kernel / 2; at <= here + kernel / 2; ++at) {
    frames.push_back(run.first + static_cast<std::int64_t>(mirrored_index(at, count)));
  }
  return frames;
}

/// Nothing of the mask outside the circle that keeps `margin` pixels from the crop's border: its
/// soft rim then ends inside the crop, and a forehead that leaves the crop is not cut off straight.
at::Tensor clear_border(const at::Tensor& mask, std::int64_t margin) {
  const std::int64_t side = mask.size(3);
  const at::Tensor from_middle =
      at::arange(side, mask.options()) - static_cast<double>(side - 1) / 2;
  const at::Tensor squares = from_middle.square();
  const double radius = std::max(0.0, static_cast<double>(side) / 2 - static_cast<double>(margin));
  return mask * (squares.view({-1, 1}) + squares <= radius * radius);
}

}  // namespace

int scaled_kernel(int kernel_px, int size_px) {
  const double half = (kernel_px / 2) * size_px / 256.0;
  return 2 * std::max(1, static_cast<int>(std::lround(half))) + 1;
}

at::Tensor usable_face(const at::Tensor& mask, const at::Tensor& landmarks,
                       const FsganOptions& options) {
  const at::Tensor face = mask * face_hull_mask(landmarks, static_cast<int>(mask.size(3)));
  return clear_border(options.remove_inner_mouth ? clear_inner_mouth(face, landmarks) : face,
                      scaled_kernel(options.mask_kernel, options.resolution_px) / 2 + 1);
}

AlignedBatch Aligner::align(const std::vector<FaceItem>& items) const {
  AlignedBatch batch;
  std::vector<at::Tensor> targets;
  std::vector<Landmarks> landmarks;
  for (const FaceItem& item : items) {
    targets.push_back(take_crop(item.frame->target(), item.face->square, options_.resolution_px));
    landmarks.push_back(item.face->landmarks);
  }
  batch.target = move_to(at::stack(targets), options_.device);
  batch.landmarks = move_to(to_tensor(landmarks), options_.device);
  batch.face_mask = face_masks(items, batch.landmarks);
  align_views(items, batch);
  return batch;
}

void Aligner::align_views(const std::vector<FaceItem>& items, AlignedBatch& batch) const {
  std::vector<at::Tensor> images;
  std::vector<Landmarks> landmarks;
  std::vector<double> turns;
  std::vector<float> weights;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<WeightedView> views = items[i].choice.views;
    std::sort(views.begin(), views.end(),
              [](const WeightedView& a, const WeightedView& b) { return a.view < b.view; });
    for (const WeightedView& view : views) {
      const ViewCrop crop = items[i].plan->views().get(view.view);
      images.push_back(crop.image);
      landmarks.push_back(turn_ccw(crop.landmarks, view.turn_ccw_deg));
      turns.push_back(view.turn_ccw_deg);
      weights.push_back(static_cast<float>(view.weight));
      batch.frame_of_view.push_back(static_cast<std::int64_t>(i));
    }
  }
  // Zero pixels, as OpenCV's border: -1 in [-1,1].
  batch.views = turn_ccw(move_to(at::stack(images), options_.device), turns, -1);
  at::Tensor points = to_tensor(landmarks);
  points =
      options_.max_step_deg > 0 ? lift_landmarks(points) : at::constant_pad_nd(points, {0, 1}, 0);
  batch.view_landmarks = move_to(points, options_.device);
  batch.view_weights = move_to(at::tensor(weights, at::kFloat), options_.device);
}

at::Tensor Aligner::face_masks(const std::vector<FaceItem>& items,
                               const at::Tensor& landmarks) const {
  const at::Tensor mask = segmenter_.has_net() ? Segmenter::face_of(mean_logits(items))
                                               : face_hull_mask(landmarks, options_.resolution_px);
  return usable_face(mask, landmarks, options_);
}

at::Tensor Aligner::mean_logits(const std::vector<FaceItem>& items) const {
  find_logits(items);
  std::vector<at::Tensor> means;
  for (const FaceItem& item : items) {
    at::Tensor sum;
    for (const std::int64_t frame : window_of(item, options_.segmentation_kernel)) {
      const at::Tensor& logits = item.plan->logits().at(frame);
      sum = sum.defined() ? sum + logits : logits;
    }
    means.push_back(sum / options_.segmentation_kernel);
  }
  for (const FaceItem& item : items) {  // a clip is asked for in order: older frames are done with
    std::map<std::int64_t, at::Tensor>& logits = item.plan->logits();
    const std::int64_t oldest = item.face->frame_index - options_.segmentation_kernel / 2;
    logits.erase(logits.begin(), logits.lower_bound(oldest));
  }
  return at::stack(means);
}

/// One run of G_s over every frame of the windows that is not known yet.
void Aligner::find_logits(const std::vector<FaceItem>& items) const {
  std::set<std::pair<const FsganPlan*, std::int64_t>> asked;
  std::vector<std::pair<const FsganPlan*, std::int64_t>> missing;  // in order of the items
  std::vector<at::Tensor> crops;
  for (const FaceItem& item : items) {
    for (const std::int64_t frame : window_of(item, options_.segmentation_kernel)) {
      if (item.plan->logits().count(frame) > 0 || !asked.insert({item.plan, frame}).second) {
        continue;
      }
      const CropFace* face = item.plan->find(frame);
      const auto place = static_cast<std::size_t>(frame - item.frame->window_first);
      missing.emplace_back(item.plan, frame);
      crops.push_back(
          take_crop(item.frame->window.at(place), face->square, options_.resolution_px));
    }
  }
  if (crops.empty()) {
    return;
  }
  const at::Tensor logits = segmenter_.logits(move_to(at::stack(crops), options_.device));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    missing[i].first->logits()[missing[i].second] = logits[static_cast<std::int64_t>(i)].clone();
  }
}

}  // namespace changeling
