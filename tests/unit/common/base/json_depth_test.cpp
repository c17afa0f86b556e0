#include "common/base/json_depth.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/refusal.h"

namespace changeling {
namespace {

TEST(JsonDepth, CountsOpenListsAndObjects) {
  EXPECT_FALSE(is_deep_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_TRUE(is_deep_json(std::string(65, '[')));
  std::string mixed;
  for (int i = 0; i < 33; ++i) {
    mixed += "{\"a\":[";
  }
  EXPECT_TRUE(is_deep_json(mixed));
}

TEST(JsonDepth, ManySiblingsAreNotDeep) {
  std::string siblings = "[";
  for (int i = 0; i < 1000; ++i) {
    siblings += "{\"a\":[1]},";
  }
  EXPECT_FALSE(is_deep_json(siblings + "0]"));
}

TEST(JsonDepth, BracketsInsideTextsDoNotCount) {
  EXPECT_FALSE(is_deep_json("[\"" + std::string(100, '[') + "\"]"));
  EXPECT_FALSE(is_deep_json("[\"\\\"" + std::string(100, '{') + "\"]"));
  EXPECT_TRUE(is_deep_json("\"\\\\\"" + std::string(65, '[')));
}

TEST(JsonDepth, ADeepTextIsRefusedByName) {
  refuse_deep_json("[[]]", "'a.json'");
  EXPECT_EQ(
      refusal_of(ErrorKind::kInput, [] { refuse_deep_json(std::string(65, '['), "'a.json'"); }),
      "'a.json' is nested too deeply");
}

}  // namespace
}  // namespace changeling
