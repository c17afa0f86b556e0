// tests/support/card_rows.h: tables of cards as tests read them.
#pragma once

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/renderers/json_renderer.h"

namespace changeling {

/// The rows of a table of report.json by its id; null, and the test fails, when there is none.
inline nlohmann::json card_rows(const CardModel& model, const std::string& id) {
  const nlohmann::json document = nlohmann::json::parse(render_json(model));
  for (const nlohmann::json& section : document.at("sections")) {
    for (const nlohmann::json& table : section.at("tables")) {
      if (table.at("id") == id) {
        return table.at("rows");
      }
    }
  }
  ADD_FAILURE() << "no table " << id;
  return {};
}

}  // namespace changeling
