// tests/support/refusal.h: what a call is refused with.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {

/// The kind of the Error that `work` throws, whose message is one line and goes to `message`. The
/// test fails when nothing is thrown.
template <typename Work>
ErrorKind kind_thrown_by(const Work& work, std::string* message = nullptr) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    if (message != nullptr) {
      *message = error.what();
    }
    return error.kind();
  }
  ADD_FAILURE() << "no Error was thrown";
  return ErrorKind::kInternal;
}

/// The message of the Error of kind `kind` that `work` throws; "accepted", and the test fails, when
/// nothing is thrown.
template <typename Work>
std::string refusal_of(ErrorKind kind, const Work& work) {
  std::string message = "accepted";
  EXPECT_EQ(kind_thrown_by(work, &message), kind) << message;
  return message;
}

}  // namespace changeling
