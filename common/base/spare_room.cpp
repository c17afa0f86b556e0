#include "common/base/spare_room.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/disk_refusal.h"

namespace changeling {

SpareRoom::SpareRoom(const std::filesystem::path& file, std::int64_t bytes) {
  std::error_code is_absent;
  const std::filesystem::path linked = std::filesystem::canonical(file, is_absent);
  const std::string name = (is_absent ? file : linked).string() + ".room";
  ::unlink(name.c_str());  // of a process killed between the next two lines
  fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int failed = fd_ < 0 ? errno : 0;
  ::unlink(name.c_str());
  if (failed == 0) {
    failed = ::posix_fallocate(fd_, 0, bytes);
  }
  if (failed == EINVAL || failed == EOPNOTSUPP) {  // a file system that reserves nothing
    failed = try_write_all(fd_, std::string(static_cast<std::size_t>(bytes), '\0'));
  }
  if (failed != 0) {
    give();
    throw_unwritten("cannot keep " + std::to_string(bytes) + " bytes free for '" + file.string() +
                        "': " + std::strerror(failed),
                    failed);
  }
}

void SpareRoom::give() noexcept {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

}  // namespace changeling
