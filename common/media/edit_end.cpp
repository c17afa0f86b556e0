#include "common/media/edit_end.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/big_endian.h"
#include "common/base/error.h"
#include "common/media/container_boxes.h"

namespace changeling {
namespace {

// Offsets in the bodies of boxes of version 0 (ISO/IEC 14496-12), behind the header of 8 bytes.
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kTimeScaleInMvhd = 12, kDurationInMvhd = 16, kDurationInTkhd = 20;
constexpr std::size_t kCountInElst = 4, kEntriesInElst = 8, kEntryBytes = 12, kTimeInEntry = 4;
constexpr std::uint32_t kEmptyEdit = 0xFFFFFFFF;  ///< a media time of -1: nothing is shown yet

/// Bytes of a `moov` box.
class Moov {
 public:
  explicit Moov(std::string bytes) : bytes_(std::move(bytes)) {}

  /// Where the body of the box begins to which these types lead; nullopt without one of version 0.
  [[nodiscard]] std::optional<std::size_t> find(const std::vector<std::string_view>& types) const {
    std::size_t first = kHeaderBytes, end = bytes_.size();
    for (const std::string_view type : types) {
      while (first + kHeaderBytes <= end && bytes_.compare(first + 4, 4, type) != 0) {
        const std::size_t size = number(first);
        if (size < kHeaderBytes) {
          return std::nullopt;
        }
        first += std::min(size, end - first);
      }
      if (first + kHeaderBytes > end) {
        return std::nullopt;
      }
      end = std::min<std::size_t>(end, first + number(first));
      first += kHeaderBytes;
    }
    return first + 4 <= end && number(first) >> 24 == 0 ? std::optional(first) : std::nullopt;
  }

  /// Big-endian, of four bytes; 0 behind the end.
  [[nodiscard]] std::uint32_t number(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      value = value << 8 | (i < bytes_.size() ? static_cast<unsigned char>(bytes_[i]) : 0U);
    }
    return value;
  }

  void set(std::size_t at, std::uint32_t value) {
    for (const char byte : big_endian(value)) {
      bytes_.at(at++) = byte;
    }
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// The last edit is what is shown, behind an empty one where the clip begins late.
bool shorten(Moov& moov, std::int64_t milliseconds) {
  const auto movie = moov.find({"mvhd"});
  const auto track = moov.find({"trak", "tkhd"});
  const auto edits = moov.find({"trak", "edts", "elst"});
  if (!movie || !track || !edits) {
    return false;
  }
  const std::int64_t end = milliseconds * moov.number(*movie + kTimeScaleInMvhd) / 1000;
  const std::uint32_t count = moov.number(*edits + kCountInElst);
  std::size_t entry = *edits + kEntriesInElst;
  std::int64_t shown = end;
  if (count == 2 && moov.number(entry + kTimeInEntry) == kEmptyEdit) {
    shown -= moov.number(entry);
    entry += kEntryBytes;
  } else if (count != 1) {
    return false;
  }
  if (shown <= 0 || shown > moov.number(entry) || entry + kEntryBytes > moov.bytes().size()) {
    return false;
  }
  moov.set(entry, static_cast<std::uint32_t>(shown));
  moov.set(*track + kDurationInTkhd, static_cast<std::uint32_t>(end));
  moov.set(*movie + kDurationInMvhd, static_cast<std::uint32_t>(end));
  return true;
}

}  // namespace

bool end_edit_at(const std::filesystem::path& mp4, std::int64_t milliseconds) {
  const std::vector<ContainerBox> boxes = container_boxes(mp4);
  const auto box = std::find_if(boxes.begin(), boxes.end(),
                                [](const ContainerBox& each) { return each.path == "moov"; });
  if (box == boxes.end()) {
    return false;
  }
  std::fstream file(mp4, std::ios::binary | std::ios::in | std::ios::out);
  std::string bytes(static_cast<std::size_t>(box->bytes), '\0');
  file.seekg(box->at);
  file.read(bytes.data(), box->bytes);
  Moov moov(std::move(bytes));
  if (!file || !shorten(moov, milliseconds)) {
    return false;
  }
  file.seekp(box->at);
  file.write(moov.bytes().data(), box->bytes);
  file.close();
  if (!file) {
    throw Error(ErrorKind::kResource, "cannot write '" + mp4.string() + "'");
  }
  return true;
}

}  // namespace changeling
