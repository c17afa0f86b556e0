#include "common/base/plain_text.h"

#include <cstddef>
#include <cstdint>

namespace changeling {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// Bytes of the character that begins at `i`; 0 when it is not well-formed.
std::size_t length_at(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) {
    return 0;
  }
  std::uint32_t point = lead & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0U) != 0x80U) {
      return 0;
    }
    point = point << 6 | (byte_at(text, i + k) & 0x3FU);
  }
  const bool is_short = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return is_short || is_surrogate || point > 0x10FFFF ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_at(text, i);
    if (length == 0) {
      return false;
    }
    i += length;
  }
  return true;
}

std::string without_controls(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_c1 = byte_at(text, i) == 0xC2 && i + 1 < text.size() &&
                       byte_at(text, i + 1) >= 0x80 && byte_at(text, i + 1) < 0xA0;
    if (is_c1) {
      ++i;
    }
    const unsigned byte = byte_at(text, i);
    if (is_c1 || byte < 0x20 || byte == 0x7F) {
      shown += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      shown += text[i];
    }
  }
  return shown;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

}  // namespace changeling
