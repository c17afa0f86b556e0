// tests/support/tiny_graph.h: an imported network that can be computed by hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "common/base/digest.h"
#include "common/weights/imported_model.h"

namespace changeling {

/// x (1,2,2,2) -> conv 1x1 -> relu "inner" -> reshape with the exported batch 1 -> y (1,8).
inline GraphDescription tiny_graph() {
  GraphDescription graph;
  graph.inputs = {{"x", {1, 2, 2, 2}}};
  graph.outputs = {"y"};
  graph.nodes = {{"Conv", {"x", "w", ""}, {"c"}, {}},
                 {"Relu", {"c"}, {"inner"}, {}},
                 {"Reshape", {"inner", "shape"}, {"y"}, {}}};
  return graph;
}

/// A graph over the values of tiny_graph(): w maps (a, b) to (a + 2 b, b - a).
inline void write_tiny_graph(const std::filesystem::path& path, const GraphDescription& graph) {
  const std::vector<float> weight = {1, 2, -1, 1};
  const std::vector<std::int64_t> shape = {1, -1};
  const auto bytes_of = [](const auto& values) {
    return std::string_view(reinterpret_cast<const char*>(values.data()),
                            values.size() * sizeof(values[0]));
  };
  write_imported_model(path, {"tiny", sha256("source"), "MIT", "unknown"}, graph,
                       {{"w", DType::kF32, {2, 2, 1, 1}, bytes_of(weight)},
                        {"shape", DType::kI64, {2}, bytes_of(shape)}});
}

}  // namespace changeling
