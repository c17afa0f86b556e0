// tests/support/golden_values.h: numbers that the method's specification gives, compared and
// counted. script/goal F3 adds up the lines.
#pragma once

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

namespace changeling {

/// Fails the test unless |actual - expected| <= tolerance. With CHANGELING_LIST_GOLDEN set, also
/// prints "golden ok NAME ..." or "golden off NAME ...".
inline void expect_golden(const std::string& name, double actual, double expected,
                          double tolerance) {
  const bool holds = std::abs(actual - expected) <= tolerance;  // false for NaN
  EXPECT_TRUE(holds) << name << ": " << actual << " instead of " << expected;
  if (std::getenv("CHANGELING_LIST_GOLDEN") != nullptr) {
    std::cout << "golden " << (holds ? "ok " : "off ") << name << " " << actual << " " << expected
              << "\n";
  }
}

}  // namespace changeling
