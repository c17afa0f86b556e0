// common/nets/net_weights.h: weights of the networks that Changeling trains, as safetensors files
// that say what they are. Layer 2, Torch only. Nothing in a file is executed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/base/digest.h"
#include "common/tensor/pyramid.h"

namespace changeling {

/// Tensors by module path, "base.in_conv.1.weight".
using TensorMap = std::map<std::string, at::Tensor>;

/// Architectures (architectures.h); spelling in files: to_string.
enum class NetKind {
  kMsResUnetV2,         ///< "msresunet_v2": G_r, G_c, G_b
  kMsResUnetV1,         ///< "msresunet_v1": the ICCV 2019 form
  kSegUnet,             ///< "seg_unet": G_s
  kPatchDiscriminator,  ///< "patchgan": two scales
  kHopenet,             ///< "hopenet": head pose
  kVgg19,               ///< "vgg19"
  kVgg19Bn,             ///< "vgg19_bn"
};

[[nodiscard]] std::string_view to_string(NetKind kind);

/// What a weights file says about itself (its safetensors metadata; one key a member, same names).
struct NetInfo {
  NetKind kind = NetKind::kMsResUnetV2;
  std::string role;            ///< "reenactment", "segmentation", "inpainting", "blending", ...
  int in = 3;                  ///< input channels, landmark maps included
  std::vector<int> out = {3};  ///< output channels per head; bins; classes (vgg19: may be empty)
  int ngf = 128;               ///< width; seg_unet, patchgan, hopenet, vgg19: 64 at full size
  std::vector<int> flat;       ///< residual blocks: enhancer, level 0, 1, 2; empty = not that kind
  int landmarks = 0;           ///< count of landmark maps among the input channels
  double crop_scale = 1.2;     ///< side of the face crop / side of the face box
  int resolution_px = 256;     ///< side of the crops the network was made for
  Halving pyramid = Halving::kAverage;  ///< how the input levels below the first are made
  std::string trained_on;  ///< data sets and parts, or "nothing (random weights, seed 1)"
  std::string licence;     ///< terms of the weights
  std::map<std::string, std::string> notes;  ///< every other metadata entry, kept as it is
};

enum class TensorRole { kWeight, kBias, kNormWeight, kRunningMean, kRunningVar };

/// False for the running statistics of batch norm.
[[nodiscard]] bool is_trained(TensorRole role);

/// A tensor that an architecture needs.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;
  TensorRole role = TensorRole::kWeight;
};

[[nodiscard]] std::int64_t element_count(const TensorSpec& tensor);

struct NetWeights {
  NetInfo info;
  TensorMap tensors;  ///< float32 on the CPU, whatever the file held
  Digest sha256;      ///< of the file; of the serialised content for weights made in memory
};

/// Throws Error(kModel) naming the key and its value when a network of that description cannot be
/// built: a number out of range, a list of the wrong length.
void check_net_info(const NetInfo& info);

/// Every tensor that `info` needs, running statistics included, in a fixed order. Throws as
/// check_net_info, and for more than 1e9 values.
[[nodiscard]] std::vector<TensorSpec> tensor_layout(const NetInfo& info);

/// Trainable parameters: tensor_layout without running statistics.
[[nodiscard]] std::int64_t parameter_count(const NetInfo& info);

/// Reads a file and checks all of it. Throws Error(kModel) with the path: whatever
/// SafetensorsFile::open refuses; missing or unreadable metadata; a tensor that is missing, is not
/// part of the architecture or has another shape (both shapes named); a value that is not finite;
/// data that has not the digest of the metadata.
[[nodiscard]] NetWeights read_net_weights(const std::filesystem::path& path);

/// Writes atomically as float32 or bfloat16; returns the file's digest. Throws Error(kModel) when
/// tensors and info do not fit.
Digest write_net_weights(const std::filesystem::path& path, const NetWeights& weights,
                         at::ScalarType stored_as = at::kFloat);

/// Untrained weights: convolutions N(0, 0.02), biases 0, BN weights N(1, 0.02), running statistics
/// 0 and 1; from the seed alone. trained_on says so.
[[nodiscard]] NetWeights random_net_weights(NetInfo info, std::uint64_t seed);

/// Refuses weights made for something else: compares kind, role, in, out, landmarks, crop_scale and
/// resolution_px of `weights` with `expected`. Throws Error(kModel) that names file role, key and
/// both values.
void require_net(const NetWeights& weights, const NetInfo& expected);

}  // namespace changeling
