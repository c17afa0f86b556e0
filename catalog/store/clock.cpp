#include "catalog/store/clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>

namespace changeling {

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

namespace {

std::string iso8601(std::int64_t us) {
  const auto seconds = static_cast<std::time_t>(us / 1000000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%06dZ",
                static_cast<int>(us % 1000000));
  return text.data();
}

/// Inverse of iso8601; nullopt for other text.
std::optional<std::int64_t> parse_iso8601(const std::string& text) {
  std::tm utc{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  int us = 0;
  if (rest == nullptr || std::sscanf(rest, ".%6dZ", &us) != 1) {
    return std::nullopt;
  }
  return std::int64_t{::timegm(&utc)} * 1'000'000 + us;
}

}  // namespace

std::string now_iso8601() {
  return iso8601(now_us());
}

std::string now_after(const std::string& earlier) {
  const std::optional<std::int64_t> before = parse_iso8601(earlier);
  return iso8601(before ? std::max(now_us(), *before + 1) : now_us());
}

}  // namespace changeling
