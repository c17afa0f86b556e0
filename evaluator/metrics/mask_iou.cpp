// Was the face swapped, the whole face and nothing but the face? Overlap of alpha and segmentation.
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "common/tensor/frame_tensor.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_maps.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"

namespace changeling {
namespace {

double count(const at::Tensor& mask) {
  return mask.sum().item<double>();
}

Sample score(const ClipContext& /*clip*/, const FrameSample& frame) {
  if (frame.target == nullptr || frame.alpha == nullptr) {
    return sample_status(SampleStatus::kDecodeError);
  }
  const std::optional<Frame>& area = frame.target_face.area;
  if (!frame.target_face.found || !area) {
    return sample_status(SampleStatus::kNoFace);
  }
  if (area->width_px() != frame.alpha->width_px() ||
      area->height_px() != frame.alpha->height_px()) {
    return sample_status(SampleStatus::kDecodeError);
  }
  const at::Tensor inside = inside_area(frame).gt(0);
  const at::Tensor face = to_tensor(*area).gt(0);
  const double n_inside = count(inside);
  const double n_face = count(face);
  if (n_inside < 1 || n_face < 1) {
    return sample_status(n_face < 1 ? SampleStatus::kNoFace : SampleStatus::kSkipped);
  }
  const double n_both = count(inside.logical_and(face));
  return sample_value(n_both / (n_inside + n_face - n_both));
}

}  // namespace

std::unique_ptr<Metric> make_mask_iou() {
  MetricInfo info;
  info.name = "mask_iou";
  info.unit = "1";
  info.direction = MetricDirection::kUp;
  info.scorer = "g_s";
  info.definition = "intersection over union of the swapped pixels and the target's segmented face";
  info.sampling = "even30";
  info.params_json =
      R"({"face":"logit above background and hair, bilinear from the crop to the frame",)"
      R"("crop":"square on the face box of the target's landmarks, side 1.2","mask":")" +
      std::string(kInsideText) + R"(","sampling":"even30"})";
  return make_frame_metric(std::move(info), score);
}

}  // namespace changeling
