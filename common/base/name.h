// common/base/name.h: names that people give to corpora, splits, lists, suites and data sets. Layer
// 0.
#pragma once

#include <string_view>

namespace changeling {

/// Names stand in paths, in NAME@VERSION and in corpus:NAME. Throws Error(kConfig) that begins with
/// `what` unless `name` begins with a-z and holds a-z, 0-9, _ and - only, at most 64 of them.
void check_name(std::string_view what, std::string_view name);

}  // namespace changeling
