#include "common/base/plain_text.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {
namespace {

TEST(PlainText, Utf8IsToldFromOtherBytes) {
  for (const char* text :
       {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x99\x82", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\xE9", "\xC3", "a\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(text)) << without_controls(text);
  }
}

TEST(PlainText, ControlsAreWrittenOut) {
  EXPECT_EQ(without_controls("a\x1B[31mb\n\x7F"), "a\\x1b[31mb\\x0a\\x7f");
  EXPECT_EQ(without_controls("\xC2\x9B"), "\\x9b");  // the one-character form of ESC [
  EXPECT_EQ(without_controls("\xC2\xA0\xC3\xA9 \xE2\x82\xAC"), "\xC2\xA0\xC3\xA9 \xE2\x82\xAC");
}

TEST(PlainText, ErrorsCarryNoEscapeSequences) {
  EXPECT_STREQ(Error(ErrorKind::kInput, "no '\x1B[2Jx'\nnext").what(), "no '\\x1b[2Jx' next");
}

}  // namespace
}  // namespace changeling
