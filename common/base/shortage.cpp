#include "common/base/shortage.h"

#include <cerrno>
#include <cstring>

namespace changeling {

bool lacks_descriptors(int os_error) {
  return os_error == EMFILE;
}

bool is_shortage(int os_error) {
  return lacks_descriptors(os_error) || os_error == ENFILE || os_error == ENOMEM ||
         os_error == EAGAIN;
}

void throw_unread(const std::string& message, int os_error) {
  if (lacks_descriptors(os_error)) {
    throw DescriptorShortage(message);
  }
  throw Error(is_shortage(os_error) ? ErrorKind::kResource : ErrorKind::kInput, message);
}

void throw_unopened(const std::filesystem::path& path) {
  const int error = errno;
  throw_unread("cannot read '" + path.string() + "': " + std::strerror(error), error);
}

}  // namespace changeling
