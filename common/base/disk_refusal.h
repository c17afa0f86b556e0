// common/base/disk_refusal.h: the disk takes nothing more. Layer 0.
#pragma once

#include <string>

#include "common/base/error.h"

namespace changeling {

/// The disk is full, over a quota, read-only, or closed to this user. No item's own fault: whatever
/// is written next fails alike.
class DiskRefusal : public Error {
 public:
  explicit DiskRefusal(const std::string& message) : Error(ErrorKind::kResource, message) {}
};

/// True for the errno values of a disk that takes nothing more, whoever writes.
[[nodiscard]] bool is_disk_refusal(int os_error);

/// Throws DiskRefusal (also for lacking permission), DescriptorShortage or Error(kResource), as the
/// errno behind a failed write says.
[[noreturn]] void throw_unwritten(const std::string& message, int os_error);

}  // namespace changeling
