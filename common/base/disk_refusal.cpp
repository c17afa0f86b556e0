#include "common/base/disk_refusal.h"

#include <cerrno>

#include "common/base/shortage.h"

namespace changeling {

bool is_disk_refusal(int os_error) {
  return os_error == ENOSPC || os_error == EDQUOT || os_error == EROFS;
}

void throw_unwritten(const std::string& message, int os_error) {
  if (is_disk_refusal(os_error) || os_error == EACCES || os_error == EPERM) {
    throw DiskRefusal(message);
  }
  if (lacks_descriptors(os_error)) {
    throw DescriptorShortage(message);
  }
  throw Error(ErrorKind::kResource, message);
}

}  // namespace changeling
