#include "common/base/spare_room.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "common/base/disk_refusal.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/temp_dir.h"

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
