#include "catalog/export/export_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/inner_path.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = 1 << 20;

[[noreturn]] void fail(const std::string& action, const fs::path& path) {
  throw Error(ErrorKind::kResource, action + " '" + path.string() + "': " + std::strerror(errno));
}

[[noreturn]] void fail_changed(const fs::path& path) {
  throw Error(ErrorKind::kCatalog, "'" + path.string() +
                                       "' does not hold the bytes of its digest (run 'changeling "
                                       "catalog verify')");
}

/// A folder keeps its time when that of something in it is set.
void date_all(const fs::path& folder, const std::string& date) {
  std::tm day = {};
  CHANGELING_REQUIRE(::strptime(date.c_str(), "%Y-%m-%d", &day) != nullptr, "an export has a date");
  const timespec time = {::timegm(&day), 0};
  const timespec both[] = {time, time};  // of access, of change
  const auto set = [&both](const fs::path& path) {
    if (::utimensat(AT_FDCWD, path.c_str(), both, 0) != 0) {
      fail("cannot set the time of", path);
    }
  };
  set(folder);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    set(entry.path());
  }
}

}  // namespace

struct ExportFolder::State {
  fs::path target, partial;
  std::optional<ExportFile> sums;
  std::set<Digest> checked;  ///< files of the store whose bytes were those of their digest
  std::int64_t bytes = 0;
  int open_files = 0;
  bool is_published = false;
};

struct ExportFile::State {
  ExportFolder::State* folder = nullptr;  ///< null: a file that SHA256SUMS does not list
  std::string rel_path;
  fs::path path;
  int fd = -1;
  std::string buffer;
  Sha256 hash;
  std::int64_t bytes = 0;

  void put(std::string_view text) {
    hash.update(text);
    write_all(fd, text, path);
  }

  void flush() {
    put(buffer);
    buffer.clear();
  }

  /// Lets the kernel copy a file whose bytes are known, where it can and as far as it does: not
  /// from another file system, and some say 0, as at a file's end. The rest is read and written,
  /// which names the file that is at fault where neither goes.
  void copy_checked(const ItemFile& file) {
    const int from = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (from < 0) {
      fail("cannot read", file.path);
    }
    ssize_t copied = 1;
    while (bytes < file.bytes && copied > 0) {
      copied = ::copy_file_range(from, nullptr, fd, nullptr,
                                 static_cast<std::size_t>(file.bytes - bytes), 0);
      bytes += std::max<ssize_t>(copied, 0);
    }
    ::close(from);
    if (bytes < file.bytes) {
      const auto write_on = [this](std::string_view chunk) {
        write_all(fd, chunk, path);
        bytes += static_cast<std::int64_t>(chunk.size());
      };
      read_chunks(file.path, write_on, bytes);
    }
    if (bytes != file.bytes) {
      fail_changed(file.path);
    }
  }
};

ExportFile::ExportFile(std::unique_ptr<State> state) : state_(std::move(state)) {}

ExportFile::~ExportFile() {
  if (state_ && state_->fd >= 0) {
    ::close(state_->fd);
  }
}

ExportFile::ExportFile(ExportFile&&) noexcept = default;
ExportFile& ExportFile::operator=(ExportFile&&) noexcept = default;

void ExportFile::write(std::string_view bytes) {
  state_->bytes += static_cast<std::int64_t>(bytes.size());
  if (bytes.size() >= kChunkBytes && state_->buffer.empty()) {
    state_->put(bytes);
    return;
  }
  state_->buffer += bytes;
  if (state_->buffer.size() >= kChunkBytes) {
    state_->flush();
  }
}

std::int64_t ExportFile::bytes() const {
  return state_->bytes;
}

WrittenFile ExportFile::close() {
  state_->flush();
  return end(state_->hash.finish());
}

WrittenFile ExportFile::end(const Digest& sha256) {
  // The disk works on it while the next file is read and hashed; publish() waits.
  (void)::sync_file_range(state_->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
  if (::close(std::exchange(state_->fd, -1)) != 0) {
    fail("cannot write", state_->path);
  }
  const WrittenFile written{sha256, state_->bytes};
  if (ExportFolder::State* folder = state_->folder; folder != nullptr) {
    folder->sums->write(written.sha256.hex() + "  " + state_->rel_path + "\n");
    folder->bytes += written.bytes;
    --folder->open_files;
  }
  return written;
}

void refuse_existing(const fs::path& folder) {
  if (fs::exists(folder)) {
    throw Error(ErrorKind::kConfig,
                "'" + folder.string() + "' exists already: move it away or choose another --out");
  }
}

ExportFolder::ExportFolder(fs::path folder) : state_(std::make_unique<State>()) {
  state_->target = std::move(folder);
  state_->partial = state_->target;
  state_->partial += ".part";
  refuse_existing(state_->target);
  std::error_code failed;
  fs::remove_all(state_->partial, failed);
  fs::create_directories(state_->partial, failed);
  if (failed) {
    throw Error(ErrorKind::kResource,
                "cannot make '" + state_->partial.string() + "': " + failed.message());
  }
  state_->sums.emplace(open_unlisted(kSumsName));
}

ExportFolder::~ExportFolder() {
  if (!state_->is_published) {
    std::error_code ignored;
    fs::remove_all(state_->partial, ignored);
  }
}

ExportFile ExportFolder::open_unlisted(const std::string& rel_path) {
  if (!is_inner_path(rel_path)) {  // made of names in the catalog
    throw Error(ErrorKind::kCatalog, "'" + rel_path + "' would lie outside the export");
  }
  auto state = std::make_unique<ExportFile::State>();
  state->rel_path = rel_path;
  state->path = state_->partial / rel_path;
  std::error_code ignored;
  fs::create_directories(state->path.parent_path(), ignored);
  state->fd = ::open(state->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (state->fd < 0) {
    fail("cannot make", state->path);
  }
  return ExportFile(std::move(state));
}

ExportFile ExportFolder::open(const std::string& rel_path) {
  ExportFile file = open_unlisted(rel_path);
  file.state_->folder = state_.get();
  ++state_->open_files;
  return file;
}

void ExportFolder::write(const std::string& rel_path, std::string_view bytes) {
  ExportFile file = open(rel_path);
  file.write(bytes);
  file.close();
}

void ExportFolder::copy(const ItemFile& file, const std::string& rel_path) {
  ExportFile out = open(rel_path);
  if (state_->checked.count(file.sha256) > 0) {
    out.state_->copy_checked(file);
    out.end(file.sha256);
    return;
  }
  read_chunks(file.path, [&out](std::string_view bytes) { out.write(bytes); });
  if (out.close().sha256 != file.sha256) {
    fail_changed(file.path);
  }
  state_->checked.insert(file.sha256);
}

void ExportFolder::read(const ItemFile& file, const std::function<void(std::string_view)>& sink) {
  if (state_->checked.count(file.sha256) > 0) {
    read_chunks(file.path, sink);
    return;
  }
  Sha256 hash;
  read_chunks(file.path, [&](std::string_view bytes) {
    hash.update(bytes);
    sink(bytes);
  });
  if (hash.finish() != file.sha256) {
    fail_changed(file.path);
  }
  state_->checked.insert(file.sha256);
}

void ExportFolder::repeat(const std::string& from, const std::string& rel_path) {
  ExportFile out = open(rel_path);
  read_chunks(state_->partial / from, [&out](std::string_view bytes) { out.write(bytes); });
  out.close();
}

WrittenFile ExportFolder::end_sums() {
  CHANGELING_REQUIRE(state_->open_files == 0, "a file of the export was not ended");
  const WrittenFile written = state_->sums->close();
  state_->sums.reset();
  return written;
}

void ExportFolder::write_unlisted(const std::string& rel_path, std::string_view bytes) {
  CHANGELING_REQUIRE(!state_->sums, "the list of digests is still open");
  ExportFile file = open_unlisted(rel_path);
  file.write(bytes);
  file.close();
}

void ExportFolder::publish(const std::string& date) {
  CHANGELING_REQUIRE(!state_->sums, "the list of digests is still open");
  date_all(state_->partial, date);
  const int fd = ::open(state_->partial.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = fd >= 0 && ::syncfs(fd) == 0;
  if (fd >= 0) {
    ::close(fd);
  }
  if (!is_synced) {
    fail("cannot sync", state_->partial);
  }
  std::error_code failed;
  fs::rename(state_->partial, state_->target, failed);
  if (failed) {
    throw Error(ErrorKind::kResource,
                "cannot publish '" + state_->target.string() + "': " + failed.message());
  }
  state_->is_published = true;
}

std::int64_t ExportFolder::bytes_written() const {
  return state_->bytes;
}

}  // namespace changeling
