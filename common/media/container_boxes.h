// common/media/container_boxes.h: how an mp4 file is put together. Layer 1.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace changeling {

/// A box of an ISO base media file (ISO/IEC 14496-12).
struct ContainerBox {
  std::string path;        ///< "ftyp", "moov", "moov/udta"
  std::int64_t bytes = 0;  ///< with its header
  std::int64_t at = 0;     ///< bytes of the file before it
};

/// Top-level boxes and those in `moov`, in file order; up to the first damaged one, at most 4096.
/// Empty for other containers. Throws Error(kInput) for a file that cannot be read.
[[nodiscard]] std::vector<ContainerBox> container_boxes(const std::filesystem::path& path);

}  // namespace changeling
