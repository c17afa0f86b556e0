// common/base/writer_lock.h: one process writes to a file or to a set of files. Layer 0.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.h"

namespace changeling {

/// Holds an exclusive flock on `<file>.lock`, or on `<file>.<holder>.lock`, for its lifetime. The
/// kernel drops it when the process dies, so no stale lock survives a kill; the lock file itself
/// stays. Two locks in one process exclude each other too.
class WriterLock {
 public:
  /// `noun` says what `file` is, `holder` who may have it once; those of another name do not
  /// exclude each other. Throws Error(`held`) naming the process when another one is at work,
  /// Error(kResource) when the lock file cannot be made.
  WriterLock(const std::filesystem::path& file, const std::string& noun, ErrorKind held,
             const std::string& holder = "writer");
  WriterLock(WriterLock&& other) noexcept;
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int fd_;
};

}  // namespace changeling
