#include "common/media/xmp_box.h"

#include <algorithm>
#include <cctype>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::string_view kUuid =
    "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
constexpr std::string_view kTermPrefix = "http://cv.iptc.org/newscodes/digitalsourcetype/";
constexpr std::size_t kTermBytes = 48;
constexpr std::string_view kHead =
    "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
    "<rdf:Description rdf:about=\"\" "
    "xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">"
    "<Iptc4xmpExt:DigitalSourceType>";
constexpr std::string_view kTail =
    "</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>";
constexpr std::string_view kEnd = "<?xpacket end=\"w\"?>";

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xFF);
  }
  return bytes;
}

}  // namespace

std::string xmp_box(std::string_view source_type) {
  const bool is_word = std::all_of(source_type.begin(), source_type.end(),
                                   [](unsigned char c) { return std::isalpha(c) != 0; });
  if (!is_word || source_type.size() > kTermBytes) {
    throw Error(ErrorKind::kConfig, "'" + std::string(source_type) + "' is no IPTC source type");
  }
  const std::string term =
      source_type.empty() ? std::string() : std::string(kTermPrefix) + std::string(source_type);
  // Padding between the data and the end of the packet is part of the format.
  const std::string padding(kTermPrefix.size() + kTermBytes - term.size(), ' ');
  const std::string body = std::string(kUuid) + std::string(kHead) + term + std::string(kTail) +
                           padding + std::string(kEnd);
  return big_endian(body.size() + 8) + "uuid" + body;
}

}  // namespace changeling
