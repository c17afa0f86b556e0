// reports/model/identity_overlap.h: may a network have seen the people of a corpus? Layer 2.
#pragma once

#include <set>
#include <string>

namespace changeling {

/// Those of `corpora` (names) that the text on a network's training data names as words, letters'
/// case aside: "a, b". Else "unknown": one person may be in many corpora, so a name that is absent
/// proves nothing.
[[nodiscard]] std::string identity_overlap(const std::string& trained_on,
                                           const std::set<std::string>& corpora);

}  // namespace changeling
