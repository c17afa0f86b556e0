#include "common/face/early_features.h"

#include <map>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "common/base/error.h"
#include "common/face/face_crops.h"
#include "common/tensor/image_ops.h"

namespace changeling {
namespace {

constexpr float kScale = 2;
constexpr double kTiny = 1e-10;  // as Zhang et al. divide

GraphPart early_part() {
  GraphPart part;
  for (const FeatureLayer& layer : kEarlyLayers) {
    part.values.emplace_back(layer.value);
  }
  part.height = kEarlyFeaturesPx;
  part.width = kEarlyFeaturesPx;
  return part;
}

/// (1,C,h,w) -> (h,w,C).
at::Tensor unit_vectors(const at::Tensor& maps) {
  const at::Tensor last = maps[0].permute({1, 2, 0}).contiguous();
  return last / (last.square().sum(2, true).sqrt() + kTiny);
}

}  // namespace

CropTransform early_features_crop(const Landmarks& landmarks) {
  return landmark_square(landmarks, kScale, kEarlyFeaturesPx);
}

EarlyFeatures::EarlyFeatures(const std::filesystem::path& safetensors)
    : net_(safetensors, early_part()) {}

std::vector<at::Tensor> EarlyFeatures::measure(const Frame& frame,
                                               const CropTransform& transform) const {
  CHANGELING_REQUIRE(frame.format() == PixelFormat::kRgb24, "face networks need RGB");
  const c10::NoGradGuard no_gradients;
  const at::Tensor pixels = crop(frame, transform, kEarlyFeaturesPx);
  const std::map<std::string, at::Tensor> values = net_.run(pixels.unsqueeze(0) / 255);
  std::vector<at::Tensor> layers;
  for (const FeatureLayer& layer : kEarlyLayers) {
    layers.push_back(unit_vectors(values.at(layer.value)));
  }
  return layers;
}

}  // namespace changeling
