// Perceptual distance of fake and target outside the swapped area and around the seam: Zhang et al.
// 2018 (arXiv 1801.03924), eq. 1, uncalibrated (every w = 1), on the first layers of InceptionV3.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <ATen/ATen.h>

#include "common/face/early_features.h"
#include "common/tensor/frame_tensor.h"
#include "common/tensor/image_ops.h"
#include "evaluator/metrics/builtin_metrics.h"
#include "evaluator/metrics/frame_maps.h"
#include "evaluator/metrics/frame_metric.h"
#include "evaluator/metrics/mask_region.h"
#include "evaluator/metrics/plane.h"

// Note [Places]
// The spec pastes the target inside the dilated mask into both pictures and averages over the
// background. A place of which no pixel in its field is touched has the same features with and
// without the pasting, so averaging over these places alone needs none: fake and control go through
// the network once, for ring and background.

namespace changeling {
namespace {

/// Squared distance of unit features at every place, layer after layer: float64 (P).
at::Tensor distances(const SquareMeasurement& a, const SquareMeasurement& b) {
  std::vector<at::Tensor> layers;
  for (std::size_t i = 0; i < kEarlyLayers.size(); ++i) {
    layers.push_back((a.features[i] - b.features[i]).square().sum(2, false, at::kDouble).flatten());
  }
  return at::cat(layers);
}

/// Every layer.stride-th row and column from `first`, for each place one.
at::Tensor at_places(const at::Tensor& plane, const FeatureLayer& layer, std::int64_t first) {
  const std::int64_t end = first + layer.stride * (layer.positions - 1) + 1;
  return plane.slice(0, first, end, layer.stride).slice(1, first, end, layer.stride);
}

/// A region, uint8 (H,W), as the crop of the features shows it: float (size,size), above 0 where a
/// pixel of the region has any weight.
at::Tensor region_in_crop(const at::Tensor& region, const CropTransform& transform) {
  return crop(to_frame(region * 255), transform, kEarlyFeaturesPx)[0];
}

/// uint8 (P): places whose field lies wholly outside the dilated mask.
at::Tensor places_outside(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::places_outside, [&] {
    const at::Tensor touched =
        region_in_crop(touched_area(frame), frame.fake_square.features_crop).gt(0).to(at::kByte);
    std::vector<at::Tensor> layers;
    for (const FeatureLayer& layer : kEarlyLayers) {
      const std::int64_t margin = -layer.first;
      const at::Tensor seen = sliding_maximum(
          at::constant_pad_nd(touched, {margin, margin, margin, margin}), layer.field, layer.field);
      layers.push_back(1 - at_places(seen, layer, 0).flatten());
    }
    return at::cat(layers);
  });
}

/// uint8 (P): places whose middle pixel lies on the ring.
at::Tensor places_on_ring(const FrameSample& frame) {
  const at::Tensor ring =
      region_in_crop(ring_area(frame), frame.fake_square.features_crop).ge(127.5).to(at::kByte);
  std::vector<at::Tensor> layers;
  for (const FeatureLayer& layer : kEarlyLayers) {
    layers.push_back(at_places(ring, layer, layer.first + layer.field / 2).flatten());
  }
  return at::cat(layers);
}

/// Sum over the layers of the mean over their chosen places; nullopt when a layer has none.
std::optional<double> sum_of_means(const at::Tensor& distance, const at::Tensor& places) {
  double sum = 0;
  std::int64_t first = 0;
  for (const FeatureLayer& layer : kEarlyLayers) {
    const std::int64_t side = layer.positions;
    const at::Tensor chosen = places.narrow(0, first, side * side).view({side, side});
    const std::int64_t count = count_marked(chosen);
    if (count < 1) {
      return std::nullopt;
    }
    sum += masked_sum(distance.narrow(0, first, side * side).view({side, side}), chosen) /
           static_cast<double>(count);
    first += side * side;
  }
  return sum;
}

at::Tensor fake_distances(const FrameSample& frame) {
  return remembered(frame, &FrameMemo::distance_fake,
                    [&] { return distances(frame.fake_square, frame.target_square); });
}

bool has_features(const SquareMeasurement& square) {
  return square.found && square.features.size() == kEarlyLayers.size();
}

SampleStatus check(const FrameSample& frame, bool with_control) {
  const SampleStatus status =
      with_control ? check_pictures_and_control(frame) : check_pictures(frame);
  if (status != SampleStatus::kOk) {
    return status;
  }
  const bool found = has_features(frame.fake_square) && has_features(frame.target_square) &&
                     (!with_control || has_features(frame.control_square));
  return found ? SampleStatus::kOk : SampleStatus::kNoFace;
}

Sample score_background(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check(frame, false);
  return status != SampleStatus::kOk
             ? sample_status(status)
             : sample_of(sum_of_means(fake_distances(frame), places_outside(frame)));
}

Sample score_ring(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check(frame, false);
  return status != SampleStatus::kOk
             ? sample_status(status)
             : sample_of(sum_of_means(fake_distances(frame), places_on_ring(frame)));
}

Sample score_excess(const ClipContext& /*clip*/, const FrameSample& frame) {
  const SampleStatus status = check(frame, true);
  if (status != SampleStatus::kOk) {
    return sample_status(status);
  }
  const at::Tensor places = places_outside(frame);
  const std::optional<double> fake = sum_of_means(fake_distances(frame), places);
  const std::optional<double> control =
      sum_of_means(distances(frame.control_square, frame.target_square), places);
  return sample_of(fake && control ? std::optional<double>(*fake - *control) : std::nullopt);
}

MetricInfo distance_info(const std::string& name, const std::string& mask, std::string definition) {
  MetricInfo info;
  info.name = name;
  info.version = 2;
  info.unit = "1";
  info.direction = MetricDirection::kDown;
  info.scorer = "feat_iv3n";
  info.definition = std::move(definition);
  info.sampling = "even10";
  info.params_json =
      R"({"crop":"square on the landmarks' box of the target's track, side 2.0, 137 px, bilinear",)"
      R"("layers":"ReLU of convolutions 1, 3; unit length per place; squared distance, mean of )"
      R"(places, sum of layers","mask":")" +
      mask + R"(","sampling":"even10"})";
  info.inputs = kTargetInput | kAlphaInput;
  return info;
}

std::string outside_text() {
  return std::string("places whose field sees none of ") + kOutsideText;
}

}  // namespace

std::unique_ptr<Metric> make_pdist_iv3n_bg() {
  return make_frame_metric(
      distance_info("pdist_iv3n_bg", outside_text(),
                    "uncalibrated perceptual distance of fake and target outside the dilated alpha "
                    "mask, first layers of InceptionV3"),
      score_background);
}

std::unique_ptr<Metric> make_pdist_iv3n_ring() {
  return make_frame_metric(
      distance_info("pdist_iv3n_ring", std::string("places whose middle lies in ") + kRingText,
                    "uncalibrated perceptual distance of fake and target on the ring around the "
                    "seam, first layers of InceptionV3"),
      score_ring);
}

std::unique_ptr<Metric> make_pdist_iv3n_bg_excess() {
  MetricInfo info = distance_info(
      "pdist_iv3n_bg_excess", outside_text(),
      "pdist_iv3n_bg of the fake minus pdist_iv3n_bg of its real control: what the swap, not the "
      "codec, did outside the face");
  info.direction = MetricDirection::kToZero;
  info.inputs |= kControlInput;
  return make_frame_metric(std::move(info), score_excess);
}

}  // namespace changeling
