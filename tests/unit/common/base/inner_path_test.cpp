#include "common/base/inner_path.h"

#include <gtest/gtest.h>

namespace changeling {
namespace {

TEST(InnerPath, RelativeWithoutClimbing) {
  EXPECT_TRUE(is_inner_path("a.mp4"));
  EXPECT_TRUE(is_inner_path("a/b..c/..d.mp4"));
  for (const char* path : {"", "/a.mp4", "..", "../a.mp4", "a/../../b.mp4", "a/.."}) {
    EXPECT_FALSE(is_inner_path(path)) << path;
  }
}

}  // namespace
}  // namespace changeling
