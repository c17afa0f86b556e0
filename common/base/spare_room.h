// common/base/spare_room.h: room on a disk that is kept for the last writes. Layer 0.
#pragma once

#include <cstdint>
#include <filesystem>

namespace changeling {

/// Holds `bytes` of the disk that `file`, or what it links to, lies on, in a file without a name: a
/// killed process leaves nothing of it.
class SpareRoom {
 public:
  /// Throws DiskRefusal where the disk has not that much, Error(kResource) for other reasons.
  SpareRoom(const std::filesystem::path& file, std::int64_t bytes);

  ~SpareRoom() { give(); }

  SpareRoom(const SpareRoom&) = delete;
  SpareRoom& operator=(const SpareRoom&) = delete;

  /// Gives the room back to the disk.
  void give() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace changeling
