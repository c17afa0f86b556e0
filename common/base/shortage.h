// common/base/shortage.h: this process has too little of something. Layer 0.
#pragma once

#include <filesystem>
#include <string>

namespace changeling {

/// True for the errno values that say so (descriptors, memory, threads): they tell nothing of the
/// file that was to be read.
[[nodiscard]] bool is_shortage(int os_error);

/// Throws what the errno behind a failed open or read says: Error(kResource) for a shortage, else
/// Error(kInput).
[[noreturn]] void throw_unread(const std::string& message, int os_error);

/// The same of a file that could not be opened, by errno.
[[noreturn]] void throw_unopened(const std::filesystem::path& path);

}  // namespace changeling
