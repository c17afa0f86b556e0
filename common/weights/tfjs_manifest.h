// common/weights/tfjs_manifest.h: decodes TensorFlow.js weights: a JSON manifest and one data file
// with float32 or affinely quantised uint8 tensors, in manifest order without padding. Layer 1, no
// Torch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace changeling {

/// A decoded tensor in the file's own layout (convolutions HWIO, dense layers in x out), row major.
struct TfjsTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Decodes all tensors: uint8 value = byte * scale + min, rounded once to float. Throws
/// Error(kModel) naming `name`: no JSON of the expected form, another dtype, a quantisation that is
/// not finite, a tensor named twice, data too short or too long.
[[nodiscard]] std::vector<TfjsTensor> read_tfjs_weights(std::string_view manifest_json,
                                                        std::string_view data,
                                                        const std::string& name);

}  // namespace changeling
