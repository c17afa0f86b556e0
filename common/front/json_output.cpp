#include "common/front/json_output.h"

#include <iostream>

#include <nlohmann/json.hpp>

namespace changeling {

void print_json(nlohmann::json document) {
  document["schema_version"] = 1;
  std::cout << document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace changeling
