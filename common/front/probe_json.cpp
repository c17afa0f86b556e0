#include "common/front/probe_json.h"

#include <nlohmann/json.hpp>

namespace changeling {

nlohmann::json probe_json(const ProbeResult& probe) {
  using nlohmann::json;
  return {{"name", probe.name},
          {"auc", probe.auc ? json(*probe.auc) : json()},
          {"ci_low", probe.interval ? json(probe.interval->low) : json()},
          {"ci_high", probe.interval ? json(probe.interval->high) : json()},
          {"shuffled_auc", probe.shuffled_auc ? json(*probe.shuffled_auc) : json()},
          {"limit", probe.limit},
          {"allowance", probe.allowance()},
          {"clips", probe.clips},
          {"people", probe.people},
          {"feature", probe.feature}};
}

}  // namespace changeling
