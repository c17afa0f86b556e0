// common/base/label_tags.h: under which names a file of ours carries its label. Layer 0.
#pragma once

#include <cstddef>

namespace changeling {

/// "fake", "real_control" or "real", padded with blanks to kLabelBytes; also in PNG.
inline constexpr const char* kLabelTag = "changeling_label";
inline constexpr std::size_t kLabelBytes = 12;  ///< of the longest, "real_control"

inline constexpr const char* kMethodTag = "changeling_method";
inline constexpr const char* kJobTag = "changeling_job";
inline constexpr const char* kSourceTypeTag = "changeling_source_type";

}  // namespace changeling
