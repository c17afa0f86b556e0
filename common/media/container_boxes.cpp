#include "common/media/container_boxes.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "common/base/shortage.h"

namespace changeling {
namespace {

constexpr std::int64_t kHeaderBytes = 8;
constexpr std::int64_t kLongHeaderBytes = 16;  ///< size 1 = 64 bits of size follow
constexpr std::size_t kMostBoxes = 4096;

/// Big-endian number of the next `bytes` bytes; 0 at the end of the file.
std::uint64_t take_number(std::istream& file, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    const int byte = file.get();
    value = value << 8 | static_cast<std::uint64_t>(byte < 0 ? 0 : byte);
  }
  return value;
}

void read_boxes(std::istream& file, std::int64_t first, std::int64_t end, const std::string& prefix,
                std::vector<ContainerBox>& boxes) {
  std::int64_t at = first;
  while (at + kHeaderBytes <= end && boxes.size() < kMostBoxes) {
    file.seekg(at);
    std::uint64_t bytes = take_number(file, 4);
    std::array<char, 4> type{};
    file.read(type.data(), 4);
    std::int64_t header = kHeaderBytes;
    if (bytes == 1) {
      bytes = take_number(file, 8);
      header = kLongHeaderBytes;
    } else if (bytes == 0) {
      bytes = static_cast<std::uint64_t>(end - at);  // reaches to the end
    }
    if (!file || bytes < static_cast<std::uint64_t>(header) ||
        bytes > static_cast<std::uint64_t>(end - at)) {
      return;
    }
    const std::string path = prefix + std::string(type.data(), type.size());
    const auto size = static_cast<std::int64_t>(bytes);
    boxes.push_back({path, size, at});
    if (path == "moov") {
      read_boxes(file, at + header, at + size, "moov/", boxes);
    }
    at += size;
  }
}

}  // namespace

std::vector<ContainerBox> container_boxes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    throw_unopened(path);
  }
  const auto end = static_cast<std::int64_t>(file.tellg());
  std::vector<ContainerBox> boxes;
  read_boxes(file, 0, end, "", boxes);
  return !boxes.empty() && boxes.front().path == "ftyp" ? boxes : std::vector<ContainerBox>();
}

}  // namespace changeling
