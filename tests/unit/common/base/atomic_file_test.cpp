#include "common/base/atomic_file.h"

#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/disk_refusal.h"

namespace changeling {
namespace {

TEST(AtomicFile, WritesAndMakesFolders) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "atomic/a/b.txt";
  write_file_atomically(path, "one");
  write_file_atomically(path, "two");
  EXPECT_EQ(read_file(path), "two");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
}

TEST(AtomicFile, AFullDiskIsAResourceErrorAndLeavesNothing) {
  try {
    write_file_atomically("/dev/full/x", "data");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kResource);
  }
}

TEST(AtomicFile, AFullDiskIsToldFromOtherErrors) {
  const int full = ::open("/dev/full", O_WRONLY);
  const int closed = -1;
  const auto refused = [](int fd) {
    try {
      write_all(fd, "data", "x");
    } catch (const DiskRefusal&) {
      return true;
    } catch (const Error&) {
      return false;
    }
    ADD_FAILURE() << "expected an error";
    return false;
  };
  EXPECT_TRUE(refused(full));
  EXPECT_FALSE(refused(closed));
  ::close(full);
}

TEST(ReadFile, AFolderIsAnInputError) {
  EXPECT_THROW((void)read_file("/tmp"), Error);
}

}  // namespace
}  // namespace changeling
