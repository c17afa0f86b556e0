// common/nets/net_metadata.h: NetInfo as safetensors metadata. Layer 2.
#pragma once

#include <string>

#include "common/base/digest.h"
#include "common/nets/net_weights.h"
#include "common/weights/safetensors.h"

namespace changeling {

/// Keys: "format" = "changeling-net", the members of NetInfo (lists as "2,2,2,2"), the notes, and
/// "data_sha256" over the tensors' bytes in file order. Throws Error(kModel) when a note has the
/// name of another key.
[[nodiscard]] SafetensorsMetadata to_metadata(const NetInfo& info, const Digest& data_sha256);

/// The inverse; `where` stands in messages. Throws Error(kModel) for a key that is missing or whose
/// text cannot be read, and as check_net_info.
[[nodiscard]] NetInfo net_info_from_metadata(const SafetensorsMetadata& metadata,
                                             const std::string& where);

[[nodiscard]] Digest stored_data_digest(const SafetensorsMetadata& metadata,
                                        const std::string& where);

}  // namespace changeling
