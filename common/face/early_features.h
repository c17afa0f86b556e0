// common/face/early_features.h: what the first layers of InceptionV3 see around a face, place by
// place: the features behind perceptual distances. Layer 3, Torch only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/frame.h"
#include "common/base/geometry.h"
#include "common/face/face_types.h"
#include "common/nets/graph_net.h"

namespace changeling {

/// Position i of a layer sees the pixels [stride i + first, stride i + first + field) of the crop
/// along each axis; what lies beyond the crop counts as 0.
struct FeatureLayer {
  const char* value;  ///< of the imported graph
  int channels = 0;
  int stride = 0;
  int first = 0;
  int field = 0;
  int positions = 0;  ///< along each axis of a crop of kEarlyFeaturesPx
};

/// Side of the crop: about half of what the whole network takes.
inline constexpr int kEarlyFeaturesPx = 137;

/// ReLU after convolutions 1 and 3 (InceptionV3 counts from 1). The fifth costs as much as all
/// before it, and its field of 23 px finds little background beside a face.
inline constexpr std::array<FeatureLayer, 2> kEarlyLayers = {
    {{"value_1", 32, 2, 0, 3, 68}, {"value_5", 64, 2, -2, 11, 66}}};

/// Where they look: square on the landmarks' box, side 2.0 x its longer side.
[[nodiscard]] CropTransform early_features_crop(const Landmarks& landmarks);

/// One thread per object.
class EarlyFeatures {
 public:
  /// The imported file of feat_iv3n. Throws Error(kModel) as GraphNet.
  explicit EarlyFeatures(const std::filesystem::path& safetensors);

  /// Of a picture, kRgb24, cropped bilinearly to kEarlyFeaturesPx: by layer float32 (positions,
  /// positions, channels), of length 1 along the channels, 0 where every channel is 0. About 1.7 MB
  /// and 4 ms each.
  [[nodiscard]] std::vector<at::Tensor> measure(const Frame& frame,
                                                const CropTransform& transform) const;

 private:
  GraphNet net_;
};

}  // namespace changeling
