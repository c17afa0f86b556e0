// common/packs/pack_rows.h: pixels and masks of single frames, read from a pack's file when they
// are asked for. Layer 2, no Torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/packs/checked_packs.h"
#include "common/packs/frame_set.h"

namespace changeling {

/// A pack's file that was checked as a whole. Immutable; any number of threads. It stays open where
/// its descriptor is among the lower half of those that the process may have; a set of more packs
/// opens the others for each Reader. Note [Read, not mapped] in the .cpp.
class PackRows {
 public:
  /// Hands what the pack holds beside pixels and masks to `use` and forgets it. Where `checked`
  /// does not know the file as it is now, reads all of it into memory, checks it as check_pack does
  /// and adds it there. Throws as check_pack.
  PackRows(const FrameSet& set, const FrameSetEntry& entry, CheckedPacks& checked,
           const std::function<void(const FramePack&)>& use);
  ~PackRows();
  PackRows(const PackRows&) = delete;
  PackRows& operator=(const PackRows&) = delete;

  [[nodiscard]] std::int64_t frame_count() const { return frames_; }

  [[nodiscard]] bool has_masks() const { return masks_at_ > 0; }

  /// Whether a pixel of the frame's mask has that value; false without masks.
  [[nodiscard]] bool shows(std::int64_t frame, PackMask value) const;

  /// The file, open for as long as this lives; the pack outlives it.
  class Reader {
   public:
    /// Throws Error(kInput), one line, when the file cannot be opened or is not as it was checked
    /// any more (size or time of its last change).
    explicit Reader(const PackRows& pack);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Tells the kernel that this frame will be read, so that it fetches several at once.
    void announce(std::int64_t frame) const;

    /// Copies a frame: S*S*3 bytes to `pixels`, and S*S to `mask` where the pack has masks. Throws
    /// Error(kInput), one line, when it cannot be read.
    void read(std::int64_t frame, char* pixels, char* mask) const;

   private:
    const PackRows& pack_;
    int fd_;
  };

  /// How many readers there may be at a time, 1 or more: a part of the descriptors that the packs
  /// leave.
  [[nodiscard]] static std::size_t most_readers();

 private:
  PackOutline look_at(int fd, const FrameSet& set, const FrameSetEntry& entry,
                      CheckedPacks& checked);
  [[nodiscard]] int open_file() const;
  [[nodiscard]] std::string bytes_at(int fd, std::int64_t offset, std::int64_t bytes) const;
  void read_at(int fd, std::int64_t offset, char* to, std::int64_t bytes) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  int kept_ = -1;    ///< -1: opened for each reader
  FileState state_;  ///< when it was checked
  std::int64_t frames_ = 0;
  std::int64_t area_ = 0;  ///< pixels of a crop
  std::int64_t pixels_at_ = 0;
  std::int64_t masks_at_ = 0;        ///< 0: no masks
  std::vector<std::uint8_t> shown_;  ///< by frame, bit v for the mask value v
};

}  // namespace changeling
