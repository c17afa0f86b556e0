#include "common/tensor/torch_errors.h"

#include <stdexcept>

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include "common/base/outcome.h"
#include "tests/support/torch_error.h"

namespace changeling {
namespace {

template <typename Thrower>
Failure failure_of(Thrower thrower) {
  register_torch_error_translator();
  return std::get<Failure>(guard<int>("stage", [&]() -> int {
    thrower();
    return 0;
  }));
}

TEST(TorchErrors, AShapeErrorIsInternalAndOneLine) {
  const Failure failure = failure_of([] { throw torch_error("shapes do not fit"); });
  EXPECT_EQ(failure.kind, ErrorKind::kInternal);
  EXPECT_EQ(failure.message, "shapes do not fit");
  EXPECT_EQ(failure.stage, "stage");
  EXPECT_FALSE(failure.retryable);
}

TEST(TorchErrors, AnExhaustedMemoryMayBeTriedAgain) {
  const Failure failure = failure_of([] { throw torch_error("not enough memory: 9 bytes"); });
  EXPECT_EQ(failure.kind, ErrorKind::kResource);
  EXPECT_TRUE(failure.retryable);
}

TEST(TorchErrors, AMemoryLayoutIsNoExhaustedMemory) {
  EXPECT_TRUE(is_out_of_memory(torch_error<c10::OutOfMemoryError>("CUDA")));
  EXPECT_TRUE(is_out_of_memory(torch_error("can't allocate memory: you tried to allocate 9")));
  EXPECT_FALSE(is_out_of_memory(torch_error("unsupported memory format option")));
}

TEST(TorchErrors, OtherErrorsKeepTheirTranslation) {
  EXPECT_EQ(failure_of([] { throw std::runtime_error("plain"); }).message, "plain");
}

}  // namespace
}  // namespace changeling
