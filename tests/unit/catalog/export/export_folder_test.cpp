#include "catalog/export/export_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/catalog/export/export_fixture.h"

namespace {

enum class Kernel { kCopies, kCopiesNothing, kStopsHalfWay };
Kernel kernel = Kernel::kCopies;
int stopped_by = 0;  ///< errno of a kernel that stops after two bytes

}  // namespace

/// Stands before the one of the C library.
ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t bytes,
                        unsigned flags) {
  if (kernel == Kernel::kCopiesNothing) {
    return 0;
  }
  if (kernel == Kernel::kStopsHalfWay && ::lseek(from, 0, SEEK_CUR) > 0) {
    errno = stopped_by;
    return -1;
  }
  const std::size_t most = kernel == Kernel::kStopsHalfWay ? 2 : bytes;
  return ::syscall(SYS_copy_file_range, from, from_at, to, to_at, std::min(bytes, most), flags);
}

namespace changeling {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(ExportFolder, RefusesANameThatLeadsOutside) {
  const TempDir folder;
  ExportFolder out(folder / "out");
  for (const std::string name : {"../a.mp4", "x/../../a.mp4", "/tmp/a.mp4"}) {
    EXPECT_THAT(message_of([&] { (void)out.open(name); }), HasSubstr("outside the export"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.mp4"));
}

/// A file in memory; empty where it would lie on the file system of `folder`, or nowhere.
fs::path file_elsewhere(const fs::path& folder, const std::string& bytes) {
  struct stat here = {}, there = {};
  const fs::path memory = "/dev/shm";
  if (::stat(folder.c_str(), &here) != 0 || ::stat(memory.c_str(), &there) != 0 ||
      here.st_dev == there.st_dev || ::access(memory.c_str(), W_OK) != 0) {
    return {};
  }
  const fs::path file = memory / (folder.filename().string() + "-elsewhere");
  std::ofstream(file) << bytes;
  return file;
}

TEST(ExportFolder, CopiesAFileOfAnotherFileSystemMoreThanOnce) {
  const TempDir folder;
  const std::string bytes(3'000'000, 'x');
  const fs::path blob = file_elsewhere(folder.path(), bytes);
  if (blob.empty()) {
    GTEST_SKIP() << "no second file system";
  }
  ExportFolder out(folder / "out");
  const ItemFile file{blob, sha256(bytes), static_cast<std::int64_t>(bytes.size())};
  for (const char* name : {"a", "b"}) {  // the second one by the kernel, where it can
    out.copy(file, name);
  }
  fs::remove(blob);
  out.end_sums();
  out.publish("2026-01-31");
  EXPECT_EQ(read_file(folder / "out/a"), bytes);
  EXPECT_EQ(read_file(folder / "out/b"), bytes);
  const std::string sum = sha256(bytes).hex();
  EXPECT_EQ(read_file(folder / "out/SHA256SUMS"), sum + "  a\n" + sum + "  b\n");
}

TEST(ExportFolder, CopiesAFileWhoseFileSystemCopiesNothing) {
  const TempDir folder;
  write_file_atomically(folder / "blob", "bytes");
  ExportFolder out(folder / "out");
  out.copy({folder / "blob", sha256("bytes"), 5}, "a");
  kernel = Kernel::kCopiesNothing;
  EXPECT_NO_THROW(out.copy({folder / "blob", sha256("bytes"), 5}, "b"));
  kernel = Kernel::kCopies;
  out.end_sums();
  out.publish("2026-01-31");
  EXPECT_EQ(read_file(folder / "out/b"), "bytes");
}

TEST(ExportFolder, GoesOnWhereTheKernelStopsCopying) {
  const TempDir folder;
  write_file_atomically(folder / "blob", "bytes");
  const ItemFile file{folder / "blob", sha256("bytes"), 5};
  ExportFolder out(folder / "out");
  out.copy(file, "0");
  kernel = Kernel::kStopsHalfWay;
  for (const int error : {EXDEV, EOPNOTSUPP, EINVAL, EINTR, EIO}) {
    stopped_by = error;
    EXPECT_NO_THROW(out.copy(file, std::to_string(error))) << std::strerror(error);
  }
  kernel = Kernel::kCopies;
  out.end_sums();
  out.publish("2026-01-31");
  for (const int error : {EXDEV, EOPNOTSUPP, EINVAL, EINTR, EIO}) {
    EXPECT_EQ(read_file(folder / "out" / std::to_string(error)), "bytes") << std::strerror(error);
  }
}

TEST(ExportFolder, RefusesABlobThatBecameShorter) {
  const TempDir folder;
  write_file_atomically(folder / "blob", "bytes");
  const ItemFile file{folder / "blob", sha256("bytes"), 5};
  ExportFolder out(folder / "out");
  out.copy(file, "a");
  fs::resize_file(folder / "blob", 3);
  EXPECT_THAT(message_of([&] { out.copy(file, "b"); }), HasSubstr("does not hold the bytes"));
}

TEST(ExportFolder, RefusesABlobThatIsNotWhatItsNameSays) {
  const TempDir folder;
  write_file_atomically(folder / "blob", "bytes");
  ExportFolder out(folder / "out");
  EXPECT_THAT(message_of([&] {
                out.copy({folder / "blob", sha256("other"), 5}, "a");
              }),
              HasSubstr("does not hold the bytes"));
}

}  // namespace
}  // namespace changeling
