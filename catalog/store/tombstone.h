// catalog/store/tombstone.h: ids of people who are forgotten but must be known again. Layer 1.
#pragma once

#include <string>
#include <string_view>

namespace changeling {

/// An id that stands for `ext_id` of a corpus and does not tell it: `!<salt>:<salted SHA-256>`,
/// with a new salt at every call.
[[nodiscard]] std::string make_tombstone(std::string_view corpus, std::string_view ext_id);

/// True for such an id, whoever it stands for: no corpus may use one.
[[nodiscard]] bool is_tombstone(std::string_view id);

/// The same of a row of subject, as SQL without parameters.
inline constexpr const char* kIsErased = "substr(ext_id,1,1)='!'";

/// True when `tombstone` was made of this id. False for anything that is no tombstone.
[[nodiscard]] bool is_tombstone_of(std::string_view tombstone, std::string_view corpus,
                                   std::string_view ext_id);

}  // namespace changeling
