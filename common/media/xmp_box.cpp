#include "common/media/xmp_box.h"

#include <algorithm>
#include <cctype>
#include <fstream>

#include "common/base/big_endian.h"
#include "common/base/error.h"
#include "common/base/source_type.h"
#include "common/media/container_boxes.h"

namespace changeling {
namespace {

constexpr std::string_view kUuid =
    "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
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

constexpr std::string_view kOpening = "<Iptc4xmpExt:DigitalSourceType>";
constexpr std::string_view kClosing = "</Iptc4xmpExt:DigitalSourceType>";
constexpr std::int64_t kMostBytes = 1 << 16;  ///< of an XMP packet that is looked at

std::optional<std::string> source_type_in(std::string_view packet) {
  const std::size_t opening = packet.find(kOpening);
  const std::size_t closing = packet.find(kClosing);
  if (opening == std::string_view::npos || closing == std::string_view::npos ||
      closing < opening + kOpening.size()) {
    return std::nullopt;
  }
  const std::size_t first = opening + kOpening.size();
  const std::string_view uri = packet.substr(first, closing - first);
  if (uri.empty()) {
    return std::string();
  }
  return uri.substr(0, kSourceTypeUri.size()) == kSourceTypeUri
             ? std::optional<std::string>(uri.substr(kSourceTypeUri.size()))
             : std::nullopt;
}

}  // namespace

std::string xmp_box(std::string_view source_type) {
  const bool is_word = std::all_of(source_type.begin(), source_type.end(),
                                   [](unsigned char c) { return std::isalpha(c) != 0; });
  if (!is_word || source_type.size() > kSourceTypeBytes) {
    throw Error(ErrorKind::kConfig, "'" + std::string(source_type) + "' is no IPTC source type");
  }
  const std::string term =
      source_type.empty() ? std::string() : std::string(kSourceTypeUri) + std::string(source_type);
  // Padding between the data and the end of the packet is part of the format.
  const std::string padding(kSourceTypeUri.size() + kSourceTypeBytes - term.size(), ' ');
  const std::string body = std::string(kUuid) + std::string(kHead) + term + std::string(kTail) +
                           padding + std::string(kEnd);
  return big_endian(static_cast<std::uint32_t>(body.size() + 8)) + "uuid" + body;
}

std::string read_xmp_box(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  for (const ContainerBox& box : container_boxes(path)) {
    if (box.path == "uuid" && box.bytes <= kMostBytes) {
      std::string bytes(static_cast<std::size_t>(box.bytes), '\0');
      file.seekg(box.at);
      file.read(bytes.data(), box.bytes);
      if (file && bytes.compare(8, kUuid.size(), kUuid) == 0) {
        return bytes;
      }
    }
  }
  return {};
}

std::optional<std::string> read_xmp_source_type(const std::filesystem::path& path) {
  const std::string box = read_xmp_box(path);
  return box.empty() ? std::nullopt : source_type_in(box);
}

}  // namespace changeling
