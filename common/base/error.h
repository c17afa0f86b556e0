// common/base/error.h: the one exception type of Changeling and its kinds. Layer 0.
// Policy and exit codes: ARCHITECTURE.md, "Errors".
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace changeling {

/// What went wrong, as stored in `job.error_kind` and mapped to exit codes.
enum class ErrorKind { kInput, kConfig, kModel, kResource, kCatalog, kCancelled, kInternal };

/// The stored spelling: "input", "config", "model", "resource", "catalog", "cancelled", "internal".
[[nodiscard]] std::string_view to_string(ErrorKind kind);

/// Bad input, environment or library failure. The message is one line: what, where, what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message);

  [[nodiscard]] ErrorKind kind() const { return kind_; }

  /// True when running the same work again may succeed (resource errors).
  [[nodiscard]] bool retryable() const { return kind_ == ErrorKind::kResource; }

 private:
  ErrorKind kind_;
};

namespace internal {
[[noreturn]] void throw_requirement(const char* file, int line, const char* condition,
                                    const std::string& message);
}  // namespace internal

}  // namespace changeling

/// Checks a precondition of the caller, also in release builds. Throws Error(kInternal).
#define CHANGELING_REQUIRE(condition, message)                                            \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      ::changeling::internal::throw_requirement(__FILE__, __LINE__, #condition, message); \
    }                                                                                     \
  } while (false)
