// catalog/store/uuid.h: ids of runs. Layer 1, internal to the store.
#pragma once

#include <string>

namespace changeling {

/// A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits; 36 characters. Sorts
/// by time of making to the millisecond.
[[nodiscard]] std::string make_uuid_v7();

}  // namespace changeling
