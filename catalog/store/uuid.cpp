#include "catalog/store/uuid.h"

#include <array>
#include <cstdint>
#include <random>

#include "catalog/store/clock.h"

namespace changeling {
namespace {

std::array<std::uint8_t, 16> uuid_bytes() {
  std::array<std::uint8_t, 16> bytes{};
  std::random_device device;
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(device());
  }
  const std::int64_t ms = now_us() / 1000;
  for (unsigned i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x70);  // version 7
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);  // variant of RFC 9562
  return bytes;
}

}  // namespace

std::string make_uuid_v7() {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : uuid_bytes()) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
    if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23) {
      text += '-';
    }
  }
  return text;
}

}  // namespace changeling
