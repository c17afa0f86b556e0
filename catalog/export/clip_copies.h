// catalog/export/clip_copies.h: clips as exports give them away, without sound and with a label.
// Layer 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/provenance.h"

namespace changeling {

/// A file of an item: content digest, size, and where its bytes lie.
struct ItemFile {
  std::filesystem::path path;
  Digest sha256;
  std::int64_t bytes = 0;
};

/// A readable file of which no container holds a true copy; its message names the file. The gate
/// counts such clips.
class UncopiedClip : public Error {
 public:
  explicit UncopiedClip(const std::string& message) : Error(ErrorKind::kInput, message) {}
};

/// Makes the copies and removes them at the end. What we made has its label in the file; clips of a
/// corpus, fakes and footage alike, get theirs in a copy (docs/decisions/022). A voice is as
/// personal as a face, and fakes keep that of their target, so nothing of it leaves the catalog.
/// One thread.
class ClipCopies {
 public:
  /// Copies lie in a folder of its own below that for temporary files; the last two stay, those of
  /// a fake and its control. Throws Error(kResource).
  ClipCopies();

  /// Copies lie in `folder`, each until the end.
  explicit ClipCopies(std::filesystem::path folder);
  ~ClipCopies();
  ClipCopies(const ClipCopies&) = delete;
  ClipCopies& operator=(const ClipCopies&) = delete;

  /// `video` itself when it has no sound, which its head tells; else a copy of its video stream
  /// with its tags. `extension` as ".mp4". Throws Error(kInput) for a video that cannot be read or
  /// whose stream does not keep its digest in a copy, Error(kResource) for a full disk.
  [[nodiscard]] ItemFile without_sound(const ItemFile& video, const std::string& extension,
                                       const Digest& stream_sha256);

  /// A copy of a corpus's clip as copy_with_label, `declared.job_key` its stream digest; of a
  /// container without tags in its head, in one that has some; where its container takes no true
  /// copy, in mkv, else in avi. The path has the extension. Throws as without_sound(), UncopiedClip
  /// when none of them takes one.
  [[nodiscard]] ItemFile with_label(const ItemFile& video, const std::string& extension,
                                    const Provenance& declared);

 private:
  /// `write` makes the file at a path. Nothing stays of a copy that fails.
  [[nodiscard]] ItemFile copy(const ItemFile& video, const std::string& extension,
                              const Digest& stream_sha256,
                              const std::function<void(const std::filesystem::path&)>& write);
  [[nodiscard]] static ItemFile checked(const ItemFile& video, const std::filesystem::path& file,
                                        const Digest& stream_sha256);
  void remove_oldest();

  std::filesystem::path folder_;
  bool keeps_all_;
  std::vector<std::filesystem::path> files_;  ///< that were begun
  std::map<Digest, ItemFile> copies_;         ///< by digest of the clip
  std::set<Digest> silent_;                   ///< clips without sound; each format asks again
};

}  // namespace changeling
