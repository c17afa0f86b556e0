// catalog/export/access_class.h: how far a clip may be given away. Layer 4.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace changeling {

/// From closed to open.
enum class AccessClass { kInternal, kGated, kPublic };

/// "internal", "gated", "public".
[[nodiscard]] std::string_view to_string(AccessClass access);

/// Inverse of to_string. Throws Error(kInput).
[[nodiscard]] AccessClass access_class_of(const std::string& text);

/// What one input of a clip permits, and the sentence that says why.
struct AccessTerm {
  AccessClass access = AccessClass::kInternal;
  std::string reason;  ///< empty for kPublic
};

/// A medium: not redistributable, without a known licence or with a no-derivatives clause =
/// internal; non-commercial or research only = gated; else public. `name` stands in the reason.
[[nodiscard]] AccessTerm media_access(const std::string& name, const std::string& licence,
                                      bool is_redistributable);

/// A network: unknown licence, or one that forbids to pass on = internal; non-commercial or
/// research only = gated; else public.
[[nodiscard]] AccessTerm model_access(const std::string& name, const std::string& licence);

/// The most closed of all; public for none.
[[nodiscard]] AccessClass strictest(const std::vector<AccessTerm>& terms);

}  // namespace changeling
