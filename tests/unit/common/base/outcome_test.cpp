#include "common/base/outcome.h"

#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

namespace changeling {
namespace {

Failure failure_of(const std::function<int()>& fn) {
  return std::get<Failure>(guard<int>("stage", fn));
}

TEST(Guard, PassesAValueThrough) {
  EXPECT_EQ(std::get<int>(guard<int>("stage", [] { return 7; })), 7);
}

TEST(Guard, KeepsKindAndMessageOfAnError) {
  const Failure failure = failure_of([]() -> int { throw Error(ErrorKind::kModel, "no weights"); });
  EXPECT_EQ(failure.kind, ErrorKind::kModel);
  EXPECT_EQ(failure.stage, "stage");
  EXPECT_EQ(failure.message, "no weights");
  EXPECT_FALSE(failure.retryable);
}

TEST(Guard, MemoryIsRetryable) {
  EXPECT_TRUE(failure_of([]() -> int { throw std::bad_alloc(); }).retryable);
}

TEST(Guard, UnknownExceptionsAreInternal) {
  EXPECT_EQ(failure_of([]() -> int { throw std::runtime_error("x"); }).kind, ErrorKind::kInternal);
}

TEST(Error, MessagesAreOneLine) {
  EXPECT_STREQ(Error(ErrorKind::kInput, "a\nb").what(), "a b");
}

TEST(Requirement, NamesConditionFileAndLine) {
  try {
    CHANGELING_REQUIRE(1 == 2, "numbers differ");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("1 == 2"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("outcome_test.cpp"), std::string::npos);
  }
}

}  // namespace
}  // namespace changeling
