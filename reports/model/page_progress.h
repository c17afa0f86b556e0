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

/// For BootstrapOptions::on_replicate of all intervals of a part: counts them as "draws" of people.
/// Of `total`, which may be more than are drawn: few people have no interval.
[[nodiscard]] std::function<void()> count_draws(const PageProgress& progress,
                                                const std::string& part, std::int64_t total);

}  // namespace changeling
