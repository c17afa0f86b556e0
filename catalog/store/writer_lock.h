// catalog/store/writer_lock.h: one process writes to a catalog. Layer 1, internal to the store.
#pragma once

#include <filesystem>

namespace changeling {

/// Holds an exclusive flock on `<catalog>.lock` for its lifetime. The kernel drops it when the
/// process dies, so no stale lock survives a kill; the file itself stays. Two locks in one process
/// exclude each other too.
class WriterLock {
 public:
  /// Throws Error(kCatalog) naming the holder when another writer is open, Error(kResource) when
  /// the lock file cannot be made.
  explicit WriterLock(const std::filesystem::path& catalog_file);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int fd_;
};

}  // namespace changeling
