#include "common/base/spare_room.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/disk_refusal.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/temp_dir.h"

namespace {

int refused_with = 0;  ///< what file systems say instead of reserving; 0: they do

}  // namespace

/// Stands before the one of the C library.
int posix_fallocate(int fd, off_t offset, off_t bytes) {
  if (refused_with != 0) {
    return refused_with;
  }
  return ::syscall(SYS_fallocate, fd, 0, offset, bytes) == 0 ? 0 : errno;
}

namespace changeling {
namespace {

std::string message_of(const std::filesystem::path& file) {
  try {
    const SpareRoom room(file, 4096);
  } catch (const DiskRefusal& refusal) {
    return std::string("refusal: ") + refusal.what();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SpareRoom, LeavesNoName) {
  const TempDir dir;
  SpareRoom room(dir.path() / "catalog.db", 4096);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  room.give();
  room.give();
}

TEST(SpareRoom, TakesTheNameOfAKilledProcess) {
  const TempDir dir;
  std::ofstream(dir.path() / "catalog.db.room") << "left";
  const SpareRoom room(dir.path() / "catalog.db", 4096);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(SpareRoom, ZerosDoWhereTheFileSystemReservesNothing) {
  const TempDir dir;
  for (const int error : {EINVAL, EOPNOTSUPP}) {
    refused_with = error;
    EXPECT_EQ(message_of(dir.path() / "catalog.db"), "");
    const FileSizeLimit limit(1000);
    const std::string message = message_of(dir.path() / "catalog.db");
    EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  }
  refused_with = 0;
}

TEST(SpareRoom, SaysWhyThereIsNone) {
  const TempDir dir;
  EXPECT_NE(message_of(dir.path() / "absent" / "catalog.db").find("No such file"),
            std::string::npos);
  std::string message;
  {
    const NoDescriptors none;
    message = message_of(dir.path() / "catalog.db");
  }
  EXPECT_NE(message.find("Too many open files"), std::string::npos) << message;
}

}  // namespace
}  // namespace changeling
