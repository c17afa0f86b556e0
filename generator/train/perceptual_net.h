// generator/train/perceptual_net.h: networks whose features tell how alike two faces look, for
// L_perc. Layer 6, Torch only. No metric that is reported as independent uses one of them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/base/digest.h"
#include "common/nets/net_weights.h"
#include "generator/train/losses.h"

namespace changeling {

/// A frozen network; gradients flow into the images alone. One thread.
class PerceptualNet {
 public:
  virtual ~PerceptualNet() = default;

  /// "id512", "vgg19": written into the trained weights.
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual Digest sha256() const = 0;
  [[nodiscard]] virtual std::string licence() const = 0;  ///< its terms, which weights inherit

  /// images float32 (N,3,R,R) in [-1,1]; landmarks float32 (N,68,2) in [0,1] of the crop, for nets
  /// that look at aligned faces.
  [[nodiscard]] virtual std::vector<FeatureTap> features(const at::Tensor& images,
                                                         const at::Tensor& landmarks) const = 0;
};

/// The pretrained face recognition net id512 on faces aligned to its 112 px template: four inner
/// feature maps (64x56x56, 64x28x28, 128x14x14, 128x7x7), each divided by the mean magnitude that
/// it has over natural faces so that none drowns the others. Throws Error(kModel) when the imported
/// network is missing.
[[nodiscard]] std::unique_ptr<PerceptualNet> make_identity_perception(
    const std::filesystem::path& models_dir, c10::Device device);

/// VGG-19 with or without batch norm, five taps weighted 1/32, 1/16, 1/8, 1/4, 1 (FSGAN v2). Throws
/// Error(kModel) for weights of another kind.
[[nodiscard]] std::unique_ptr<PerceptualNet> make_vgg_perception(const NetWeights& weights,
                                                                 c10::Device device);

/// Faces aligned to the 112 px template of id512: (N,3,R,R) -> (N,3,112,112), bilinear, borders
/// replicated, differentiable in the images.
[[nodiscard]] at::Tensor align_112(const at::Tensor& images, const at::Tensor& landmarks);

}  // namespace changeling
