#include "common/packs/pack_rows.h"

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

bool may_stay_open(int fd) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && static_cast<rlim_t>(fd) < limit.rlim_cur / 2;
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

/// The kept descriptor, or one for as long as this lives.
class PackRows::Opened {
 public:
  explicit Opened(const PackRows& pack) : is_kept_(pack.kept_ >= 0), fd_(pack.kept_) {
    if (!is_kept_) {
      fd_ = ::open(pack.path_.c_str(), O_RDONLY | O_CLOEXEC);
    }
    if (fd_ < 0) {
      pack.fail(std::strerror(errno));
    }
  }

  ~Opened() {
    if (!is_kept_) {
      ::close(fd_);
    }
  }

  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  [[nodiscard]] int get() const { return fd_; }

  /// The descriptor, which is the caller's from now on.
  int release() {
    is_kept_ = true;
    return fd_;
  }

 private:
  bool is_kept_;
  int fd_;
};

PackRows::PackRows(const FrameSet& set, const FrameSetEntry& entry,
                   const std::function<void(const PackFile&)>& use)
    : path_(set.folder / entry.file) {
  Opened opened(*this);
  state_ = state_of(opened.get());
  std::string bytes;
  if (state_.bytes <= kMaxPackBytes) {  // else its digest refuses it, unread
    bytes.resize(static_cast<std::size_t>(state_.bytes));
    read_at(opened.get(), 0, bytes.data(), state_.bytes);
  }
  const PackFile file = check_pack(std::move(bytes), set, entry);
  frames_ = file.frames().frame_count();
  const auto side = static_cast<std::int64_t>(set.layout.resolution_px);
  area_ = side * side;
  pixels_at_ = file.pixels().offset;
  masks_at_ = file.masks().offset;
  shown_ = values_shown(file.masks().bytes, static_cast<std::size_t>(area_));
  use(file);
  if (may_stay_open(opened.get())) {
    kept_ = opened.release();
  }
}

PackRows::~PackRows() {
  if (kept_ >= 0) {
    ::close(kept_);
  }
}

bool PackRows::shows(std::int64_t frame, PackMask value) const {
  return has_masks() && (shown_[static_cast<std::size_t>(frame)] >> value & 1U) != 0;
}

void PackRows::announce(std::int64_t frame) const {
  const Opened opened(*this);  // an advice that is not taken changes nothing
  (void)::posix_fadvise(opened.get(), pixels_at_ + frame * area_ * 3, area_ * 3,
                        POSIX_FADV_WILLNEED);
  if (has_masks()) {
    (void)::posix_fadvise(opened.get(), masks_at_ + frame * area_, area_, POSIX_FADV_WILLNEED);
  }
}

void PackRows::read(std::int64_t frame, char* pixels, char* mask) const {
  CHANGELING_REQUIRE(frame >= 0 && frame < frames_, "a frame of the pack");
  const Opened opened(*this);
  const State now = state_of(opened.get());
  if (now.bytes != state_.bytes || now.seconds != state_.seconds ||
      now.nanoseconds != state_.nanoseconds) {
    fail("it was changed after it had been checked");
  }
  read_at(opened.get(), pixels_at_ + frame * area_ * 3, pixels, area_ * 3);
  if (has_masks()) {
    read_at(opened.get(), masks_at_ + frame * area_, mask, area_);
  }
}

PackRows::State PackRows::state_of(int fd) {
  struct stat status {};

  if (::fstat(fd, &status) != 0) {
    return {};  // as good as changed
  }
  return {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
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
