// common/base/json_depth.h: how deep a JSON text goes, told before it is parsed. Layer 0.
#pragma once

#include <string_view>

namespace changeling {

/// Whether the text nests more than 64 lists and objects. Copying, comparing and writing such a
/// value recurses and may overflow the stack; no file of ours is half as deep.
[[nodiscard]] bool is_deep_json(std::string_view text);

/// Throws Error(kInput) "<what> is nested too deeply" for such a text.
void refuse_deep_json(std::string_view text, std::string_view what);

}  // namespace changeling
