// common/nets/graph_operators.h: the ONNX operators (opset 9) that imported networks use, on
// tensors. Layer 2, Torch only. Table: common/nets/README.md.
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/weights/graph_description.h"

namespace changeling {

/// Evaluates one node. Inputs in the node's order, undefined tensors for optional inputs that are
/// left out; none is modified. Differentiable where the operator is. Throws Error(kModel) for an
/// attribute value that is not supported; LibTorch throws c10::Error when shapes do not fit.
using GraphOperator = std::vector<at::Tensor> (*)(const GraphNode& node,
                                                  const std::vector<at::Tensor>& inputs);

/// Throws Error(kModel) for an unknown operator.
[[nodiscard]] GraphOperator find_graph_operator(const std::string& op);

}  // namespace changeling
