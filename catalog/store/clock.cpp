#include "catalog/store/clock.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace changeling {

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string now_iso8601() {
  const std::int64_t us = now_us();
  const auto seconds = static_cast<std::time_t>(us / 1000000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%06dZ",
                static_cast<int>(us % 1000000));
  return text.data();
}

}  // namespace changeling
