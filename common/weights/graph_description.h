// common/weights/graph_description.h: the node list of an imported network, as a value and as the
// JSON text kept in its safetensors file. Layer 1, no Torch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace changeling {

using GraphAttribute =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;

/// One operator. Inputs name graph inputs, stored tensors or outputs of earlier nodes; an empty
/// name is an optional input that is left out.
struct GraphNode {
  std::string op;  ///< ONNX operator of opset 9, "Conv"
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, GraphAttribute> attributes;
};

struct GraphInput {
  std::string name;
  std::vector<std::int64_t> shape;  ///< as exported, batch first
};

/// Nodes in execution order.
struct GraphDescription {
  std::vector<GraphNode> nodes;
  std::vector<GraphInput> inputs;
  std::vector<std::string> outputs;
};

/// Sorted keys, no insignificant space.
[[nodiscard]] std::string to_json(const GraphDescription& graph);

/// Inverse. Throws Error(kModel) naming `name` when the text is damaged.
[[nodiscard]] GraphDescription graph_from_json(std::string_view json, const std::string& name);

}  // namespace changeling
