// common/nets/graph_net.h: runs an imported ONNX graph on tensors, at any batch size, on any
// device, differentiably. Layer 2, Torch only. Operators: spec table in common/nets/README.md (26
// of opset 9).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "common/base/digest.h"

namespace changeling {

/// What these values of a network need, on inputs of another size: its first layers.
struct GraphPart {
  std::vector<std::string> values;  ///< they become the outputs
  std::int64_t height = 0;          ///< of the input
  std::int64_t width = 0;
};

/// An imported network: safetensors file with the weights and, in its metadata, the node list.
/// Immutable after construction; run() may be called from one thread at a time per object.
/// Batch N gives the same bits as N batches of 1 on CPU fp32.
class GraphNet {
 public:
  /// Throws Error(kModel): missing file (names `changeling models fetch`), wrong digest, unknown
  /// operator.
  explicit GraphNet(const std::filesystem::path& safetensors, c10::Device device = c10::kCPU);
  /// A part of it: other nodes and their weights are left out. Also throws Error(kModel) for an
  /// unknown value.
  GraphNet(const std::filesystem::path& safetensors, const GraphPart& part,
           c10::Device device = c10::kCPU);
  ~GraphNet();
  GraphNet(GraphNet&&) noexcept;
  GraphNet& operator=(GraphNet&&) noexcept;

  /// Input float32 (N,C,H,W) as the model documents; outputs by ONNX value name. `taps` adds inner
  /// values. Throws Error(kModel) when the shape does not fit.
  [[nodiscard]] std::map<std::string, at::Tensor> run(
      const at::Tensor& input, const std::vector<std::string>& taps = {}) const;

  [[nodiscard]] const std::string& id() const;                         ///< "lmk68"
  [[nodiscard]] const std::vector<std::int64_t>& input_shape() const;  ///< batch first
  [[nodiscard]] const std::vector<std::string>& output_names() const;
  [[nodiscard]] const Digest& source_sha256() const;  ///< of the file that was imported
  [[nodiscard]] const std::string& licence() const;   ///< "MIT"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeling
