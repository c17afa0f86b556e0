#include "catalog/export/probe_json.h"

#include <nlohmann/json.hpp>

#include "common/base/error.h"

namespace changeling {
namespace {

using nlohmann::json;

std::optional<double> number_of(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

}  // namespace

std::string probe_json(const ProbeResult& probe) {
  return json{{"name", probe.name},
              {"auc", probe.auc ? json(*probe.auc) : json()},
              {"ci_low", probe.interval ? json(probe.interval->low) : json()},
              {"ci_high", probe.interval ? json(probe.interval->high) : json()},
              {"shuffled_auc", probe.shuffled_auc ? json(*probe.shuffled_auc) : json()},
              {"limit", probe.limit},
              {"allowance", probe.allowance()},
              {"clips", probe.clips},
              {"people", probe.people},
              {"feature", probe.feature}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

ProbeResult probe_from_json(const std::string& text) {
  try {
    const json value = json::parse(text);
    ProbeResult probe;
    value.at("name").get_to(probe.name);
    value.at("limit").get_to(probe.limit);
    value.at("clips").get_to(probe.clips);
    value.at("people").get_to(probe.people);
    value.at("feature").get_to(probe.feature);
    probe.auc = number_of(value.at("auc"));
    probe.shuffled_auc = number_of(value.at("shuffled_auc"));
    if (!value.at("ci_low").is_null()) {
      probe.interval = {value.at("ci_low").get<double>(), value.at("ci_high").get<double>()};
    }
    return probe;
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kCatalog, std::string("a stored probe is damaged: ") + error.what());
  }
}

}  // namespace changeling
