// reports/model/page_progress.h: how far a page is that takes minutes to make. Layer 2.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace changeling {

/// What is done of one part of the work, of how much, and what is counted. A part that comes once
/// more counts from its beginning. Called often; what it throws ends the page. Empty: nobody asks.
using PageProgress = std::function<void(const std::string& part, const std::string& unit,
                                        std::int64_t done, std::int64_t total)>;

/// One part, for who counts by himself; nothing where nobody asks.
[[nodiscard]] std::function<void(std::int64_t done, std::int64_t total)> part_of(
    const PageProgress& progress, const std::string& part, const std::string& unit);

}  // namespace changeling
