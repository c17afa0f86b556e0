// common/cli/config_schema.h: JSON Schema and table of the configuration keys, from the
// option table. Layer 1.
#pragma once

#include <string>
#include <vector>

#include "common/cli/option_table.h"

namespace changeling {

/// JSON Schema (draft 2020-12) of a configuration file: nested objects without further properties,
/// types, ranges, choices, defaults, descriptions, and `extends`.
[[nodiscard]] std::string config_json_schema(const std::vector<Option>& options);

/// A Markdown table of the keys: key, flag, values, default, meaning.
[[nodiscard]] std::string config_markdown_table(const std::vector<Option>& options);

}  // namespace changeling
