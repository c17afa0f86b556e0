// common/weights/onnx_reader.h: reads ONNX files (protobuf wire format, opset 9) into a node list
// and tensors. Layer 1, no Torch. Only the fields that exported networks use are read; unknown
// fields are skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/weights/graph_description.h"
#include "common/weights/safetensors.h"

namespace changeling {

/// A tensor with its own bytes, little endian, row major.
struct OwnedTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::string bytes;

  [[nodiscard]] TensorView view() const { return {name, dtype, shape, bytes}; }
};

struct OnnxModel {
  GraphDescription graph;  ///< Constant nodes are gone: their values stand among the tensors
  std::vector<OwnedTensor> tensors;
};

/// Throws Error(kModel) naming `name` and the byte where a damaged file stops making sense, or the
/// tensor whose type (float and int64 are known) or size is wrong. Never reads outside `bytes`.
[[nodiscard]] OnnxModel read_onnx(std::string_view bytes, const std::string& name);

}  // namespace changeling
