// common/nets/networks.h: runs the networks of architectures.h on tensors, layer by layer,
// differentiably. Layer 2, Torch only. The trainer runs them so; inference has faster ways
// (inference_engine.h).
#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/nets/net_weights.h"
#include "common/tensor/pyramid.h"

namespace changeling {

enum class Mode {
  kEval,   ///< running statistics; on CPU in float32 the same bits whatever else is in the batch
  kTrain,  ///< batch statistics; updates the running ones in place (momentum 0.1); drops out
};

/// What convolutions compute in; weights, statistics and results stay float32.
enum class Compute {
  kFloat32,
  kBFloat16,  ///< for training: half the time on CPUs with AVX512-BF16 and on CUDA
};

/// Outputs as listed at build_network, each (N,...). Input levels as in input_level_count: one for
/// seg_unet, hopenet and vgg19, one or two for MSResUNet and patchgan; float32 on the weights'
/// device, (N,in,R,R), RGB in [-1,1]. R is a multiple of 16 (8 for a single level of MSResUNet;
/// 8 or more for patchgan; resolution_px for the classes of vgg19). Throws Error(kInternal) for
/// other shapes, c10::Error when memory runs out.
[[nodiscard]] std::vector<at::Tensor> run_network(const NetWeights& net, const Pyramid& input,
                                                  Mode mode = Mode::kEval,
                                                  Compute compute = Compute::kFloat32);

/// Hopenet: images (N,3,R,R) -> yaw, pitch, roll in degrees (N,3), each 3 E[bin] - 99.
[[nodiscard]] at::Tensor run_hopenet(const NetWeights& net, const at::Tensor& images,
                                     Mode mode = Mode::kEval);

/// VGG-19: the five features of build_vgg19_taps.
[[nodiscard]] std::vector<at::Tensor> run_vgg19_taps(const NetWeights& net,
                                                     const at::Tensor& images,
                                                     Mode mode = Mode::kEval);

/// The same weights on `device`; tensors that are there already are shared.
[[nodiscard]] NetWeights to_device(const NetWeights& net, c10::Device device);

}  // namespace changeling
