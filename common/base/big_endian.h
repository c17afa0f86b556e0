// common/base/big_endian.h: numbers as file formats write them. Layer 0.
#pragma once

#include <cstdint>
#include <string>

namespace changeling {

/// Four bytes, the highest first.
[[nodiscard]] inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xFF);
  }
  return bytes;
}

}  // namespace changeling
