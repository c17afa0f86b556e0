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

bool is_uuid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (is_dash ? text[i] != '-' : !is_hex) {
      return false;
    }
  }
  return true;
}

}  // namespace changeling
