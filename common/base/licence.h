// common/base/licence.h: what a licence's text says about passing on. Layer 0.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// Stands in the licence of weights trained on pictures that may not be given away
/// (`changeling train fit` writes it); what such a network makes may not be given away either.
inline constexpr std::string_view kNotRedistributable = "not redistributable";

/// Whether the text holds kNotRedistributable, in any case.
[[nodiscard]] bool forbids_redistribution(const std::string& licence);

}  // namespace changeling
