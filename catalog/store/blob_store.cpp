#include "catalog/store/blob_store.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/disk_refusal.h"

namespace changeling {
namespace {

/// A name that no other process or thread of this host uses.
std::filesystem::path unique_staging_file(const std::filesystem::path& staging) {
  static std::atomic<unsigned> counter{0};
  return staging / ("put-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
}

void make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw_unwritten("cannot make folder '" + folder.string() + "': " + error.message(),
                    error.value());
  }
}

/// Makes `<root>/ab/cd` and their entries durable: publish_file syncs the last folder only.
void make_blob_folder(const std::filesystem::path& folder) {
  if (std::filesystem::is_directory(folder)) {
    return;
  }
  make_folders(folder);
  for (const std::filesystem::path& parent :
       {folder.parent_path(), folder.parent_path().parent_path()}) {
    const int fd = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int failed = fd >= 0 && ::fsync(fd) == 0 ? 0 : errno;
    if (fd >= 0) {
      ::close(fd);
    }
    if (failed != 0) {
      throw_unwritten("cannot sync folder '" + parent.string() + "': " + std::strerror(failed),
                      failed);
    }
  }
}

/// True when the file can be read and holds these bytes.
bool hashes_to(const std::filesystem::path& file, const Digest& digest) {
  std::error_code failed;
  try {
    return std::filesystem::is_regular_file(file, failed) && sha256_file(file) == digest;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kResource) {
      throw;  // says nothing of the file
    }
    return false;
  }
}

/// True when the blob is there and intact; its date is renewed, so that gc's grace begins anew.
bool reuse_existing(const std::filesystem::path& blob, const Digest& digest, std::int64_t bytes) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(blob, error);
  if (error || size != static_cast<std::uintmax_t>(bytes) || !hashes_to(blob, digest)) {
    return false;
  }
  (void)::utimensat(AT_FDCWD, blob.c_str(), nullptr, 0);  // a read-only blob is still a blob
  return true;
}

}  // namespace

std::filesystem::path objects_folder(const std::filesystem::path& catalog_file) {
  return catalog_file.parent_path() / "objects";
}

BlobStore::BlobStore(std::filesystem::path root) : root_(std::move(root)) {
  make_folders(staging());
}

std::filesystem::path BlobStore::staging() const {
  return root_ / "staging";
}

std::filesystem::path BlobStore::path(const Digest& digest) const {
  const std::string hex = digest.hex();
  return root_ / hex.substr(0, 2) / hex.substr(2, 2) / hex;
}

BlobRow BlobStore::adopt_file(const std::filesystem::path& file, std::string_view media_type) {
  BlobRow row{sha256_file(file), static_cast<std::int64_t>(std::filesystem::file_size(file)),
              std::string(media_type)};
  const std::filesystem::path target = path(row.sha256);
  if (reuse_existing(target, row.sha256, row.bytes)) {
    std::filesystem::remove(file);
    return row;
  }
  make_blob_folder(target.parent_path());
  publish_file(file, target);
  return row;
}

BlobRow BlobStore::put_bytes(std::string_view bytes, std::string_view media_type) {
  const Digest digest = sha256(bytes);
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (reuse_existing(path(digest), digest, size)) {
    return {digest, size, std::string(media_type)};
  }
  const std::filesystem::path file = unique_staging_file(staging());
  write_file_atomically(file, bytes);
  return adopt_file(file, media_type);
}

void BlobStore::discard(const Digest& digest) noexcept {
  std::error_code ignored;
  std::filesystem::remove(path(digest), ignored);
}

bool BlobStore::contains(const Digest& digest) const {
  return std::filesystem::is_regular_file(path(digest));
}

bool BlobStore::is_intact(const Digest& digest) const {
  return hashes_to(path(digest), digest);
}

std::optional<std::string> BlobStore::find(const Digest& digest) const {
  try {
    return read(digest);
  } catch (const Error&) {  // as is_intact
    return std::nullopt;
  }
}

std::string BlobStore::read(const Digest& digest) const {
  const std::filesystem::path file = path(digest);
  if (!contains(digest)) {
    throw Error(ErrorKind::kCatalog,
                "blob '" + file.string() + "' is missing; run 'changeling catalog verify'");
  }
  std::string bytes = read_file(file);
  if (sha256(bytes) != digest) {
    throw Error(ErrorKind::kCatalog,
                "blob '" + file.string() + "' is damaged; run 'changeling catalog verify'");
  }
  return bytes;
}

}  // namespace changeling
