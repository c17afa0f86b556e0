#include "common/base/png_label.h"

#include <algorithm>
#include <cstdint>

#include "common/base/big_endian.h"
#include "common/base/error.h"
#include "common/base/label_tags.h"
#include "common/base/source_type.h"

namespace changeling {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t kHeadBytes = 8 + 25;  ///< signature and IHDR

/// CRC-32 of PNG (ISO 3309).
std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
  }
  return ~crc;
}

std::string text_chunk(std::string_view keyword, std::string text, std::size_t bytes) {
  if (text.size() > bytes) {
    throw Error(ErrorKind::kConfig, std::string(keyword) + " '" + text + "' is longer than " +
                                        std::to_string(bytes) + " bytes");
  }
  text.resize(bytes, ' ');
  const std::string body = "tEXt" + std::string(keyword) + '\0' + text;
  return big_endian(static_cast<std::uint32_t>(body.size() - 4)) + body + big_endian(crc_of(body));
}

}  // namespace

std::string label_png(std::string_view png, Label label, std::string_view digital_source_type) {
  if (png.size() < kHeadBytes || png.substr(0, kSignature.size()) != kSignature) {
    throw Error(ErrorKind::kInput, "what is to be labelled is no PNG");
  }
  const std::string term = digital_source_type.empty()
                               ? ""
                               : std::string(kSourceTypeUri) + std::string(digital_source_type);
  return std::string(png.substr(0, kHeadBytes)) +
         text_chunk(kLabelTag, std::string(to_string(label)), kLabelBytes) +
         text_chunk("digital_source_type", term, kSourceTypeUri.size() + kSourceTypeBytes) +
         std::string(png.substr(kHeadBytes));
}

std::string label_of_png(std::string_view png) {
  const std::string begin = "tEXt" + std::string(kLabelTag) + '\0';
  constexpr std::size_t kSizeBytes = 4;
  if (png.substr(0, kSignature.size()) != kSignature ||
      png.substr(std::min(png.size(), kHeadBytes + kSizeBytes), begin.size()) != begin) {
    return {};
  }
  const std::string label(png.substr(kHeadBytes + kSizeBytes + begin.size(), kLabelBytes));
  return label.substr(0, label.find(' '));
}

}  // namespace changeling
