// common/packs/frame_set.h: a folder of frame packs with an index that names them. Layer 2, no
// Torch. Format: docs/formats/frame-pack.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/writer_lock.h"
#include "common/packs/frame_pack.h"

namespace changeling {

/// One pack of a set.
struct FrameSetEntry {
  std::string file;  ///< name inside the folder
  Digest sha256;     ///< of the file
  std::string part;
  std::int64_t frames = 0;
  std::vector<std::string> subjects;  ///< sorted
};

struct FrameSet {
  std::filesystem::path folder;
  PackLayout layout;
  std::string split;  ///< where the parts come from
  std::vector<PackTerms> terms;
  std::vector<FrameSetEntry> packs;
  Digest sha256;  ///< of the index: names the data exactly
};

/// Reads `<path>/set.json`, or takes a path to one pack as a set of one. Throws Error(kInput), one
/// line: no such file, a malformed index, a file name that leaves the folder, a pack listed twice,
/// a subject in two parts.
[[nodiscard]] FrameSet open_frame_set(const std::filesystem::path& path);

/// Checks the bytes of one pack. Throws Error(kInput): whatever PackFile and check_entry refuse, or
/// another digest than the index says.
[[nodiscard]] PackFile check_pack(std::string bytes, const FrameSet& set,
                                  const FrameSetEntry& entry);

/// Throws Error(kInput) where the pack is not the one that the index describes: another part,
/// count, people or layout, or terms that the index leaves out.
void check_entry(const FramePack& pack, const FrameSet& set, const FrameSetEntry& entry);

/// Reads one pack, pixels and all. Throws as check_pack.
[[nodiscard]] FramePack read_pack(const FrameSet& set, const FrameSetEntry& entry);

/// Fills packs, one open per part, and writes the index last. Memory: one pack per part.
class FrameSetWriter {
 public:
  /// `max_pack_bytes` bounds the frames of a pack; the default leaves room for the head.
  FrameSetWriter(std::filesystem::path folder, PackLayout layout,
                 std::int64_t max_pack_bytes = kMaxPackBytes - 2'000'000);

  /// Appends the sequences of a part. A sequence that does not fit goes on in the next pack.
  /// The first call of this or save makes the folder and locks it for as long as this object lives.
  /// Throws Error(kInput) for another layout, Error(kResource) when another writer has the folder
  /// or the disk is full.
  void add(const FramePack& frames);

  /// Writes how far this is into the folder `unfinished-<first 16 digits of inputs>`, so that a
  /// writer of another process can go_on(). `inputs` names all that decides what is added,
  /// `progress` is the caller's. A kill at any time leaves this save or the one before. Throws
  /// Error(kResource) as add.
  void save(const Digest& inputs, const std::string& progress);

  /// Goes on where a writer of the same layout and size of packs saved last under these `inputs`;
  /// returns its progress. nullopt: begins anew, because there is nothing unfinished, or, with a
  /// warning in the log, because it has other inputs, a file of it is missing or damaged, or
  /// `check` (may be empty) threw Error(kInput) at its progress. Call before add. Throws
  /// Error(kResource) when another writer has the folder.
  [[nodiscard]] std::optional<std::string> go_on(
      const Digest& inputs, const std::function<void(const std::string&)>& check = {});

  /// Writes what is open, then set.json, atomically. `split`: where the parts come from. Until
  /// set.json stands an earlier set of the folder stays whole, then its packs are removed, and all
  /// that is unfinished. Call once. Throws Error(kInput) when nothing was added or a subject stands
  /// in two parts, Error(kResource) when the disk is full or a pack of an earlier set cannot be
  /// removed.
  [[nodiscard]] FrameSet finish(std::string split);

 private:
  void append_sequence(const FramePack& frames, std::int64_t first, const PackSequence& sequence);
  void flush(FramePack& pack);
  void list(const FramePack& pack, const Digest& digest);
  void lock();
  [[nodiscard]] std::string read_saved(const Digest& inputs,
                                       const std::function<void(const std::string&)>& check);

  FrameSet set_;
  std::int64_t frames_per_pack_;
  std::optional<WriterLock> lock_;
  std::map<std::string, FramePack> open_;  ///< by part
};

}  // namespace changeling
