// tests/support/refusal.h: what a call is refused with.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace changeling {

/// The message of the Error that `work` throws: of kind `kind`, and one line. "accepted", and
/// the test fails, when nothing is thrown.
template <typename Work>
std::string refusal_of(ErrorKind kind, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "accepted";
}

}  // namespace changeling
