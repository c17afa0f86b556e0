// common/cli/suggestion.h: the nearest known word to a mistyped one. Layer 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace changeling {

/// Edits (insert, remove, replace, swap of neighbours) that turn one text into the other, letter
/// case ignored.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `text`, first in order when several are equally near; empty when none
/// is near enough (a third of its length, at least 2). Candidates that end in ".text" count as
/// near.
[[nodiscard]] std::string nearest(std::string_view text,
                                  const std::vector<std::string>& candidates);

/// "; did you mean 'X'?", or empty.
[[nodiscard]] std::string did_you_mean(std::string_view text,
                                       const std::vector<std::string>& candidates,
                                       const std::string& prefix = "");

}  // namespace changeling
