#include "common/base/atomic_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/disk_refusal.h"
#include "common/base/shortage.h"

namespace changeling {
namespace {

[[noreturn]] void throw_errno(const std::string& action, const std::filesystem::path& path) {
  const int error = errno;
  throw_unwritten(action + " '" + path.string() + "': " + std::strerror(error), error);
}

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, int permissions = 0644)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, permissions)) {
    if (fd_ < 0) {
      throw_errno("cannot open", path);
    }
  }

  ~Descriptor() { ::close(fd_); }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

void sync_path(const std::filesystem::path& path, int flags) {
  const Descriptor descriptor(path, flags);
  if (::fsync(descriptor.get()) != 0) {
    throw_errno("cannot sync", path);
  }
}

}  // namespace

int try_write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0) {
      return EIO;  // would go on for ever
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
  if (const int error = try_write_all(fd, bytes); error != 0) {
    throw_unwritten("cannot write '" + path.string() + "': " + std::strerror(error), error);
  }
}

void read_chunks(const std::filesystem::path& path,
                 const std::function<void(std::string_view)>& sink, std::int64_t first) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw_unopened(path);
  }
  if (first > 0) {  // a pipe cannot be sought
    file.seekg(first);
  }
  std::vector<char> buffer(1 << 20);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    sink({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (file.bad()) {
    throw Error(ErrorKind::kInput, "reading '" + path.string() + "' failed");
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                           int permissions) {
  std::error_code failed, ignored;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), failed);
  }
  if (failed) {
    throw_unwritten("cannot make folder '" + path.parent_path().string() + "': " + failed.message(),
                    failed.value());
  }
  std::filesystem::path partial = path;
  partial += ".part";
  try {
    {
      // What a killed run left is replaced; a link somebody put there is not written through.
      std::filesystem::remove(partial, ignored);
      const Descriptor file(partial, O_WRONLY | O_CREAT | O_EXCL, permissions);
      write_all(file.get(), bytes, partial);
    }
    publish_file(partial, path);
  } catch (const Error&) {
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

void publish_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  sync_path(from, O_RDONLY);
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw_errno("cannot publish", to);
  }
  const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
  sync_path(folder, O_RDONLY | O_DIRECTORY);
}

std::string read_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    throw Error(ErrorKind::kInput, "cannot read '" + path.string() + "': is a directory");
  }
  std::string bytes;
  std::error_code unknown;  // a pipe has no size
  const std::uintmax_t size = std::filesystem::file_size(path, unknown);
  bytes.reserve(unknown ? 0 : static_cast<std::size_t>(size));
  read_chunks(path, [&](std::string_view chunk) { bytes.append(chunk); });
  return bytes;
}

}  // namespace changeling
