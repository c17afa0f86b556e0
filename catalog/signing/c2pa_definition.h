// catalog/signing/c2pa_definition.h: a claim as the manifest definition that c2patool reads.
// Layer 2.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// JSON for `c2patool IN --manifest FILE`: generator, title, one `c2pa.created` action with the
/// claim's source type, and what the claim knows of inputs, networks, masks and spans as assertions
/// `changeling.*` (C2PA's own ingredients need the files, which do not leave the corpus). Throws
/// Error(kInput) for a claim without a source type or a damaged one.
[[nodiscard]] std::string c2pa_definition(std::string_view claim);

}  // namespace changeling
