// common/nets/architectures.h: the structure of every network that Changeling trains, each written
// once: names, shapes, costs and execution all follow from it. Layer 2, Torch only.
#pragma once

#include <vector>

#include "common/nets/layers.h"
#include "common/nets/net_weights.h"

namespace changeling {

/// Input levels that a network uses in full: 2 (fine, coarse) for MSResUNet and the
/// discriminators, else 1.
[[nodiscard]] int input_level_count(NetKind kind);

/// Any network. `levels`: its input, finest first. Returns: a Feature per head (MSResUNet), the
/// logits (seg_unet), a map of patch scores per level, finest first (patchgan), the yaw, pitch and
/// roll logits (hopenet), the class logits, or the last features of a net without classes (vgg19).
/// `info` must have passed check_net_info.
std::vector<Feature> build_network(Layers& layers, const NetInfo& info,
                                   const std::vector<Feature>& levels);

/// MSResUNet with an encoder of three levels and one enhancer. A single level runs the base with
/// its own heads (the first training stage); two run base and enhancer.
std::vector<Feature> build_ms_res_unet(Layers& layers, const NetInfo& info,
                                       const std::vector<Feature>& levels);

/// U-Net of G_s: raw logits; sides are multiples of 16.
Feature build_seg_unet(Layers& layers, const NetInfo& info, const Feature& image);

/// PatchGAN, one per level; the finest level has the highest module index.
std::vector<Feature> build_patch_discriminator(Layers& layers, const NetInfo& info,
                                               const std::vector<Feature>& levels);

/// ResNet-50 (stride in the 3x3 filters) with three dense heads of info.out bins. The official
/// files hold a fourth that is never used, `fc_finetune`.
std::vector<Feature> build_hopenet(Layers& layers, const NetInfo& info, const Feature& image);

/// Last features and, with info.out not empty, the class logits.
Feature build_vgg19(Layers& layers, const NetInfo& info, const Feature& image);

/// The five features of the perceptual loss, for vgg19 relu1_1, 2_1, 3_1, 4_1, 5_1, for vgg19_bn
/// those of FSGAN v2: ReLU(BN(conv1_1)), pool1, ReLU(BN(conv2_2)), conv3_3 as it is,
/// ReLU(BN(conv4_1)). Nothing behind the last tap is built.
std::vector<Feature> build_vgg19_taps(Layers& layers, const NetInfo& info, const Feature& image);

}  // namespace changeling
