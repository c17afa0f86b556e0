// common/base/shortage.h: this process has too little of something. Layer 0.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.h"

namespace changeling {

/// No file descriptor is left to this process. No item's own fault: whatever is opened next, with
/// as many open, fails alike. (Of a machine's full table another process may be the cause, and it
/// passes.)
class DescriptorShortage : public Error {
 public:
  explicit DescriptorShortage(const std::string& message) : Error(ErrorKind::kResource, message) {}
};

/// True for the errno that says so.
[[nodiscard]] bool lacks_descriptors(int os_error);

/// True for the errno values that say so (descriptors, memory, threads): they tell nothing of the
/// file that was to be read.
[[nodiscard]] bool is_shortage(int os_error);

/// Throws what the errno behind a failed open or read says: DescriptorShortage, Error(kResource)
/// for another shortage, else Error(kInput).
[[noreturn]] void throw_unread(const std::string& message, int os_error);

/// The same of a file that could not be opened, by errno.
[[noreturn]] void throw_unopened(const std::filesystem::path& path);

}  // namespace changeling
