// catalog/store/clock.h: the one place where the catalog reads the wall clock. Layer 1.
#pragma once

#include <cstdint>
#include <string>

namespace changeling {

/// Now as ISO-8601 UTC text with microseconds, "2026-01-31T12:00:00.123456Z"; sorts as time does.
[[nodiscard]] std::string now_iso8601();

/// Now, or a microsecond after `earlier`, which is such text or empty, when a clock that was set
/// back says less.
[[nodiscard]] std::string now_after(const std::string& earlier);

/// Microseconds since 1970 UTC.
[[nodiscard]] std::int64_t now_us();

}  // namespace changeling
