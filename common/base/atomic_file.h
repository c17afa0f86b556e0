// common/base/atomic_file.h: files appear whole or not at all. Layer 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace changeling {

/// Writes `bytes` to `path` through `path.part`: write, fsync, rename, fsync of the folder.
/// Makes missing parent folders. Throws Error(kResource), DiskRefusal when the disk is full; the
/// partial file is removed. `permissions` are those of a new file, before the umask.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                           int permissions = 0644);

/// Publishes a finished file under its final name on the same file system: fsync, rename, fsync of
/// the folder. Throws Error(kResource).
void publish_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Writes all of `bytes` to an open file. Returns the errno of what stopped it, 0 where nothing
/// did.
[[nodiscard]] int try_write_all(int fd, std::string_view bytes);

/// The same; `path` names the file in errors. Throws Error(kResource), DiskRefusal when the disk is
/// full.
void write_all(int fd, std::string_view bytes, const std::filesystem::path& path);

/// Hands a file to `sink`, 1 MiB at a time, from the byte `first` (0-based) on; nothing where the
/// file is no longer. Throws Error(kInput) when it cannot be read.
void read_chunks(const std::filesystem::path& path,
                 const std::function<void(std::string_view)>& sink, std::int64_t first = 0);

/// The whole file. Throws Error(kInput) when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace changeling
