#include "catalog/export/export_folder.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/catalog/export/export_fixture.h"

namespace {

bool copies_nothing = false;  ///< the kernel says that there is nothing to copy

}  // namespace

/// Stands before the one of the C library.
ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t bytes,
                        unsigned flags) {
  return copies_nothing ? 0
                        : ::syscall(SYS_copy_file_range, from, from_at, to, to_at, bytes, flags);
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
  copies_nothing = true;
  EXPECT_NO_THROW(out.copy({folder / "blob", sha256("bytes"), 5}, "b"));
  copies_nothing = false;
  out.end_sums();
  out.publish("2026-01-31");
  EXPECT_EQ(read_file(folder / "out/b"), "bytes");
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
