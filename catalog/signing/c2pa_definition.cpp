#include "catalog/signing/c2pa_definition.h"

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/json_depth.h"

namespace changeling {
namespace {

using nlohmann::json;

/// The action that changed the clip.
json created_action(const json& assertion) {
  const json& change = assertion.at("data").at("actions").at(1);
  if (!change.at("digitalSourceType").is_string()) {
    throw Error(ErrorKind::kInput, "the claim names no source type");
  }
  return {{"action", "c2pa.created"},
          {"digitalSourceType", change.at("digitalSourceType")},
          {"softwareAgent", change.at("softwareAgent")},
          {"parameters", change.at("parameters")}};
}

}  // namespace

std::string c2pa_definition(std::string_view claim) {
  refuse_deep_json(claim, "damaged claim: it");
  try {
    const json value = json::parse(claim);
    const json& info = value.at("claim_generator_info");
    json assertions = json::array();
    for (const json& assertion : value.at("assertions")) {
      const auto label = assertion.at("label").get<std::string>();
      if (label == "c2pa.actions") {
        assertions.push_back(
            {{"label", label}, {"data", {{"actions", json::array({created_action(assertion)})}}}});
      } else if (label.rfind("changeling.", 0) == 0) {
        assertions.push_back(
            assertion);  // the file's own hash changes with what is written into it
      }
    }
    assertions.push_back({{"label", "changeling.ingredients"},
                          {"data", {{"ingredients", value.at("ingredients")}}}});
    return json{{"title", value.at("title")},
                {"format", "video/mp4"},
                {"claim_generator_info",
                 json::array({{{"name", info.at("name")}, {"version", info.at("version")}}})},
                {"assertions", std::move(assertions)}}
        .dump(2, ' ', false, json::error_handler_t::replace);
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInput, std::string("damaged claim: ") + error.what());
  }
}

}  // namespace changeling
