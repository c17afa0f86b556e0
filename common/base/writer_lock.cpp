#include "common/base/writer_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace changeling {
namespace {

std::string read_holder(int fd) {
  std::array<char, 64> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return holder.substr(0, holder.find('\n'));
}

/// The text only helps people who find a held lock; a failed write changes nothing.
void write_holder(int fd) {
  const std::string holder = "process " + std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(fd, holder.data(), holder.size(), 0);
  }
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& file, const std::string& noun, ErrorKind held,
                       const std::string& holder) {
  const std::string lock_file = file.string() + (holder == "writer" ? "" : "." + holder) + ".lock";
  fd_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd_ < 0) {
    throw Error(ErrorKind::kResource,
                "cannot make lock file '" + lock_file + "': " + std::strerror(errno));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const std::string process = read_holder(fd_);
    ::close(fd_);
    throw Error(held, noun + " '" + file.string() + "' is locked by another " + holder +
                          (process.empty() ? "" : " (" + process + ")") +
                          ": wait for it to end, or use another " + noun);
  }
  write_holder(fd_);
}

WriterLock::WriterLock(WriterLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

WriterLock::~WriterLock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

}  // namespace changeling
