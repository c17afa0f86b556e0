#include "common/base/atomic_file.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "common/base/error.h"

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

TEST(ReadFile, AFolderIsAnInputError) {
  EXPECT_THROW((void)read_file("/tmp"), Error);
}

}  // namespace
}  // namespace changeling
