#include "common/tensor/torch_errors.h"

#include <new>
#include <optional>
#include <stdexcept>
#include <string>

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

TEST(TorchErrors, LibrariesOfADeviceNameTheirOwnStatus) {
  EXPECT_TRUE(is_out_of_memory(torch_error("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")));
  EXPECT_TRUE(is_out_of_memory(torch_error("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling")));
  EXPECT_FALSE(is_out_of_memory(torch_error("cuDNN error: CUDNN_STATUS_BAD_PARAM")));
}

TEST(TorchErrors, NoWayToConvolveIsOnlyGuessedToBeMemory) {
  for (const char* text : {"GET was unable to find an engine to execute this computation",
                           "Unable to find a valid cuDNN algorithm to run convolution"}) {
    EXPECT_FALSE(is_out_of_memory(torch_error(text))) << text;
    EXPECT_TRUE(may_be_out_of_memory(torch_error(text))) << text;
  }
  EXPECT_FALSE(may_be_out_of_memory(torch_error("shapes do not fit")));
}

template <typename Exception>
std::optional<std::string> message_of(const Exception& exception, bool guess = false) {
  try {
    throw exception;
  } catch (...) {
    return out_of_memory_message(guess);
  }
}

TEST(TorchErrors, TheMessageOfExhaustedMemoryIsFoundInFlight) {
  EXPECT_EQ(message_of(torch_error("CUDA out of memory")), "CUDA out of memory");
  EXPECT_TRUE(message_of(std::bad_alloc()).has_value());
  EXPECT_FALSE(message_of(std::runtime_error("plain")).has_value());
  EXPECT_FALSE(message_of(torch_error("unable to find an engine")).has_value());
  EXPECT_TRUE(message_of(torch_error("unable to find an engine"), true).has_value());
}

TEST(TorchErrors, OtherErrorsKeepTheirTranslation) {
  EXPECT_EQ(failure_of([] { throw std::runtime_error("plain"); }).message, "plain");
}

}  // namespace
}  // namespace changeling
