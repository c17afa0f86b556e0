#include "common/packs/pack_rows.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"

namespace changeling {

// Note [Read, not mapped]: a mapping would need no descriptor, but a file that becomes shorter, or
// a disk or network share that fails, would end a training of days by SIGBUS without a word; a read
// says which pack it was. What the kernel keeps of files is not counted as memory of the process
// that reads them, mapped pages are. Half of the descriptors are left to everything else.

namespace {

/// 0 where it cannot be told.
rlim_t open_file_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileState state_of(int fd) {
  struct stat status {};

  if (::fstat(fd, &status) != 0) {
    return {};  // as good as changed
  }
  return {status.st_size, static_cast<std::int64_t>(status.st_ino), nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

/// A byte for each mask of `area` bytes, bit v for the value v.
std::vector<std::uint8_t> values_shown(std::string_view masks, std::size_t area) {
  std::vector<std::uint8_t> shown;
  for (; !masks.empty(); masks.remove_prefix(area)) {
    unsigned bits = 0;
    for (const char value : masks.substr(0, area)) {
      bits |= 1U << static_cast<unsigned>(value);  // checked to be at most 2
    }
    shown.push_back(static_cast<std::uint8_t>(bits));
  }
  return shown;
}

}  // namespace

PackRows::PackRows(const FrameSet& set, const FrameSetEntry& entry, CheckedPacks& checked,
                   const std::function<void(const FramePack&)>& use)
    : path_(set.folder / entry.file) {
  const int fd = open_file();
  try {
    const PackOutline outline = look_at(fd, set, entry, checked);
    frames_ = outline.frames.frame_count();
    pixels_at_ = outline.pixels_at;
    masks_at_ = outline.masks_at;
    use(outline.frames);
  } catch (...) {
    ::close(fd);
    throw;
  }
  if (static_cast<rlim_t>(fd) < open_file_limit() / 2) {
    kept_ = fd;
  } else {
    ::close(fd);
  }
}

PackRows::~PackRows() {
  if (kept_ >= 0) {
    ::close(kept_);
  }
}

/// Sets what is known of the file as it is now.
PackOutline PackRows::look_at(int fd, const FrameSet& set, const FrameSetEntry& entry,
                              CheckedPacks& checked) {
  state_ = state_of(fd);
  const auto side = static_cast<std::int64_t>(set.layout.resolution_px);
  area_ = side * side;
  if (const std::vector<std::uint8_t>* shown = checked.find(entry.sha256, state_)) {
    shown_ = *shown;
    PackOutline outline = read_pack_outline(
        [&](std::int64_t first, std::int64_t count) { return bytes_at(fd, first, count); },
        state_.bytes, path_.string());
    check_entry(outline.frames, set, entry);
    return outline;
  }
  // Of a file that is too long the digest refuses nothing at all, unread.
  const PackFile file = check_pack(
      state_.bytes <= kMaxPackBytes ? bytes_at(fd, 0, state_.bytes) : std::string(), set, entry);
  shown_ = values_shown(file.masks(), static_cast<std::size_t>(area_));
  checked.add(entry.sha256, state_, shown_);
  return file.outline();
}

bool PackRows::shows(std::int64_t frame, PackMask value) const {
  return has_masks() && (shown_[static_cast<std::size_t>(frame)] >> value & 1U) != 0;
}

std::size_t PackRows::most_readers() {
  constexpr rlim_t kEnough = 4096;
  return static_cast<std::size_t>(std::clamp(open_file_limit() / 4, rlim_t{1}, kEnough));
}

PackRows::Reader::Reader(const PackRows& pack)
    : pack_(pack), fd_(pack.kept_ >= 0 ? pack.kept_ : pack.open_file()) {
  const FileState now = state_of(fd_);
  if (now.bytes != pack.state_.bytes || now.modified_ns != pack.state_.modified_ns) {
    if (fd_ != pack.kept_) {
      ::close(fd_);
    }
    pack.fail("it was changed after it had been checked");
  }
}

PackRows::Reader::~Reader() {
  if (fd_ != pack_.kept_) {
    ::close(fd_);
  }
}

void PackRows::Reader::announce(std::int64_t frame) const {
  const std::int64_t area = pack_.area_;  // an advice that is not taken changes nothing
  (void)::posix_fadvise(fd_, pack_.pixels_at_ + frame * area * 3, area * 3, POSIX_FADV_WILLNEED);
  if (pack_.has_masks()) {
    (void)::posix_fadvise(fd_, pack_.masks_at_ + frame * area, area, POSIX_FADV_WILLNEED);
  }
}

void PackRows::Reader::read(std::int64_t frame, char* pixels, char* mask) const {
  CHANGELING_REQUIRE(frame >= 0 && frame < pack_.frames_, "a frame of the pack");
  const std::int64_t area = pack_.area_;
  pack_.read_at(fd_, pack_.pixels_at_ + frame * area * 3, pixels, area * 3);
  if (pack_.has_masks()) {
    pack_.read_at(fd_, pack_.masks_at_ + frame * area, mask, area);
  }
}

int PackRows::open_file() const {
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    fail(std::strerror(errno));
  }
  return fd;
}

std::string PackRows::bytes_at(int fd, std::int64_t offset, std::int64_t bytes) const {
  std::string text(static_cast<std::size_t>(bytes), '\0');
  read_at(fd, offset, text.data(), bytes);
  return text;
}

void PackRows::read_at(int fd, std::int64_t offset, char* to, std::int64_t bytes) const {
  while (bytes > 0) {
    const ssize_t got = ::pread(fd, to, static_cast<std::size_t>(bytes), offset);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      fail(got < 0 ? std::strerror(errno) : "it ends too early");
    }
    to += got;
    offset += got;
    bytes -= got;
  }
}

void PackRows::fail(const std::string& what) const {
  throw Error(ErrorKind::kInput, "cannot read pack '" + path_.string() + "': " + what);
}

}  // namespace changeling
