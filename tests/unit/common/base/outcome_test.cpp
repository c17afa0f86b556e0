#include "common/base/outcome.h"

#include <cerrno>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include <gtest/gtest.h>

#include "common/base/disk_refusal.h"
#include "common/base/shortage.h"

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

TEST(Guard, ADiskThatTakesNothingIsNotTheItemsFault) {
  const auto refused = [](const std::error_code& code) {
    const auto outcome =
        guard<int>("swap", [&]() -> int { throw std::filesystem::filesystem_error("copy", code); });
    return std::get<Failure>(outcome);
  };
  for (const std::errc full : {std::errc::no_space_on_device, std::errc::read_only_file_system}) {
    EXPECT_TRUE(refused(std::make_error_code(full)).is_disk_refusal);
    EXPECT_EQ(refused(std::make_error_code(full)).kind, ErrorKind::kResource);
  }
  const Failure absent = refused(std::make_error_code(std::errc::no_such_file_or_directory));
  EXPECT_FALSE(absent.is_disk_refusal);
  EXPECT_EQ(absent.kind, ErrorKind::kInput);
}

TEST(Guard, TooFewDescriptorsAreToldFromOtherShortages) {
  EXPECT_TRUE(failure_of([]() -> int { throw_unread("x", EMFILE); }).lacks_descriptors);
  EXPECT_TRUE(failure_of([]() -> int { throw_unwritten("x", EMFILE); }).lacks_descriptors);
  EXPECT_TRUE(failure_of([]() -> int {
                throw std::system_error(EMFILE, std::generic_category());
              }).lacks_descriptors);
  for (const int error : {ENOMEM, ENFILE}) {
    const Failure other = failure_of([error]() -> int { throw_unread("x", error); });
    EXPECT_TRUE(other.retryable);
    EXPECT_FALSE(other.lacks_descriptors);
  }
}

TEST(Guard, AThreadThatCannotBeStartedIsNotTheInputsFault) {
  const Failure failure = failure_of([]() -> int {
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  });
  EXPECT_EQ(failure.kind, ErrorKind::kResource);
  EXPECT_TRUE(failure.retryable);
}

TEST(Guard, AThreadThatTbbCannotStartIsNoBug) {
  const Failure failure = failure_of([]() -> int {
    throw std::runtime_error("pthread_create has failed: Resource temporarily unavailable");
  });
  EXPECT_EQ(failure.kind, ErrorKind::kResource);
  EXPECT_TRUE(failure.retryable);
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
