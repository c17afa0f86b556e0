#include "common/weights/graph_description.h"

#include <nlohmann/json.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

// One letter per alternative of GraphAttribute, in its order, so that 1 and 1.0 stay apart.
constexpr const char* kTypeKeys[] = {"i", "f", "s", "is", "fs"};

Json to_object(const GraphAttribute& attribute) {
  const char* key = kTypeKeys[attribute.index()];
  return std::visit([&](const auto& value) { return Json{{key, value}}; }, attribute);
}

GraphAttribute to_attribute(const Json& object) {
  if (object.contains("i")) {
    return object.at("i").get<std::int64_t>();
  }
  if (object.contains("f")) {
    return object.at("f").get<float>();
  }
  if (object.contains("s")) {
    return object.at("s").get<std::string>();
  }
  if (object.contains("is")) {
    return object.at("is").get<std::vector<std::int64_t>>();
  }
  return object.at("fs").get<std::vector<float>>();
}

GraphNode to_node(const Json& object) {
  GraphNode node;
  node.op = object.at("op").get<std::string>();
  node.inputs = object.at("inputs").get<std::vector<std::string>>();
  node.outputs = object.at("outputs").get<std::vector<std::string>>();
  for (const auto& [key, value] : object.at("attributes").items()) {
    node.attributes.emplace(key, to_attribute(value));
  }
  return node;
}

}  // namespace

std::string to_json(const GraphDescription& graph) {
  Json root = {{"version", 1}, {"nodes", Json::array()}, {"inputs", Json::array()}};
  root["outputs"] = graph.outputs;
  for (const GraphNode& node : graph.nodes) {
    Json attributes = Json::object();
    for (const auto& [key, value] : node.attributes) {
      attributes[key] = to_object(value);
    }
    root["nodes"].push_back({{"op", node.op},
                             {"inputs", node.inputs},
                             {"outputs", node.outputs},
                             {"attributes", std::move(attributes)}});
  }
  for (const GraphInput& input : graph.inputs) {
    root["inputs"].push_back({{"name", input.name}, {"shape", input.shape}});
  }
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

GraphDescription graph_from_json(std::string_view json, const std::string& name) {
  try {
    const Json root = Json::parse(json);
    GraphDescription graph;
    for (const Json& node : root.at("nodes")) {
      graph.nodes.push_back(to_node(node));
    }
    for (const Json& input : root.at("inputs")) {
      graph.inputs.push_back({input.at("name").get<std::string>(),
                              input.at("shape").get<std::vector<std::int64_t>>()});
    }
    graph.outputs = root.at("outputs").get<std::vector<std::string>>();
    return graph;
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kModel, "'" + name + "': damaged graph: " + error.what());
  }
}

}  // namespace changeling
