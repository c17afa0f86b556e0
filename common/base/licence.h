// common/base/licence.h: what the words of a licence say. Layer 0. Case, punctuation and line
// breaks do not count.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// Stands in the licence of weights trained on pictures that may not be given away
/// (`changeling train fit` writes it); what such a network makes may not be given away either.
inline constexpr std::string_view kNotRedistributable = "not redistributable";

/// Whether the text says so: kNotRedistributable and its like ("do not redistribute",
/// "non-redistributable", "no redistribution"), "all rights reserved", or that it is for personal,
/// private, internal or evaluation use only.
[[nodiscard]] bool forbids_redistribution(const std::string& licence);

/// Whether the text forbids derived works: "ND", "NoDerivatives", "no derivatives".
[[nodiscard]] bool forbids_derivatives(const std::string& licence);

/// Whether the text is of use only for some: non-commercial, research, academic.
[[nodiscard]] bool is_for_some_uses(const std::string& licence);

/// Whether there is no text, or one that says unknown, none or proprietary.
[[nodiscard]] bool is_unknown_licence(const std::string& licence);

/// Whether `text` forbids something of the above that `other` does not.
[[nodiscard]] bool forbids_more(const std::string& text, const std::string& other);

}  // namespace changeling
