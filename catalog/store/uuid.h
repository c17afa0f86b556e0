// catalog/store/uuid.h: ids of runs. Layer 1, internal to the store.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits; 36 characters. Sorts
/// by time of making to the millisecond.
[[nodiscard]] std::string make_uuid_v7();

/// True for the written form: groups of 8, 4, 4, 4 and 12 lower-case hex digits.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace changeling
