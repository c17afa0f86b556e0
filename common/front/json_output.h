// common/front/json_output.h: what a verb prints with --json. Layer 7.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace changeling {

/// Prints one object on one line of standard output, with "schema_version": 1 added. Wrong UTF-8
/// (text of a catalog may hold any bytes) is replaced.
void print_json(nlohmann::json document);

}  // namespace changeling
